"""Text that came from data, made fit to be shown: harmless, and no longer than there is room. Pure.

Only the kept part of a text is processed, so a text of a megabyte costs what a short one does.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Callable

from . import masking

#: What terminals take for commands, as tools print it into their errors: strings such as the
#: address of a link (OSC 8, whose words stand behind it), colours and cursor moves, character sets.
#: All but the last have a form of 8 bits too.
#: Source: ECMA-48, 5.3 to 5.6.
_TERMINAL = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    # One whose end was cut off.
    r"|(?:\x1b\]|\x9d)\d*;[^\s\x07\x1b\x9c]*"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|\x1b[ -/]*[0-~]"
)

#: Control characters, marks that turn the direction of the text around them, half characters.
_HARMFUL = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

#: Characters behind a cut that are looked at for secrets, and no more shown: a secret that the cut
#: went through can no longer be recognised and masked.
_SEAM = 2000

Mask = Callable[[str], str]


#: Where a text may be cut, with the part of the room that is given up for it.
_NEAR = (("\n", 2), (" ", 4))


def dedented(text: str) -> str:
    """Return a text that its author wrote in triple quotes without what the quotes bring along.

    That is the indentation of all its lines, and the line ends at both ends. A text of one line
    stays as it is.
    """
    return textwrap.dedent(text).removeprefix("\n").rstrip() if "\n" in text else text


def is_file_name(text: str, ending: str | tuple[str, ...]) -> bool:
    """Tell whether a text is the name of a template file and nothing else.

    >>> is_file_name("alert.md.j2", ".md.j2"), is_file_name("See alert.md.j2", ".md.j2")
    (True, False)
    """
    return text.endswith(ending) and re.search(r"[\s{}]", text) is None


def harmless(text: str) -> str:
    """Return a text without control characters and marks of direction; lines end in a newline."""
    text = re.sub("\r\n?|[\u0085\u2028\u2029\v\f]", "\n", _TERMINAL.sub("", text))
    return re.sub(_HARMFUL, "", text.replace("\t", "    "))


def one_line(text: str) -> str:
    """Return a harmless text in one line."""
    is_plain = text.isascii() and text.isprintable()
    return " ".join((text if is_plain else harmless(text)).split())


def excerpt(
    text: str, limit: int, mask: Mask = str, *, strip: bool = True, has_links: bool = False
) -> str:
    """Return the head and the tail of a text that came from data, harmless and without secrets.

    :param limit: characters of the result.
    :param mask: replaces secrets; it sees no more of a long text than what may be shown.
    :param strip: whether the blanks at its ends go.
    :param has_links: whether it has links to hand on, which are worth nothing without their token.
    """

    def shown(part: str) -> str:
        masked = mask(part)
        clean = harmless(masked)
        # Once more: what was not harmless may have stood in the middle of a secret.
        clean = clean if clean == masked else mask(clean)
        return masking.without_passwords(clean, signatures=not has_links)

    room = limit + _SEAM
    if len(text) <= 2 * room:
        whole = shown(text)
        whole = whole.strip() if strip else whole
        return whole if len(whole) <= limit else cut(whole, limit)
    # Both cuts show the same up to where the nearer one may go through a secret.
    head = _same_start(shown(text[:room]), shown(text[:limit]))
    tail = _same_start(shown(text[-room:])[::-1], shown(text[-limit:])[::-1])[::-1]
    if strip:
        head, tail = head.lstrip(), tail.rstrip()
    return cut(head + tail, limit, max(1, len(text) - len(head) - len(tail)))


def fit(text: str, limit: int, mask: Mask = str, *, has_links: bool = False) -> str:
    """Return what `excerpt` does, with the blanks at its ends."""
    return excerpt(text, limit, mask, strip=False, has_links=has_links)


def _same_start(one: str, other: str) -> str:
    """Return what both begin with."""
    return os.path.commonprefix([one, other])  # noqa: RUF071  # of characters


def cut(text: str, limit: int, already_gone: int = 0) -> str:
    """Return a text of at most so many characters: its head, a mark, its tail.

    >>> cut("one two three four five six seven eight nine ten", 45)
    'one two three […28 characters cut…] ine ten'
    """
    if len(text) <= limit and not already_gone:
        return text
    start, end, mark = gap(text, limit, already_gone)
    return f"{text[:start]}{mark}{text[end:]}"


def gap(text: str, limit: int, already_gone: int = 0) -> tuple[int, int, str]:
    """Return where a text that is too long is cut, from and up to where, and the mark for the gap.

    Two thirds of the room are the head's: it says what it is about, while an error's cause often
    stands in its last lines. Cut is between lines where one ends near, else between words.

    :param already_gone: characters that are missing in the middle of `text` already.
    """
    mark = " […{:,} characters cut…] "
    widest = len(mark.format(len(text) + already_gone))
    if limit <= widest:
        return max(0, limit), len(text), ""
    room = limit - widest
    tail = room // 3
    start = _before(text, room - tail)
    end = _behind(text, max(start, len(text) - tail))
    return start, end, mark.format(end - start + already_gone)


def _before(text: str, limit: int) -> int:
    """Return where the head ends."""
    found = (text.rfind(separator, limit - limit // part, limit) for separator, part in _NEAR)
    return next((index for index in found if index > 0), limit)


def _behind(text: str, limit: int) -> int:
    """Return where the tail begins."""
    rest = len(text) - limit
    found = (text.find(separator, limit, limit + rest // part) for separator, part in _NEAR)
    return next((index + 1 for index in found if index >= 0), limit)
