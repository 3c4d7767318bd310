"""The messages of a sandbox as text, for terminals: all of them, or each change as it happens.

Both read messages as the sandbox's state lists them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from airflow_provider_zoomchat.sandbox.file_store import size
from airflow_provider_zoomchat.sandbox.render.lines import plain_text
from airflow_provider_zoomchat.sandbox.state import KEPT, Exchange

Message = Mapping[str, Any]

SHOWN = 20  # newest messages that the error of a search shows
REFUSED = 3  # newest refused calls that it shows
LONGEST = 200  # characters of a refusal

_TIME = slice(11, 19)
# Half a character has no bytes to print; the last ones turn the direction of what follows.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def transcript(messages: Sequence[Message]) -> str:
    """Return the chat as it stands: by channel, replies under what they answer.

    ::

        #data-pipelines
          18:59:05  Airflow  Load finished  (edited)
              └ 18:59:06  Airflow  48,210 rows
          18:59:07  Airflow  (deleted)
          18:59:08  Airflow  Orders of March
                             📎 orders.csv (12 kB)
    """
    if not messages:
        return "Nothing was posted."
    places: dict[str, list[Message]] = {}
    for message in messages:
        places.setdefault(_place(message), []).append(message)
    return "\n\n".join(
        "\n".join(map(printable, [place, *_thread(None, posted)]))
        for place, posted in places.items()
    )


def printable(line: str) -> str:
    """Return a line without what a terminal would obey instead of showing it.

    Any part of a line may come from a caller: a text, a name, an address.
    """
    return _UNPRINTABLE.sub("\ufffd", line.replace("\t", " "))


def changes(before: Sequence[Message], after: Sequence[Message]) -> Iterable[str]:
    """Yield a line for everything that happened between two looks at the chat."""
    known = {message["id"]: message for message in before}
    for message in after:
        earlier = known.get(message["id"])
        who = f"{_place(message)}  {message['sender']}"
        if earlier is None:
            verb = "answers" if message["reply_to"] else "posts"
            first = [*message["history"], message["text"]][0]
            # An edit that came before the first look is not lost: the earliest text is shown.
            yield printable(f"{who} {verb}: {_line(first, attached(message))}")
        seen = len(earlier["history"]) if earlier else 0
        if len(message["history"]) > seen:
            yield printable(f"{who} edits: {_line(message['text'])}")
        reactions, reacted = _reactions(message), _reactions(earlier or {})
        where, text = _place(message), _line(message["text"])
        for emoji, user in (each for each in reactions if each not in reacted):
            yield printable(f"{where}  {user} reacts {emoji} to: {text}")
        for emoji, user in (each for each in reacted if each not in reactions):
            yield printable(f"{where}  {user} takes {emoji} back from: {text}")
        if message["deleted"] and not (earlier and earlier["deleted"]):
            yield printable(f"{who} deletes: {_line(message['text'])}")


def _reactions(message: Message) -> list[tuple[str, str]]:
    """Return the reactions to a message, each an emoji and a user."""
    given = message.get("reactions", {})
    return [(emoji, user) for emoji, users in given.items() for user in users]


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
    first, *rest = _lines(message) or [""]
    if message["deleted"]:
        yield f"{head}(deleted)"
        return
    edited = "  (edited)" if message["edited"] else ""
    reactions = (f"  {emoji} {len(users)}" for emoji, users in message["reactions"].items())
    yield f"{head}{first}{edited}{''.join(reactions)}"
    for line in rest:
        yield f"{' ' * len(head)}{line}"


def attached(message: Message) -> list[str]:
    """Return a line for each file of a message: ``📎 orders.csv (12 kB)``."""
    return [printable(f"📎 {file['name']} ({size(file['size'])})") for file in message["files"]]


def _lines(message: Message) -> list[str]:
    cards = [json.loads(each["card_json"]) for each in message["interactive_cards"]]
    texts = [message["text"], *(plain_text(each["content"]) for each in cards)]
    return [*"\n".join(filter(None, texts)).splitlines(), *attached(message)]


def _line(text: str, files: Sequence[str] = ()) -> str:
    """Return the first line of a text, and whether there is more, and its files."""
    first, *rest = text.splitlines() or [""]
    shown = f"{first} ..." if rest else first
    return "  ".join(part for part in (shown, *files) if part)


def tell_of_search(
    wanted: Mapping[str, str | None],
    found: Sequence[Message],
    posted: Sequence[Message],
    traffic: Sequence[Exchange],
) -> str:
    """Return what a test is told that looked for one message and found none, or several.

    :param wanted: what it looked for, under the names of the arguments.
    :param posted: all messages.
    :param traffic: all requests.
    """
    named = ", ".join(f"{name}={value!r}" for name, value in wanted.items() if value is not None)
    fitting = f" with {named}" if named else ""
    if found:
        return f"There are {len(found)} messages{fitting}, not one:\n\n{_newest(found)}"
    failed = (each for each in reversed(traffic) if each.status is None or each.status >= 400)
    refused = [printable(f"  {_failure(each)}") for each in islice(failed, REFUSED)][::-1]
    lines = [f"There is no message{fitting}. What was posted:\n\n{_newest(posted)}"]
    if refused:
        lines.append("Calls that failed:\n" + "\n".join(refused))
    if not traffic:
        lines.append("No call came: does the connection lead here, and is it not muted?")
    return "\n\n".join(lines)


def _newest(messages: Sequence[Message]) -> str:
    older = len(messages) - SHOWN
    return (f"({older} older ones)\n\n" if older > 0 else "") + transcript(messages[-SHOWN:])


def _failure(exchange: Exchange) -> str:
    words = "no answer"
    if exchange.status is not None:
        answer = exchange.answer
        if isinstance(answer, dict):
            answer = answer.get("message") or answer.get("reason") or ""
        parts = (exchange.status, answer, exchange.why)
        words = " ".join(", ".join(str(part) for part in parts if part).split())[:LONGEST]
    return f"{exchange.method} {exchange.path}: {words}"


class Watcher:
    """Tells what has happened in a sandbox since it was asked last.

    :param changes_since: :meth:`.sandbox.Sandbox.changes`.
    """

    def __init__(self, changes_since: Callable[[int], tuple[int, Sequence[Message]]]) -> None:
        self._changes_since = changes_since
        self._version = 0
        self._seen: dict[str, Mapping[str, Any]] = {}

    def lines(self) -> Iterator[str]:
        """Yield a line for everything that has happened; see :func:`changes`."""
        self._version, after = self._changes_since(self._version)
        before = [self._seen[each["id"]] for each in after if each["id"] in self._seen]
        yield from changes(before, after)
        self._seen.update((each["id"], each) for each in after)
        for message_id in list(self._seen)[:-KEPT]:
            del self._seen[message_id]
