"""Zoom's own markdown, of bots' messages and webhooks: how to write each thing in it. Pure.

It has little in common with the markdown that people know: ``*bold*``, ``<https://...|link>``, no
headings, tables or nested lists. `commonmark` reads theirs, and `write` writes it in Zoom's.

Sources: https://developers.zoom.us/docs/team-chat/customizing-messages/ (markdown) and
https://developers.zoom.us/docs/team-chat/appcardbuilder/, which disagree about bold and agree about
the rest; entities for the three characters of HTML: https://github.com/jenkinsci/zoom-plugin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from urllib.parse import quote

from .. import sanitize
from .model import Line, Text

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})

#: These take no room, or hardly any. Zoom documents no way to write a mark as it is, and not where
#: one counts. Assumed, as in the chats like it: a mark opens a format between the edge of a word
#: and a letter, and a list or a heading at the start of a line, so none does with something there.
_JOINER, _HAIR_SPACE = "\N{WORD JOINER}", "\N{HAIR SPACE}"

#: A mark that opens a format; or what opens none: an address, a mark right behind a letter.
_MARK = re.compile(r"(?P<none>https?://[^\s*]+|(?<=[^\W_])(?:_+|[*~]))|[*_~](?=\S|\Z)")

#: Stands in front of a mark in the middle of a word, and makes an edge there.
_EDGE = "\N{ZERO WIDTH SPACE}"

#: What a mark beside it is in the middle of a word; a backtick is shown as a letter.
_IN_WORD = re.compile(r"[\w`]")

#: The mark of each format of words, from the outermost to the innermost.
_MARKS = {"Bold": "*", "Italic": "_", "Strikethrough": "~"}

Run = tuple[str, Mapping[str, str]]


def escape(text: str) -> str:
    """Return a text as it shall be read, with none of its characters taken for a mark.

    >>> escape("<!everyone> & co")
    '&lt;!everyone&gt; &amp; co'
    """
    text = text.translate(_ENTITIES).replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")
    text = _MARK.sub(lambda mark: mark[0] if mark["none"] else mark[0] + _HAIR_SPACE, text)
    return re.sub(r"(?m)^(?=[-#]|\d+\.)", _JOINER, text)


def code(text: str) -> str:
    """Return a text in the type of code: a block if it has lines, with its own backticks softened.

    >>> code("load_orders")
    '`load_orders`'
    """
    if "\n" in text:
        return block(text)
    return f"`{_code(text)}`" if text else ""


def block(text: str) -> str:
    """Return a text as a block of code, where columns stay in line."""
    return f"```\n{_code(text)}\n```"


def link(words: str, url: str) -> str:
    """Return words that open an address.

    An address keeps its "&": whether Zoom reads entities in there is not documented.

    >>> link("Log", "https://example.com/?a=1&b=2")
    '<https://example.com/?a=1&b=2|Log>'
    """
    shown = escape(sanitize.one_line(words).replace("|", "/"))
    address = re.sub(r"[\s|<>]", lambda found: quote(found.group()), url)
    return f"<{address}|{shown or escape(url)}>"


def mention(jid: str, name: str) -> str:
    """Return a mention of a user; Zoom knows them by JID alone, and has no mention of everybody.

    >>> mention("ann@xmpp.zoom.us", "Ann")
    '<!ann@xmpp.zoom.us|Ann>'
    """
    return f"<!{jid}|{sanitize.one_line(name).translate(_ENTITIES).replace('|', '/')}>"


def write(text: Text, people: Mapping[str, tuple[str, str]] | None = None) -> str:
    """Return a text in Zoom's markdown.

    What Zoom has no mark for is shown as well as it can be: a heading in bold, a format that would
    break off at a mark of its own as plain words.

    :param people: the JID and the name of who is mentioned; others are plain words.
    """
    blocks = []
    for span, lines in groupby(text.lines(), key=lambda line: line.kinds.get("CodeBlock")):
        if span is None:
            blocks += [_line(line, people or {}) for line in lines]
        else:
            blocks += _code_block(list(lines))
    return "\n".join(blocks)


def _code_block(lines: list[Line]) -> Iterable[str]:
    if "Quote" in lines[0].kinds:
        return [f"> {code(line.words.message)}" for line in lines]
    return [block("\n".join(line.words.message for line in lines))]


def _line(line: Line, people: Mapping[str, tuple[str, str]]) -> str:
    words = line.words.formatted("Bold") if "Paragraph" in line.kinds else line.words
    mark = line.mark.replace("•", "-")
    written = _runs(list(_links_whole(words).runs()), tuple(_MARKS), people)
    # A list's mark in front of it leaves no room for another; that of a quote does.
    return mark + (written.removeprefix(_JOINER) if mark.strip(" >") else written)


def _links_whole(text: Text) -> Text:
    """Return a text without the formats in the middle of a link, whose words can have none."""
    links = [span for span in text.spans if span.kind == "AddLink"]
    inner = {
        span
        for around in links
        for span in text.spans
        if (around.start <= span.start and span.end <= around.end)
        and (span.start, span.end) != (around.start, around.end)
    }
    return Text(text.message, tuple(span for span in text.spans if span not in inner))


def _runs(
    runs: list[Run],
    kinds: tuple[str, ...],
    people: Mapping[str, tuple[str, str]],
    before: str = "",
    behind: str = "",
) -> str:
    """Return words with the marks of these formats around them, one inside the other.

    :param before: the character in front of them.
    :param behind: the one behind them.
    """
    if not kinds:
        return "".join(_run(words, formats, people) for words, formats in runs)
    kind, *inner = kinds
    written = ""
    groups = [(has, list(group)) for has, group in groupby(runs, key=lambda run: kind in run[1])]
    for index, (has, group) in enumerate(groups):
        front = _beside(groups[index - 1][1][-1], -1) if index else before
        back = _beside(groups[index + 1][1][0], 0) if index + 1 < len(groups) else behind
        part = _runs(group, tuple(inner), people, front, back)
        written += _marked(part, _MARKS[kind], front, back) if has else part
    return written


def _beside(run: Run, index: int) -> str:
    """Return what stands beside other words: a character of these, or their mark."""
    words, formats = run
    is_marked = formats.keys() & _MARKS.keys() and not words[index].isspace()
    return "_" if is_marked else words[index]


def _marked(part: str, mark: str, before: str, behind: str) -> str:
    """Return a part of a line with marks around it, which must stand at the edges of words."""
    if mark in part or not part.strip():
        return part
    inner = part.strip()
    lead, _, tail = part.partition(inner)
    front = _EDGE if not lead and _IN_WORD.match(before) else ""
    back = _EDGE if not tail and _IN_WORD.match(behind) else ""
    return f"{lead}{front}{mark}{inner}{mark}{back}{tail}"


def _run(words: str, formats: Mapping[str, str], people: Mapping[str, tuple[str, str]]) -> str:
    if formats.get("Mention") in people:
        return mention(*people[formats["Mention"]])
    if "AddLink" in formats:
        return link(words, formats["AddLink"])
    if "ZoomMarkdown" in formats:
        return words
    return code(words) if "Code" in formats else escape(words)


def _code(text: str) -> str:
    return text.translate(_ENTITIES).replace("`", "'")
