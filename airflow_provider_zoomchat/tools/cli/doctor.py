"""`zoomchat doctor`."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from ..output import logged_to
from .terminal import Paint, add_connection, knows, print_json, read_stdin

if TYPE_CHECKING:
    from ..doctor import Step

HELP = "check a connection step by step, and say what to do where it fails"
DESCRIPTION = """\
Check a connection step by step: its fields, the way to Zoom, the token, the kind of app, its
scopes, who posts, and where. Nothing is posted without --send, and no secret is shown. The exit
status is 0 only if no step failed.

Airflow need not run. A connection in the environment or on standard input needs no database.
"""
EXAMPLES = """\
examples:
  zoomchat doctor                           the connection zoom_default
  zoomchat doctor zoom_bot --send           post a test message and delete it again
  zoomchat doctor - < connection.json       a connection as JSON, or as a URI
  zoomchat doctor zoom_prod --json | jq -r '.steps[] | select(.outcome == "failed") | .text'
"""

_SIGNS = {"ok": ("✓", "green"), "failed": ("✗", "red"), "note": ("!", "yellow")}
_SKIPPED = ("-", "faint")

#: Characters of the longest name of a step.
_NAME_WIDTH = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    add_connection(parser)
    parser.add_argument(
        "--send",
        action="store_true",
        help="post a test message and delete it again (webhook messages stay)",
    )
    parser.add_argument(
        "--to",
        metavar="TARGET",
        type=_target,
        help="post it there instead of to the connection's channel: a channel's id, JID or name, "
        "or a person's e-mail address; for a bot a channel's id, or a JID; implies --send",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def _target(text: str) -> str:
    from ...zoom.channels import as_name

    if not as_name(text):
        raise argparse.ArgumentTypeError("it is empty")
    if "://" in text:  # a connection perhaps, which nothing may show
        raise argparse.ArgumentTypeError(
            "it is a URL, not a channel or person; zoomchat channels --link tells the id of "
            "a channel in a link"
        )
    return text


def run(chosen: argparse.Namespace) -> int:
    """Print what is found of a connection."""
    from ..doctor import examine

    paint = Paint(sys.stdout)
    steps: list[Step] = []
    send = chosen.send or chosen.to is not None
    try:
        with logged_to(sys.stderr):
            for step in examine(chosen.conn_id, read_stdin, send=send, to=chosen.to):
                steps.append(step)
                if not chosen.json:
                    print(_line(step, paint), flush=True)
    except KeyboardInterrupt:
        if chosen.json:
            _print_json(chosen.conn_id, steps, ok=False)
        raise
    failed = sum(step.outcome == "failed" for step in steps)
    if chosen.json:
        _print_json(chosen.conn_id, steps, ok=not failed)
    elif not failed:
        print(paint("\nNo step failed.", "bold", "green"))
    elif len(steps) > 1:
        print(paint(f"\n{failed} of {len(steps)} steps failed.", "bold", "red"))
    return 1 if failed else 0


def _print_json(conn_id: str, steps: list[Step], *, ok: bool) -> None:
    from ..doctor import is_id

    found = {
        "conn_id": conn_id if is_id(conn_id) else None,
        "ok": ok,
        "steps": [step._asdict() for step in steps],
    }
    print_json(found, sys.stdout)


def _line(step: Step, paint: Paint) -> str:
    """Return a step as a line; on a terminal, what does not fit hangs beneath its text."""
    sign, colour = _SIGNS.get(step.outcome, _SKIPPED)
    if not knows("".join(sign for sign, _ in _SIGNS.values()), sys.stdout):
        sign = f"[{step.outcome}]".ljust(9)
    text = step.text
    if paint.is_on:
        style = ("faint",) if step.outcome == "skipped" else ()
        indent = " " * (len(sign) + _NAME_WIDTH + 3)
        width = max(40, shutil.get_terminal_size().columns - len(indent))
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        text = f"\n{indent}".join(paint(line, *style) for line in lines)
    return f"{paint(sign, colour)} {paint(step.name.ljust(_NAME_WIDTH), 'bold')}  {text}"
