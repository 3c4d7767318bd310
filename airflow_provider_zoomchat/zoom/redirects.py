"""Where an upload goes on to when the file host sends it elsewhere. Pure.

The file host redirects to another of Zoom's, such as ``us04file.zoom.us``, and expects the same
call there, token and all. `requests` would drop the token on the way, and nobody but Zoom may get
it: so this is decided here. No other call follows a redirect.
Source: https://developers.zoom.us/docs/api/team-chat/ (uploads); a public C++ client met a 307.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from .hosts import is_in_domain
from .http import Request, Response

#: In a row; assumed: one is what has been met.
MAX_REDIRECTS = 3

#: Zoom's, and Zoom for Government's. A token of one must not reach the other.
_DOMAINS = ("zoom.us", "zoomgov.com")

#: Not 303, which says that the call was taken and something else is to be read.
_STATUSES = (301, 302, 307, 308)


def redirected(
    request: Request, response: Response, *, answered_by: str | None = None
) -> Request | None:
    """Return the call to make instead; None where the answer stands.

    The method and the body stay, and so do the parameters that the new address does not name:
    without ``postToPersonalChat=false`` the file would be posted in the user's own chat too.

    :param request: the first call. The new one may go to its very server (scheme, host and port),
        or over https to Zoom's domain that it went to; to both if it went to neither.
    :param answered_by: the address that answered, if not that of the first call.
    """
    location = response.headers.get("location", "")
    if not request.follows or response.status not in _STATUSES or not location:
        return None
    try:
        target = urlsplit(urljoin(answered_by or request.url, location))
        base = _base(target, urlsplit(request.url))
    except ValueError:
        return None
    if base is None:
        return None
    query = f"?{target.query}" if target.query else ""
    named = dict(parse_qsl(target.query, keep_blank_values=True))
    return replace(
        request,
        url=f"{base}{target.path}{query}",
        params={name: value for name, value in request.params.items() if name not in named},
    )


def _base(target: SplitResult, first: SplitResult) -> str | None:
    """Return scheme, host and port to go to, or None where the token may not go.

    It is put together anew: what one reader of URLs takes for the host, another may not.
    """
    if _server(target) == _server(first):
        return f"{first.scheme}://{first.netloc}"
    name = target.hostname or ""
    own = [domain for domain in _DOMAINS if is_in_domain(first.hostname, domain)] or _DOMAINS
    if target.scheme != "https" or target.port not in (None, 443):
        return None
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        return None
    return f"https://{name}" if any(is_in_domain(name, domain) for domain in own) else None


def _server(url: SplitResult) -> tuple[str, str | None, int | None]:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.hostname, url.port or default
