"""The chat as text, for terminals: the whole of it, and what has just changed. Pure.

Both work on messages as the sandbox's state lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Message = Mapping[str, Any]

_TIME = slice(11, 19)


def transcript(messages: Sequence[Message]) -> str:
    """Return the chat as it stands: by channel, replies under what they answer.

    ::

        #data-pipelines
          18:59:05  Airflow  Load finished  (edited)
              └ 18:59:06  Airflow  48,210 rows
          18:59:07  Airflow  (deleted)
    """
    if not messages:
        return "Nothing was posted."
    places: dict[str, list[Message]] = {}
    for message in messages:
        places.setdefault(_place(message), []).append(message)
    return "\n\n".join(
        "\n".join([place, *_thread(None, posted)]) for place, posted in places.items()
    )


def changes(before: Sequence[Message], after: Sequence[Message]) -> Iterable[str]:
    """Yield a line for everything that happened between two looks at the chat."""
    known = {message["id"]: message for message in before}
    for message in after:
        earlier = known.get(message["id"])
        who = f"{_place(message)}  {message['sender']}"
        if earlier is None:
            deed = "answers" if message["reply_to"] else "posts"
            # An edit that came before the first look is not lost: the earliest text is shown.
            yield f"{who} {deed}: {_line([*message['history'], message['text']][0])}"
        seen = len(earlier["history"]) if earlier else 0
        if len(message["history"]) > seen:
            yield f"{who} edits: {_line(message['text'])}"
        if message["deleted"] and not (earlier and earlier["deleted"]):
            yield f"{who} deletes: {_line(message['text'])}"


def _place(message: Message) -> str:
    if message["channel"]:
        return f"#{message['channel_name'] or message['channel']}"
    return f"to {message['contact']}"


def _thread(parent: str | None, messages: Sequence[Message], depth: int = 0) -> Iterable[str]:
    ids = {message["id"] for message in messages}
    for message in messages:
        answers = message["reply_to"] if message["reply_to"] in ids else None
        if answers == parent:
            yield from _entry(message, depth)
            yield from _thread(message["id"], messages, depth + 1)


def _entry(message: Message, depth: int) -> Iterable[str]:
    arrow = "    " * depth + "└ " if depth else ""
    head = f"  {arrow}{message['time'][_TIME]}  {message['sender']}  "
    first, *rest = str(message["text"]).splitlines() or [""]
    if message["deleted"]:
        yield f"{head}(deleted)"
        return
    yield f"{head}{first}{'  (edited)' if message['edited'] else ''}"
    for line in rest:
        yield f"{' ' * len(head)}{line}"


def _line(text: str) -> str:
    """Return the first line of a text, and whether there is more."""
    first, *rest = text.splitlines() or [""]
    return f"{first} ..." if rest else first
