"""How Zoom writes channels, users and bots: ids, JIDs, e-mail addresses and links. Pure.

Source of JIDs: https://devsupport.zoom.us (article 360060332871).
"""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import urlsplit

from .hosts import Hosts

#: How the id of a channel looks (https://developers.zoom.us/docs/api/team-chat/ shows 32 hex
#: digits), and what may be one.
_CHANNEL_ID = re.compile(r"[0-9a-fA-F]{32}")
_PERHAPS_CHANNEL_ID = re.compile(r"(?=.*\d)[\w-]{16,64}", re.ASCII)


def is_channel_jid(text: str) -> bool:
    """Tell whether this is the JID of a channel: ``<channel id>@conference.xmpp.zoom.us``."""
    return "@conference." in text


def is_user_jid(text: str) -> bool:
    """Tell whether this is the JID of a user or a bot: ``<user id>@xmpp.zoom.us``."""
    return re.fullmatch(r"[\w.+-]+@xmpp\w*\.[\w.-]+", text) is not None


def is_email(text: str) -> bool:
    """Tell whether this is an e-mail address."""
    name = r"[^@\s<>|,;\"]+"
    if is_user_jid(text) or is_channel_jid(text):
        return False
    return re.fullmatch(rf"{name}@{name}\.{name}", text) is not None


def is_person(text: str) -> bool:
    """Tell whether Zoom may know somebody by this: an e-mail address or an id.

    Ids are long and have digits or capitals, which tells them from the names of teams.

    Source: https://developers.zoom.us/docs/api/team-chat/ (`at_contact`).
    """
    return is_email(text) or re.fullmatch(r"(?=.*[A-Z0-9])[\w.=+/-]{16,}", text) is not None


def channel_id(channel: str) -> str:
    """Return the id of a channel that is given as an id or as its JID."""
    return re.sub(r"@conference\..*$", "", channel)


def channel_jid(channel: str, xmpp: str) -> str:
    """Return the JID of a channel that is given as an id or as its JID.

    :param xmpp: the domain of JIDs.
    """
    return channel if "@" in channel else f"{channel}@conference.{xmpp}"


def is_channel_id(text: str) -> bool:
    """Tell whether a text is the id or the JID of a channel, for certain."""
    return _CHANNEL_ID.fullmatch(channel_id(text)) is not None


def may_be_channel_id(text: str) -> bool:
    """Tell whether a text may be the id or the JID of a channel; it may be a name all the same."""
    wanted = channel_id(text)
    return bool(_CHANNEL_ID.fullmatch(wanted) or _PERHAPS_CHANNEL_ID.fullmatch(wanted))


def channel_link(channel: str, hosts: Hosts) -> str:
    """Return the link that opens a channel in Zoom.

    The last part is base64 of compact JSON that holds the channel's JID, without padding. No
    contract says so; 16 links made by Zoom read like this (https://github.com/demisto/content,
    Packs/Zoom), so no call is needed to build one.
    """
    jid = channel_jid(channel, hosts.xmpp)
    token = base64.urlsafe_b64encode(json.dumps({"sid": jid}, separators=(",", ":")).encode())
    return f"{hosts.web}/launch/chat/v2/{token.decode().rstrip('=')}"


def id_in_link(link: str) -> str | None:
    """Return the id of the channel that a link such as Zoom's "Copy link" leads to, if it does.

    See `channel_link` for its form.

    >>> id_in_link("https://zoom.us/launch/chat/v2/eyJzaWQiOiJjMUBjb25mZXJlbmNlLnhtcHAuem9vbS51cyJ9")
    'c1'
    """
    try:
        path = urlsplit(link.strip()).path
        token = path.rstrip("/").rpartition("/launch/chat/v2/")[2]
        value = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), b"-_"))
        jid = value["sid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return channel_id(jid) if isinstance(jid, str) and is_channel_jid(jid) else None


def bot_link(robot_jid: str, hosts: Hosts) -> str:
    """Return the link that opens the chat with a bot.

    Source: https://github.com/zoom/chatbot-nodejs-quickstart.
    """
    return f"{hosts.web}/launch/chat?jid=robot_{robot_jid}"
