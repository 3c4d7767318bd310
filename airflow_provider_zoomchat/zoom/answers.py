"""Which reply in a thread is the answer that somebody waits for, and when to look again. Pure."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from .errors import ConfigError

#: Seconds between two looks, each until so many seconds have passed since the first. A day of
#: waiting is 414 calls; a Free account has 2,000 calls a day for all its apps, and each look is one
#: of them (label MEDIUM). Source: https://developers.zoom.us/docs/api/rate-limits/.
INTERVALS = ((600.0, 15.0), (7200.0, 60.0))
LAST_INTERVAL = 300.0

#: By how much a reply may come into a thread later than its time says; assumed.
_LATE = timedelta(seconds=10)

#: Replies that a trigger hands to its task at once. They are kept in Airflow's database.
MOST_HANDED_OVER = 25

#: Replies at the end of a thread that are read at each look, since people edit what they wrote: as
#: many as leave room for new ones in one page, so that a look is one call.
_READ_AGAIN = 80


class Progress(NamedTuple):
    """How far a thread has been read.

    :param since: from when on replies are wanted; None for all.
    :param seen: the marks of those from then on that have been judged. A reply that was edited has
        another mark.
    """

    since: datetime | None = None
    seen: tuple[str, ...] = ()

    def new(self, thread: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the replies that have not been judged as they are now."""
        seen = set(self.seen)
        return [reply for reply in thread if _mark(reply) not in seen]

    def after(
        self, thread: Sequence[dict[str, Any]], judged: Iterable[Mapping[str, Any]]
    ) -> Progress:
        """Return the progress when some of the new replies are judged, the first of them.

        :param thread: all replies that were read, oldest first.
        """
        now = Progress(self.since, (*self.seen, *map(_mark, judged)))
        since = self.since
        if len(thread) > _READ_AGAIN:
            waiting = (reply["time"] for reply in now.new(thread)[:1])
            since = min(thread[-_READ_AGAIN]["time"], thread[-1]["time"] - _LATE, *waiting)
            since = max(since, self.since or since)
        recent = [_mark(reply) for reply in thread if since is None or reply["time"] >= since]
        seen = set(now.seen)
        return Progress(since, tuple(mark for mark in recent if mark in seen))


def interval(waited: float) -> float:
    """Return the seconds until the next look.

    :param waited: seconds since the first one.
    """
    return next((pause for until, pause in INTERVALS if waited < until), LAST_INTERVAL)


def read_texts(name: str, value: object) -> tuple[str, ...]:
    """Return an argument that is a text or a list of texts; none of them if it is None.

    :raises ConfigError: it is something else, or has no text in it.
    """
    if value is None:
        return ()
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple, set, frozenset)) or not all(
        isinstance(one, str) for one in given
    ):
        raise ConfigError(f"{name} must be a list of texts, not {type(value).__name__}.")
    texts = tuple(text for one in given if (text := one.strip()))
    if len(texts) < len(given) or not texts:
        raise ConfigError(
            f"{name} is empty or has an empty entry. Leave it out to accept anything."
        )
    return texts


def read_options(value: object) -> tuple[str, ...]:
    """Return the options that are answers; none of them if any reply is.

    :raises ConfigError: it is no list of texts, or two of them are the same to `option_of`.
    """
    options = read_texts("options", value)
    if isinstance(value, str):
        raise ConfigError("options must be a list of texts, such as ['publish', 'keep back'].")
    if len({_squeezed(option) for option in options}) < len(options):
        raise ConfigError("options are compared without case and whitespace: two are the same.")
    return options


def read_pattern(value: object) -> re.Pattern[str] | None:
    """Return a regular expression; None if none is given.

    :raises ConfigError: it is none.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise ConfigError("pattern must be a regular expression, as a text.")
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"pattern {value[:80]!r} is no regular expression: {error}.") from None


def read_people(value: object) -> tuple[str, ...]:
    """Return those who may answer, as `why_not` compares them; none of them if anybody may.

    :raises ConfigError: it is no list of e-mail addresses and ids.
    """
    people = read_texts("from_users", value)
    for name in people:
        if len(name.split()) > 1:
            raise ConfigError(
                f"from_users has {name[:80]!r}, which is neither an e-mail address nor a user id."
            )
    return tuple(name.casefold() for name in people)


def option_of(options: Iterable[str], text: str) -> str | None:
    """Return the option that a reply names, in whatever case and with whatever whitespace."""
    said = _squeezed(text)
    return next((option for option in options if _squeezed(option) == said), None)


def anything(text: str) -> str | None:
    """Return a reply's text as the answer; None if it has none, as a picture."""
    return text if text.strip() else None


