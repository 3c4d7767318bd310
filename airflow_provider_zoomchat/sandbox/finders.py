"""Finding messages in the chat: all that fit, or the one that does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from airflow_provider_zoomchat.sandbox.activity_log import printable, transcript
from airflow_provider_zoomchat.sandbox.emphasis import shown
from airflow_provider_zoomchat.sandbox.state import Chat, Exchange, Message

SHOWN = 20  # newest messages that an error shows
REFUSED = 3  # newest refused calls that it shows
LONGEST = 200  # characters of a refusal


class Finders:
    """What a test asks of the chat."""

    chat: Chat

    def messages(
        self,
        channel: str | None = None,
        text: str | None = None,
        thread: str | Mapping[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the messages that fit, newest last; a deleted one too, marked as such.

        :param channel: only those of this channel, by id, JID or name.
        :param text: only those that show these words, in their text or on a card.
        :param thread: only the replies of this thread, by its first message or that one's id.
        """
        place = (channel or "").lower().removesuffix("@conference.xmpp.zoom.us")
        main = thread["id"] if isinstance(thread, Mapping) else thread
        with self.chat.lock:
            found = copied(
                [
                    vars(message)
                    for message in self.chat.messages.values()
                    if (channel is None or place in _names(message))
                    and (main is None or self.chat.thread_of(message) == main != message.id)
                ]
            )
        if text is None:
            return found
        return [each for each in found if text in each["text"] or text in shown(each)]

    def message(
        self,
        channel: str | None = None,
        text: str | None = None,
        thread: str | Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the one message that fits; the arguments are those of :meth:`messages`.

        :raises AssertionError: there is none, or there are several; it shows what was posted
            instead, and which calls were refused.
        """
        __tracebackhide__ = True  # pytest then points at the line of the test
        found = self.messages(channel, text, thread)
        if len(found) == 1:
            return found[0]
        main = thread["id"] if isinstance(thread, Mapping) else thread
        asked = {"channel": channel, "text": text, "thread": main}
        wanted = ", ".join(
            f"{name}={value!r}" for name, value in asked.items() if value is not None
        )
        raise AssertionError(self._found_instead(wanted, found))

    def _found_instead(self, wanted: str, found: Sequence[Mapping[str, Any]]) -> str:
        fitting = f" with {wanted}" if wanted else ""
        if found:
            return f"There are {len(found)} messages{fitting}, not one:\n\n{_newest(found)}"
        posted = self.messages()
        with self.chat.lock:
            refused = list(islice(_refused(self.chat), REFUSED))[::-1]
            is_quiet = not self.chat.traffic
        lines = [f"There is no message{fitting}. What was posted:\n\n{_newest(posted)}"]
        if refused:
            lines.append("Calls that failed:\n" + "\n".join(refused))
        if is_quiet:
            lines.append("No call came: does the connection lead here, and is it not muted?")
        return "\n\n".join(lines)


def copied(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return JSON values that stay as they are now."""
    copies: list[dict[str, Any]] = json.loads(json.dumps(values, allow_nan=False))
    return copies


def _newest(messages: Sequence[Mapping[str, Any]]) -> str:
    older = len(messages) - SHOWN
    return (f"({older} older ones)\n\n" if older > 0 else "") + transcript(messages[-SHOWN:])


def _refused(chat: Chat) -> Iterator[str]:
    """Yield the calls that got no good answer, latest first."""
    for each in reversed(chat.traffic):
        if each.status is None or each.status >= 400:
            yield printable(f"  {each.method} {each.path}: {_answer(each)}")


def _answer(exchange: Exchange) -> str:
    if exchange.status is None:
        return "no answer"
    answer = exchange.answer
    if isinstance(answer, dict):
        answer = answer.get("message") or answer.get("reason") or ""
    words = ", ".join(str(part) for part in (exchange.status, answer, exchange.why) if part)
    return " ".join(words.split())[:LONGEST]


def _names(message: Message) -> set[str]:
    """Return what the channel of a message may be called by."""
    return {name.lower() for name in (message.channel, message.channel_name) if name}
