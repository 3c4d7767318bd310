"""`zoomchat preview`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...hooks.app_types import APIS
from ..output import without_output
from .terminal import CommandError, Paint, need_server

if TYPE_CHECKING:
    from ..preview.shown import Section

HELP = "show a message, a card, an alert or a DAG's messages before Zoom does"
DESCRIPTION = """\
Show what a message looks like on each of Zoom's APIs: its words and formats, its length against
the limits, the request that sends it, and why Zoom or this provider would refuse it. Templates are
rendered for a sample run; names that no run of this Airflow knows are refused. Nothing is sent to
Zoom, no database is asked and no query is run; it is an approximation of Zoom's own look. The exit
status is 1 if anything would be refused.
"""
EXAMPLES = """\
examples:
  zoomchat preview --message "Load **finished** on {{ ds }}" --markdown
  zoomchat preview report.md.j2 --context names.json   a markdown file, with values for its names
  zoomchat preview card.json --app-type chatbot                a card
  zoomchat preview --alert task_failed                 the ready-made alert for an event
  zoomchat preview --alert group                       how one message grows with more failures
  zoomchat preview --dag my_dag.py --html preview.html every message of a DAG file, as a page
  zoomchat preview --dag dags/                         every message of all DAG files of a folder
  zoomchat preview --dag my_dag.py --alert group       how the DAG's message for failures grows
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="markdown (.md, .md.j2), a card (.json, .json.j2) or a text (.txt); - is standard "
        "input",
    )
    parser.add_argument("--message", metavar="TEXT", help="a text instead of a file")
    parser.add_argument(
        "--alert",
        metavar="EVENT",
        help="the ready-made alert for an event, such as task_failed, or with --dag the DAG's; "
        "group: how the message for a run that fails grows, and recovers",
    )
    parser.add_argument(
        "--dag",
        metavar="PATH",
        action="append",
        help="the Zoom tasks and notifiers of a DAG file, or of a folder; may be given several "
        "times",
    )
    parser.add_argument("--task", metavar="ID", help="of --dag, this task alone")
    parser.add_argument(
        "--markdown", action="store_true", help="the text is markdown, as with markdown=True"
    )
    parser.add_argument(
        "--app-type",
        action="append",
        choices=[api.app_type for api in APIS],
        help="only this app type; may be given several times (default: all that can show it; what "
        "user_oauth posts looks as with server_to_server)",
    )
    parser.add_argument(
        "--context",
        metavar="FILE",
        help='JSON: names that templates see, and {"xcoms": {"task_id": value}}',
    )
    parser.add_argument(
        "--html", metavar="FILE", help="write one self-contained page; - is standard output"
    )
    parser.add_argument(
        "--requests",
        action=argparse.BooleanOptionalAction,
        help="show the whole requests in the terminal; a page has them (default: not with --dag, "
        "nor for a group)",
    )
    parser.set_defaults(usage_error=parser.error)


def run(chosen: argparse.Namespace) -> int:
    """Print a preview, or write it; the status is 1 if anything would be refused."""
    _check(chosen)
    need_server()
    from ...sandbox.activity_log import printable
    from ..preview.shown import PreviewError, is_refused, page

    # A DAG file may go elsewhere.
    html = Path(chosen.html or "-").absolute()
    try:
        sections = _sections(chosen)
        if chosen.html not in (None, "-"):
            try:
                html.write_bytes(page(sections).encode())
            except OSError as error:
                raise PreviewError(f"{chosen.html} cannot be written: {error.strerror}.") from None
    except PreviewError as error:
        # File names and other people's errors may say anything.
        raise CommandError(printable(" ".join(str(error).splitlines()))) from None
    try:
        _print(sections, chosen)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads it has seen enough. Python would flush again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1 if is_refused(sections) else 0


def _check(chosen: argparse.Namespace) -> None:
    """Refuse arguments that do not go together."""
    wanted = [
        name for name in ("file", "message", "alert", "dag") if getattr(chosen, name) is not None
    ]
    if len(wanted) != 1 and wanted != ["alert", "dag"]:
        chosen.usage_error("give one of FILE, --message, --alert and --dag")
    if chosen.task is not None and chosen.dag is None:
        chosen.usage_error("--task needs --dag")
    if chosen.markdown and not {"file", "message"} & set(wanted):
        chosen.usage_error("--markdown is for FILE and --message")


def _sections(chosen: argparse.Namespace) -> list[Section]:
    from ..preview import messages
    from ..preview.runner import isolated
    from ..preview.shown import STORM

    app_types = tuple(dict.fromkeys(chosen.app_type or ()))
    names = messages.read_names(chosen.context) if chosen.context else {}
    message = None
    if chosen.message is not None:
        message = messages.from_argument(chosen.message, markdown=chosen.markdown)
    elif chosen.file is not None:
        message = messages.from_file(chosen.file, _read_stdin, markdown=chosen.markdown)
    with isolated(with_settings=chosen.dag is not None), without_output():
        if message is not None:
            return [messages.preview(message, app_types, names)]
        from ..preview import dag_files, storm

        if chosen.alert is not None:
            messages.check_alert(chosen.alert)
        if chosen.dag is not None:
            wanted = dag_files.Wanted(chosen.task, chosen.alert, names, app_types)
            return dag_files.preview(chosen.dag, wanted)
        if chosen.alert == STORM:
            return storm.ready_made(app_types, names)
        return [messages.alert(chosen.alert, app_types, names)]


def _read_stdin() -> bytes:
    if sys.stdin.isatty():
        print("Write a text or paste a card, then Ctrl-D:", file=sys.stderr)
    return sys.stdin.buffer.read()


def _print(sections: list[Section], chosen: argparse.Namespace) -> None:
    """Print a page or a text."""
    from ..preview.shown import STORM, page, report

    if chosen.html == "-":
        # A page says that it is UTF-8, whatever the terminal is.
        sys.stdout.buffer.write(page(sections).encode())
        return
    paint = Paint(sys.stdout)
    width = min(110, shutil.get_terminal_size().columns) if paint.is_on else 0
    is_short = chosen.dag is None and chosen.alert != STORM
    requests = is_short if chosen.requests is None else chosen.requests
    for line in report(sections, paint, width=width, requests=requests):
        print(line)
