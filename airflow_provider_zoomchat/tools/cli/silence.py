"""`zoomchat silence`."""

from __future__ import annotations

import argparse
import getpass
import re
import secrets
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from ..output import quietly
from .stored_silences import change

if TYPE_CHECKING:
    from ...notifications.silences import Silence

HELP = "silence the alerts of some DAGs or tasks for a while"
DESCRIPTION = """\
Silence the alerts of the DAGs whose ids fit a pattern, for a while and for a reason. Each alert
that is not sent is a line in Airflow's log. Requests for approval are sent all the same, and a run
that recovers still turns its message green, without telling anybody.

The silences are in a Variable in Airflow's database. Where this machine does not reach that,
--print shows what to set by hand.
"""
EXAMPLES = """\
examples:
  zoomchat silence sales_daily --for 3d --reason JIRA-123
  zoomchat silence 'sales_*' --task 'load_*' --for 1d12h --reason "the warehouse moves"
  zoomchat silence '*' --for 2h --reason maintenance
  zoomchat silence sales_daily --for 3d --reason JIRA-123 --print
  zoomchat silences              list them; --end ID ends one
"""

#: Characters of a pattern and of a reason; a DAG id has as many at most.
_MAX_WORDS = 250

_LONGEST = timedelta(days=365)

_DURATION = r"(?:(\d{1,6})w)?(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument(
        "dags",
        metavar="PATTERN",
        type=_words,
        help="a pattern for DAG ids, in quotes: * is anything, ? a character, [ab] one of these",
    )
    parser.add_argument(
        "--task",
        dest="tasks",
        metavar="PATTERN",
        type=_words,
        help="only alerts of tasks whose ids fit this, and none of the DAG itself; a task in a "
        "group is called group.task",
    )
    parser.add_argument(
        "--for",
        dest="duration",
        metavar="TIME",
        type=duration,
        required=True,
        help="how long: 30m, 3h, 3d, 1w or 1d12h, up to a year",
    )
    parser.add_argument("--reason", metavar="TEXT", type=_words, required=True, help="why")
    parser.add_argument(
        "--print",
        dest="only_print",
        action="store_true",
        help="print the Variable to set by hand, and ask no database",
    )


def duration(text: str) -> timedelta:
    """Return how long a text such as ``1d12h`` means.

    :raises ArgumentTypeError: it means no time, is none, or is more than a year.
    """
    found = re.fullmatch(_DURATION, text, re.ASCII)
    if found is None or not text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no time such as 30m, 3h, 3d, 1w or 1d12h (weeks, days, hours, minutes)"
        )
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if not length:
        raise argparse.ArgumentTypeError(f"{text!r} is no time at all")
    if length > _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is more than a year; make it anew after that")
    return length


def _words(text: str) -> str:
    from ...zoom.sanitize import one_line

    words = one_line(text)
    if not words:
        raise argparse.ArgumentTypeError("it is empty")
    if len(words) > _MAX_WORDS:
        raise argparse.ArgumentTypeError(f"it has {len(words)} of at most {_MAX_WORDS} characters")
    return words


def run(chosen: argparse.Namespace) -> int:
    """Make a silence, or print it."""
    with quietly():  # they import Airflow
        from ...notifications.event import span
        from ...notifications.silences import KEY, Silence, encode

    new = Silence(
        id=secrets.token_hex(3),
        dags=chosen.dags,
        until=datetime.now(timezone.utc).replace(microsecond=0) + chosen.duration,
        reason=chosen.reason,
        tasks=chosen.tasks,
        by=_user(),
    )
    if chosen.only_print:
        print(f"{KEY}\n{encode([new])}")
        print(
            "This is the name and the value of a Variable to set in Airflow. It replaces all "
            "silences that are there.",
            file=sys.stderr,
        )
        return 0
    change(lambda known: known if new in known else (*known, new))
    length = span(chosen.duration.total_seconds())
    print(f"Silenced for {length}, until {new.end}: {new.what}")
    print(f"To end it before: zoomchat silences --end {new.id}")
    with suppress(Exception):  # it is a mere help
        _print_matches(new)
    return 0


def _user() -> str | None:
    with suppress(Exception):  # the user of a container may have no name
        return getpass.getuser()
    return None


def _print_matches(new: Silence) -> None:
    """Say how many DAGs are silenced: a pattern may be misspelt."""
    from ... import _compat
    from ...notifications.event import Event

    with quietly():
        known = _compat.dag_ids()
    whole = replace(new, tasks=None)
    count = sum(whole.covers(Event("dag_failed", dag_id=dag_id)) for dag_id in known)
    if count:
        print(f"{count} of the {len(known)} DAGs here {'have' if count > 1 else 'has'} such an id.")
    else:
        print(f"Note: none of the {len(known)} DAGs here has such an id.", file=sys.stderr)
