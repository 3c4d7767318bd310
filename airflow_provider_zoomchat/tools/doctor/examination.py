"""All steps in their order; what cannot be looked at, because of what is wrong, is skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...hooks.connection import client_for
from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError
from . import access, channel, connection, posting
from .connection import Step
from .source import find

#: Seconds after which no further step begins: who asks is sitting in front of it.
SECONDS = 120.0

#: The names of the steps, in their order.
NAMES = (
    "connection",
    "fields",
    "host",
    "token",
    "app type",
    "scopes",
    "sender",
    "channel",
    "posting",
)


def examine(
    conn_id: str,
    stdin: Callable[[], str],
    *,
    send: bool = False,
    to: str | None = None,
    time_budget: float = access.TIME_BUDGET,
    seconds: float = SECONDS,
) -> Iterator[Step]:
    """Look at a connection and yield each step as soon as it is known.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :param send: post a test message, and delete it again where that is possible.
    :param to: where the test message goes; by default to the connection's channel.
    :param time_budget: seconds for one call with its waits.
    :param seconds: after them no further step begins.
    """
    deadline = Deadline(seconds)
    try:
        found = find(conn_id, stdin)
    except ConfigError as error:
        yield Step("connection", "failed", str(error))
        return
    settings = yield from connection.check_fields(found)
    if settings is None:
        yield from _skipped("host", "the fields must be right first")
        return
    client = client_for(settings, time_budget=time_budget)
    lost = yield from access.hosts(settings, client)
    if lost:
        yield from _skipped("token", f"there is no way to {lost}")
        return
    over = f"the {seconds:g} s for all steps are over"
    where = None
    if settings.app_type == "incoming_webhook":
        for name in ("token", "app type", "scopes", "sender"):
            yield Step(name, "skipped", "A webhook has none.")
        yield channel.check_channel(settings, client)[0]
    else:
        token = yield from access.token(settings, client)
        if token is None:
            yield from _skipped("scopes", "there is no token")
            return
        yield from access.check_scopes(settings, token)
        if deadline.remaining <= 0:
            yield from _skipped("sender", over)
            return
        yield from access.check_sender(settings, client)
        yield from access.check_lookup(conn_id, settings, client.time_budget)
        if deadline.remaining <= 0:
            yield from _skipped("channel", over)
            return
        step, where = channel.check_channel(settings, client)
        yield step
        yield from posting.permissions(where)
        if step.outcome == "failed" and send and to is None:
            yield from _skipped("posting", "the channel must be right first")
            return
    if send and deadline.remaining <= 0:
        yield from _skipped("posting", over)
    elif send:
        yield from posting.attempt(settings, client, to)
    else:
        yield Step("posting", "skipped", "--send posts a message, and deletes it if Zoom can.")


def _skipped(first: str, reason: str) -> Iterator[Step]:
    for name in NAMES[NAMES.index(first) :]:
        yield Step(name, "skipped", f"Not looked at: {reason}.")
