"""The visible text of a message, with its formats. Pure.

It makes messages comparable that were sent through different APIs.
"""

from __future__ import annotations

from itertools import groupby

from airflow_provider_zoomchat.sandbox.render.lines import read_lines
from airflow_provider_zoomchat.sandbox.render.message import Message
from airflow_provider_zoomchat.sandbox.render.tree import showable

#: A piece of text and the formats it is shown in.
Run = tuple[str, frozenset[str]]

#: Every format there is.
FORMATS = frozenset(
    {
        *("bold", "italic", "strike", "code", "link", "heading", "quote", "bullet", "number"),
        "mention",
    }
)
_LINE_END: Run = ("\n", frozenset())


def emphasis(message: Message) -> list[Run]:
    """Return what a message shows as runs of text, each with its formats.

    ::

        [("Load ", frozenset()), ("failed", frozenset({"bold"})), ("\\n", frozenset())]

    A line end is a run of its own without formats, as several in a row are; none stands at the
    beginning or the end. The key and the value of a field, and each button, stand on lines of their
    own. Formats are those of :data:`FORMATS`.

    :param message: as the sandbox's state lists it, sent through any API.
    """
    runs: list[Run] = []
    for line in read_lines(message):
        for text, formats in line.words:
            if "drawn" not in formats:
                runs.append((showable(text), formats & FORMATS))
            elif runs and runs[-1] != _LINE_END:
                runs.append(_LINE_END)
        if not line.words or (runs and runs[-1] != _LINE_END):
            runs.append(_LINE_END)
    joined = [
        ("".join(text for text, _ in group), formats)
        for (_, formats), group in groupby(runs, key=lambda run: (run == _LINE_END, run[1]))
    ]
    filled = [index for index, (text, _) in enumerate(joined) if not text.isspace()]
    return joined[filled[0] : filled[-1] + 1] if filled else []


def shown(message: Message) -> str:
    """Return the words that a message shows, without its sender, time and files."""
    return "".join(text for text, _ in emphasis(message))
