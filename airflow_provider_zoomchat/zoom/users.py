"""Who is to be mentioned, and reading a user of the account. Pure.

Source: https://developers.zoom.us/docs/api/users/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from . import sanitize
from .addresses import url
from .http import Request


def read_mentions(given: object) -> tuple[str, ...]:
    """Return whom an author wants mentioned: e-mail addresses, ids, JIDs, names, or "all".

    :param given: a text in which commas, semicolons or lines separate them (between addresses
        blanks do too), or a list of such.

    >>> read_mentions("ann@example.com, @all")
    ('ann@example.com', 'all')
    """
    names = (name.strip().strip("@").strip() for name in _names(given))
    found = ("all" if name.lower() == "all" else name for name in names)
    # In order, each once. A template may leave the text "None".
    known: dict[str, str] = {}
    for name in found:
        if name.lower() not in ("", "none", "nan"):
            known.setdefault(name.lower(), name)
    return tuple(known.values())


def _names(given: object) -> Iterator[str]:
    if isinstance(given, bytes):
        given = given.decode(errors="replace")
    if isinstance(given, str):
        for part in re.split(r"[,;\n]+", sanitize.harmless(given)):
            address = re.search(r"<([^<>\s]+@[^<>\s]+)>", part)  # as in "Ann <ann@example.com>"
            # Blanks separate addresses, but belong to names.
            yield from [address[1]] if address else part.split() if "@" in part else [part]
    elif isinstance(given, Iterable):
        for entry in given:
            yield from _names(entry)
    elif given is not None:
        yield str(given)


def get_user(base_url: str, user_id: str) -> Request:
    """Ask who a user is, by e-mail address or user id.

    Answer: 200 ``{"id": ..., "jid": ..., "display_name": ...}``. Needs ``user:read:user:admin``.
    """
    return Request(
        doing=f"look up user {user_id!r}",
        api="team_chat",
        method="GET",
        url=url(base_url, "users", user_id),
        repeatable=True,
        id_key="id",
    )
