"""Who shall be called: from what an author gives to addresses and names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..zoom import plain


def read_mentions(given: object) -> tuple[str, ...]:
    """Return whom an author wants mentioned: e-mail addresses, ids, JIDs, names, or "all".

    :param given: a text in which commas, semicolons or blanks separate them, or a list of such.

    >>> read_mentions("ann@example.com, @all")
    ('ann@example.com', 'all')
    """
    if given is None:
        return ()
    if isinstance(given, str):
        parts: Iterable[str] = re.split(r"[\s,;]+", plain.harmless(given))
    elif isinstance(given, Iterable):
        parts = (name for entry in given for name in read_mentions(entry))
    else:
        parts = (str(given),)
    names = (part.strip("@") for part in parts)
    found = ("all" if name.lower() == "all" else name for name in names)
    # The order is kept, and nobody is called twice. A template may leave the text "None".
    return tuple(dict.fromkeys(name for name in found if name not in ("", "None")))


def is_person(contact: str) -> bool:
    """Tell whether Zoom may know somebody by this: an e-mail address or an id.

    Source: https://developers.zoom.us/docs/api/team-chat/ (`at_contact`).
    """
    return is_address(contact) or bool(re.fullmatch(r"[\w.=+/-]{16,}", contact))


def is_address(contact: str) -> bool:
    """Tell whether this is an e-mail address."""
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact)) and not is_jid(contact)


def is_jid(contact: str) -> bool:
    """Tell whether this is the JID of a user."""
    return bool(re.fullmatch(r"[^@\s]+@xmpp\w*\.[^@\s]+", contact))
