"""Zoom's own markdown, of bots' messages and webhooks: how to write each thing in it. Pure.

Sources: https://developers.zoom.us/docs/team-chat/customizing-messages/ (markdown) and
https://developers.zoom.us/docs/team-chat/appcardbuilder/, which disagree about bold and agree about
the rest; entities for the three characters of HTML: https://github.com/jenkinsci/zoom-plugin.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from . import plain

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

#: Takes no room. Zoom documents no way to write a mark as it is; one that does not stand at the
#: edge of a word begins no format, and with a joiner in front of it none does.
_JOINER = "\N{WORD JOINER}"


def escape(text: str) -> str:
    """Return a text as it shall be read, with none of its characters taken for a mark.

    >>> escape("<!everyone> & co")
    '&lt;!everyone&gt; &amp; co'
    """
    return re.sub(r"(?m)[*_~`]|^(?=[-#]|\d+\.)", rf"{_JOINER}\g<0>", text.translate(_ENTITIES))


def code(text: str) -> str:
    """Return a text in the type of code: a block if it has lines, with its own backticks softened.

    >>> code("load_orders")
    '`load_orders`'
    """
    text = text.translate(_ENTITIES).replace("`", "'")
    if "\n" in text:
        return f"```\n{text}\n```"
    return f"`{text}`" if text else ""


def link(words: str, url: str) -> str:
    """Return words that open an address.

    An address keeps its "&": whether Zoom reads entities in there is not documented.

    >>> link("Log", "https://example.com/?a=1&b=2")
    '<https://example.com/?a=1&b=2|Log>'
    """
    shown = escape(plain.one_line(words).replace("|", "/"))
    address = re.sub(r"[\s|<>]", lambda found: quote(found.group()), url)
    return f"<{address}|{shown or escape(url)}>"


def mention(jid: str, name: str) -> str:
    """Return a mention of a user; Zoom knows them by JID alone, and has no mention of everybody.

    >>> mention("ann@xmpp.zoom.us", "Ann")
    '<!ann@xmpp.zoom.us|Ann>'
    """
    return f"<!{jid}|{plain.one_line(name).translate(_ENTITIES).replace('|', '/')}>"
