"""Where Zoom is: its hosts. Pure."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import SplitResult, quote, urlsplit

from .errors import ConfigError


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
