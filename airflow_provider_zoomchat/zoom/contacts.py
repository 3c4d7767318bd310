"""What kind of name somebody is called by. Pure."""

from __future__ import annotations

import re


def is_person(contact: str) -> bool:
    """Tell whether Zoom may know somebody by this: an e-mail address or an id.

    Ids are long and have digits or capitals, which tells them from the names of teams.

    Source: https://developers.zoom.us/docs/api/team-chat/ (`at_contact`).
    """
    return is_address(contact) or bool(re.fullmatch(r"(?=.*[A-Z0-9])[\w.=+/-]{16,}", contact))


def is_address(contact: str) -> bool:
    """Tell whether this is an e-mail address."""
    return bool(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact)) and not is_jid(contact)


def is_jid(contact: str) -> bool:
    """Tell whether this is the JID of a user."""
    return bool(re.fullmatch(r"[\w.+-]+@xmpp\w*\.[\w.-]+", contact))
