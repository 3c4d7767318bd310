"""`zoomchat silences`."""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

from ..output import quietly
from .stored_silences import change, stored
from .terminal import CommandError, Paint

if TYPE_CHECKING:
    from ...notifications.silences import Silence

HELP = "list the silences, or end one"
DESCRIPTION = """\
List which alerts are silenced, until when and why, the first to end first; or end one of the
silences. They are in Airflow's database; zoomchat silence makes them.
"""
EXAMPLES = """\
examples:
  zoomchat silences
  zoomchat silences --end 3f9a1c
"""

_COLUMNS = ("ID", "DAGs", "Tasks", "Until", "Left", "Reason", "By")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--end", metavar="ID", help="end this one now, and list nothing")


def run(chosen: argparse.Namespace) -> int:
    """List the silences, or end one."""
    with quietly():  # it imports Airflow
        from ...notifications.silences import active

    known = active(stored(), time.time())
    if chosen.end is not None:
        _end(chosen.end, known)
    elif known:
        _print(known)
    else:
        print("No alerts are silenced.")
    return 0


def _end(silence_id: str, known: tuple[Silence, ...]) -> None:
    ended = next((one for one in known if one.id == silence_id), None)
    if ended is None:
        raise CommandError(
            f"there is no silence {silence_id!r:.60}. zoomchat silences lists all that are left."
        )
    change(lambda known: tuple(one for one in known if one.id != silence_id))
    print(f"Ended: {ended.what} ({ended.reason})")


def _print(known: tuple[Silence, ...]) -> None:
    from ...notifications.event import span
    from ...zoom.sanitize import one_line
    from ...zoom.tables import aligned

    now = time.time()
    rows = [
        [
            *(one.id, one.dags, one.tasks or "all alerts", one.end),
            *(span(one.until.timestamp() - now) or "", one.reason, one.by or ""),
        ]
        for one in sorted(known, key=lambda one: one.until)
    ]
    rows = [[one_line(cell) for cell in row] for row in rows]
    head, rule, *lines = aligned(_COLUMNS, rows, [False] * len(_COLUMNS))
    print(Paint(sys.stdout)(head, "bold"), rule, *lines, sep="\n")
