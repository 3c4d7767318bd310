"""Where Zoom is, and how it writes channels, users and bots: hosts, ids, JIDs, links. Pure.

Source of JIDs: https://devsupport.zoom.us (article 360060332871).
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit

from .errors import ConfigError

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


@dataclass(frozen=True)
class Hosts:
    """The hosts of one Zoom.

    :param oauth: where tokens come from. Source: https://developers.zoom.us/docs/internal-apps/s2s-oauth/
    :param api: base of every API call. Zoom may name a region in a token's `api_url`, but this
        one always works. Source: https://developers.zoom.us/docs/api/using-zoom-apis/
    :param files: base of uploads; the API's own host knows none (404, code 64041).
        Source: https://developers.zoom.us/docs/api/team-chat/
    :param web: where links lead to.
    :param xmpp: the domain of JIDs.
    """

    oauth: str
    api: str
    files: str
    web: str
    xmpp: str


ZOOM = Hosts(
    oauth="https://zoom.us",
    api="https://api.zoom.us/v2",
    files="https://file.zoom.us/v2",
    web="https://zoom.us",
    xmpp="xmpp.zoom.us",
)

#: Hosts from https://github.com/JosephMcEvoy/PSZoom; that the one for files and JIDs follow them is
#: assumed, no source tells. Whoever knows better gives whole JIDs, which are taken as they are.
GOVERNMENT = Hosts(
    oauth="https://zoomgov.com",
    api="https://api.zoomgov.com/v2",
    files="https://file.zoomgov.com/v2",
    web="https://zoomgov.com",
    xmpp="xmpp.zoomgov.com",
)


@lru_cache(maxsize=64)
def hosts_of(host: str | None) -> Hosts:
    """Return the hosts for what a connection has as its Host.

    Empty is Zoom, ``zoomgov.com`` is Zoom for Government (both also as one of their subdomains or
    as a URL), and any other URL is one server that plays all of Zoom's hosts.

    >>> hosts_of("http://127.0.0.1:8765").api
    'http://127.0.0.1:8765/v2'

    :raises ConfigError: it is neither, or it is plain http to another machine.
    """
    if not host:
        return ZOOM
    parts = _split(host if "://" in host else f"//{host}")
    for domain, known in (("zoom.us", ZOOM), ("zoomgov.com", GOVERNMENT)):
        if is_in_domain(parts.hostname, domain) and parts.scheme in ("", "https"):
            return known
    check_url("Host", host)
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return Hosts(base, f"{base}/v2", f"{base}/v2", base, ZOOM.xmpp)


def url(base: str, *segments: str) -> str:
    """Return the address of something below a base.

    >>> url("https://api.zoom.us/v2", "users", "ann@example.com")
    'https://api.zoom.us/v2/users/ann%40example.com'
    """
    return "/".join([base, *(quote(segment, safe="") for segment in segments)])


def is_in_domain(host: str | None, domain: str) -> bool:
    """Tell whether a host is this domain or below it."""
    return host == domain or (host or "").endswith(f".{domain}")


def check_url(label: str, url: str) -> None:
    """Refuse an invalid URL, and plain http to any host but this machine.

    :param label: the field as the form names it. The URL itself may be a secret and is not quoted.
    """
    parts = _split(url)
    name = parts.hostname
    if parts.scheme not in ("http", "https") or not name:
        allowed = "empty, zoomgov.com or a URL" if label == "Host" else "a URL"
        raise ConfigError(f"{label} must be {allowed} that starts with https://.")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigError(
            f"{label} is plain http to {name!r}: secrets would travel in clear. Use https; http is "
            "for this machine (127.0.0.1, localhost) alone."
        )


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; none of them if it cannot be one."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


@lru_cache(maxsize=64)
def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine."""
    name = urlsplit(url).hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
