"""`zoomchat preview`."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .sandbox import need_server
from .terminal import CommandError, Paint

if TYPE_CHECKING:
    from ..preview.shown import Group

HELP = "show a message, a card, an alert or a DAG's messages before Zoom does"
DESCRIPTION = """\
Show what a message looks like on each of Zoom's APIs: its words and formats, its length against
the limits, the request that sends it, and why Zoom or this provider would refuse it. Templates are
rendered for a sample run. Nothing is sent to Zoom, no database is asked and no query is run; it is
an approximation of Zoom's own look. The exit status is 1 if anything would be refused.
"""
EXAMPLES = """\
examples:
  zoomchat preview --message "Load **finished** on {{ ds }}" --markdown
  zoomchat preview report.md.j2 --context names.json   a markdown file, with values for its names
  zoomchat preview card.json --app-type chatbot                a card
  zoomchat preview --alert task_failed                 the ready-made alert for an event
  zoomchat preview --dag my_dag.py --html preview.html every message of a DAG file, as a page
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
        "--alert", metavar="EVENT", help="the ready-made alert for an event, such as task_failed"
    )
    parser.add_argument("--dag", metavar="FILE", help="the Zoom tasks and notifiers of a DAG file")
    parser.add_argument("--task", metavar="ID", help="of --dag, this task alone")
    parser.add_argument(
        "--markdown", action="store_true", help="the text is markdown, as with markdown=True"
    )
    parser.add_argument(
        "--app-type",
        action="append",
        choices=("server_to_server", "chatbot", "incoming_webhook"),
        help="only this app type; may be given several times (default: all that can show it)",
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
        help="show the whole requests in the terminal; a page has them (default: not with --dag)",
    )
    parser.set_defaults(usage_error=parser.error)


def run(chosen: argparse.Namespace) -> int:
    """Print a preview."""
    _check(chosen)
    need_server()
    from ..preview.shown import PreviewError, clean, is_refused

    # A DAG file may go elsewhere.
    html = Path(chosen.html or "-").absolute()
    try:
        groups = _groups(chosen)
        if chosen.html:
            _write(chosen.html, html, groups)
    except PreviewError as error:
        # File names and other people's errors may say anything.
        raise CommandError(clean(" ".join(str(error).splitlines()))) from None
    if chosen.html != "-":
        _print(groups, requests=chosen.dag is None if chosen.requests is None else chosen.requests)
    return 1 if is_refused(groups) else 0


def _check(chosen: argparse.Namespace) -> None:
    """Refuse arguments that do not go together."""
    wanted = [
        name for name in ("file", "message", "alert", "dag") if getattr(chosen, name) is not None
    ]
    if len(wanted) != 1:
        chosen.usage_error("give one of FILE, --message, --alert and --dag")
    if chosen.task is not None and chosen.dag is None:
        chosen.usage_error("--task needs --dag")
    if chosen.markdown and not {"file", "message"} & set(wanted):
        chosen.usage_error("--markdown is for FILE and --message")


def _groups(chosen: argparse.Namespace) -> list[Group]:
    from ..preview import given, safety

    app_types = tuple(dict.fromkeys(chosen.app_type or ()))
    names: dict[str, Any] = given.context(chosen.context) if chosen.context else {}
    what = None
    if chosen.message is not None:
        what = given.message(chosen.message, markdown=chosen.markdown)
    elif chosen.file is not None:
        what = given.file(chosen.file, _read_stdin, markdown=chosen.markdown)
    with safety.isolated(with_settings=chosen.dag is not None), safety.quiet():
        if chosen.dag is not None:
            from ..preview import dags

            return dags.preview(chosen.dag, task_id=chosen.task, names=names, app_types=app_types)
        from ..preview import messages

        if what is not None:
            return messages.preview(what, app_types, names)
        return messages.alert(chosen.alert, app_types, names)


def _read_stdin() -> bytes:
    if sys.stdin is None:  # it was closed before
        return b""
    if sys.stdin.isatty():
        print("Write a text or paste a card, then Ctrl-D:", file=sys.stderr)
    return sys.stdin.buffer.read()


def _print(groups: list[Group], *, requests: bool) -> None:
    from ..preview.text import report

    paint = Paint(sys.stdout)
    width = min(110, shutil.get_terminal_size().columns) if paint.is_on else 0
    for line in report(groups, paint, width=width, requests=requests):
        print(line)


def _write(name: str, path: Path, groups: list[Group]) -> None:
    from ..preview.page import page
    from ..preview.shown import PreviewError

    document = page(groups).encode()
    if name == "-":
        sys.stdout.flush()
        # A page says that it is UTF-8, whatever the terminal is.
        sys.stdout.buffer.write(document)
        return
    try:
        path.write_bytes(document)
    except OSError as error:
        raise PreviewError(f"{name} cannot be written: {error.strerror}.") from None
