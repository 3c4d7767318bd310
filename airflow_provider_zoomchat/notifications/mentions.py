"""Who shall be called: from what an author gives to addresses and names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..zoom import plain


def read_mentions(given: object) -> tuple[str, ...]:
    """Return whom an author wants mentioned: e-mail addresses, ids, JIDs, names, or "all".

    :param given: a text in which commas, semicolons or lines separate them (between addresses
        blanks do too), or a list of such.

    >>> read_mentions("ann@example.com, @all")
    ('ann@example.com', 'all')
    """
    names = (name.strip().strip("@").strip() for name in _names(given))
    found = ("all" if name.lower() == "all" else name for name in names)
    # The order is kept, and nobody is called twice. A template may leave the text "None".
    known: dict[str, str] = {}
    for name in found:
        if name.lower() not in ("", "none", "nan"):
            known.setdefault(name.lower(), name)
    return tuple(known.values())


def _names(given: object) -> Iterator[str]:
    if isinstance(given, bytes):
        given = given.decode(errors="replace")
    if isinstance(given, str):
        for part in re.split(r"[,;\n]+", plain.harmless(given)):
            # Blanks separate addresses, but belong to names.
            yield from part.split() if "@" in part else [part]
    elif isinstance(given, Iterable):
        for entry in given:
            yield from _names(entry)
    elif given is not None:
        yield str(given)
