"""Who is no caller of the sandbox: a page of another site, open in the same browser. Pure.

The sandbox listens on a loopback address, which any page of the web may try to reach through the
browser of whoever runs it. Programs send none of the headers that are looked at here.

Sources: https://fetch.spec.whatwg.org/#origin-header, https://w3c.github.io/webappsec-fetch-metadata/.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# A name of another site may have been pointed here, to be of one origin with it.
_LOOPBACK = re.compile(r"(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
# What a person may look at, coming from anywhere: nothing changes by it.
_LINKED = re.compile(r"/|/sandbox/|/sandbox/files/.*|/launch/.*")


def stranger(method: str, path: str, headers: Mapping[str, str]) -> str:
    """Return why a call is refused, in one line; nothing if it is not.

    :param path: decoded.
    :param headers: names in lower case.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _LOOPBACK.fullmatch(host):
        return (
            "The sandbox answers on loopback addresses alone: call it by 127.0.0.1 or localhost, "
            "with its port."
        )
    is_other = origin is not None and origin.lower() != f"http://{host.lower()}"
    # A link may lead here from anywhere; a frame or a form may not.
    is_link = (
        method == "GET"
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and _LINKED.fullmatch(path) is not None
        and origin is None
    )
    if headers.get("sec-fetch-site", "none") not in ("same-origin", "none") and not is_link:
        is_other = True
    return "The sandbox answers its own page alone, not that of another site." if is_other else ""
