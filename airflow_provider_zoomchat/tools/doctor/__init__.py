"""Why a connection does not work: looked at step by step, from its fields to a posted message.

Read it in this order: `step` (what is said), `connection` (where a connection comes from, and its
fields), `access` (hosts, token, app type, scopes, sender), `channels` (where messages go, and
whether they get there), and `examine` below (all of it, in its order).

Nothing here prints; every step is yielded as soon as it is known. Airflow is imported only to look
for a connection that is not in the environment: it takes seconds, and sets up what it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...zoom.deadline import Deadline
from ...zoom.errors import ConfigError
from .access import check_hosts, check_scopes, check_sender, check_token
from .channels import check_channel, send_test_message
from .connection import TIME_BUDGET, PlainHook, check_fields, check_source, find, is_id
from .step import Outcome, Step, failed, skipped

__all__ = ["Outcome", "Step", "examine", "find", "is_id"]

#: Seconds after which no further step begins: who asks is sitting in front of it.
SECONDS = 120.0

#: What is skipped if something before it is wrong, in the order of the steps.
_LATER = ("host", "token", "app type", "scopes", "sender", "channel", "posting")


def examine(
    conn_id: str,
    stdin: Callable[[], str],
    *,
    send: bool = False,
    to: str | None = None,
    time_budget: float = TIME_BUDGET,
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
    over = f"the {seconds:g} s for all steps are over"
    try:
        found = find(conn_id, stdin)
    except ConfigError as error:
        yield failed("connection", error)
        return
    yield from check_source(conn_id, found)
    steps, settings = check_fields(conn_id, found)
    yield from steps
    if settings is None:
        yield from _skip_from("host", "the fields must be right first")
        return
    hook = PlainHook(conn_id, settings, time_budget)
    steps, lost = check_hosts(hook)
    yield from steps
    if lost:
        yield from _skip_from("token", f"there is no way to {lost}")
        return
    if not settings.app.grant:
        for name in ("token", "app type", "scopes", "sender"):
            yield skipped(name, "Not used by webhooks.")
    else:
        steps, token = check_token(hook)
        yield from steps
        if token is None:
            yield from _skip_from("scopes", "there is no token")
            return
        yield from check_scopes(settings, token)
        if deadline.remaining <= 0:
            yield from _skip_from("sender", over)
            return
        yield from check_sender(hook)
    if deadline.remaining <= 0:
        yield from _skip_from("channel", over)
        return
    steps = check_channel(hook)
    yield from steps
    if not send:
        yield skipped("posting", "--send posts a message, and deletes it if Zoom can.")
    elif to is None and steps[0].outcome == "failed":
        yield from _skip_from("posting", "the channel must be right first")
    elif deadline.remaining <= 0:
        yield from _skip_from("posting", over)
    else:
        yield from send_test_message(hook, to)


def _skip_from(first: str, reason: str) -> Iterator[Step]:
    for name in _LATER[_LATER.index(first) :]:
        yield skipped(name, f"Not checked: {reason}.")