def found_by(pattern: re.Pattern[str], text: str) -> str | None:
    """Return what a pattern finds in a reply: its first group if it has one, else all of it."""
    match = pattern.search(text)
    if match is None:
        return None
    found: str | None = match.group(1) if pattern.groups else None
    return match.group() if found is None else found


def why_not(
    reply: Mapping[str, Any], from_users: Sequence[str], asked_by: Iterable[str]
) -> str | None:
    """Return why a reply is no answer, whatever it says; None if it may be one.

    :param from_users: what `read_people` returned.
    :param asked_by: by what the user is known who asks, and so may be an app.
    """
    sender = {str(reply["sender"]).casefold(), str(reply["sender_id"]).casefold()} - {""}
    if reply["is_bot"]:
        return "it is a bot's"
    if from_users:
        return None if sender & set(from_users) else "its sender is none of from_users"
    if sender & {name.casefold() for name in asked_by}:
        return "its sender is the user who asks, and only from_users lets that one answer"
    return None


def judge(
    thread: Sequence[dict[str, Any]],
    progress: Progress,
    *,
    from_users: Sequence[str],
    asked_by: Sequence[str],
    answer_of: Callable[[str], str | None] | None,
    say: Callable[[str], None],
) -> tuple[list[dict[str, Any]], Progress]:
    """Return the first answer among the new replies of a thread, and how far it is read then.

    :param thread: all replies that were read, oldest first.
    :param from_users: what `read_people` returned.
    :param asked_by: by what the user is known who asks.
    :param answer_of: as for `first_answer`. None returns all replies of those who may answer, at
        most `MOST_HANDED_OVER` at once: somebody else judges them.
    :param say: takes a line about each reply that is none.
    """
    new = progress.new(thread)
    may_be = _from_people_who_may(new, from_users, asked_by, say)
    if answer_of is not None:
        answer = first_answer(may_be, answer_of, say)
        return [answer] if answer else [], progress.after(thread, new)
    found = list(islice(may_be, MOST_HANDED_OVER))
    judged = new[: new.index(found[-1]) + 1] if len(found) == MOST_HANDED_OVER else new
    return found, progress.after(thread, judged)


def _from_people_who_may(
    replies: Iterable[dict[str, Any]],
    from_users: Sequence[str],
    asked_by: Sequence[str],
    say: Callable[[str], None],
) -> Iterator[dict[str, Any]]:
    for reply in replies:
        why = why_not(reply, from_users, asked_by)
        if why is None:
            yield reply
        else:
            say(_ignored(reply, why))


def first_answer(
    replies: Iterable[dict[str, Any]],
    answer_of: Callable[[str], str | None],
    say: Callable[[str], None],
) -> dict[str, Any] | None:
    """Return the first reply that is an answer, with the key ``answer``; None if there is none.

    :param replies: in the order of their thread.
    :param answer_of: returns the answer that a reply's text is; None if it is none.
    :param say: takes a line about each reply before it.
    """
    for reply in replies:
        answer = answer_of(reply["text"])
        if answer is not None:
            return {**reply, "answer": answer}
        say(_ignored(reply, "it is none of the answers that are waited for"))
    return None


def as_json(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return a reply as JSON has it: with its time as a text, in ISO 8601."""
    return {**reply, "time": reply["time"].isoformat()}


def from_json(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `as_json` was given."""
    return {**reply, "time": datetime.fromisoformat(reply["time"])}


def _mark(reply: Mapping[str, Any]) -> str:
    return f"{reply['id']} {zlib.crc32(reply['text'].encode('utf-8', 'surrogatepass')):x}"


def _ignored(reply: Mapping[str, Any], why: str) -> str:
    who = reply["sender"] or reply["sender_name"] or "somebody"
    return f"A reply of {who} at {reply['time'].isoformat(timespec='seconds')} is ignored: {why}."


def _squeezed(text: str) -> str:
    # Keyboards write one letter in several ways.
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())
