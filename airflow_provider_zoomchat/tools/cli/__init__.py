# PYTHON_ARGCOMPLETE_OK
"""The `zoomchat` command: its subcommands, and how each of them ends.

A subcommand is a module with HELP, DESCRIPTION, EXAMPLES, `add_arguments` and `run`. It imports
what it needs inside `run`, so that help is there at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from ... import __version__
from . import channels, demo, doctor, login, preview, sandbox, silence, silences
from .terminal import CommandError, make_printable

#: Each subcommand, in the order of its help.
COMMANDS = {
    "demo": demo,
    "sandbox": sandbox,
    "preview": preview,
    "doctor": doctor,
    "channels": channels,
    "login": login,
    "silence": silence,
    "silences": silences,
}

_EXAMPLES = """\
examples:
  zoomchat demo --open               run the example DAGs, without a Zoom account
  zoomchat sandbox --open            a local Zoom for your own DAGs, until Ctrl-C
  zoomchat preview --dag my_dag.py   see what a DAG would say, before it does
  zoomchat doctor zoom_default       find out why a connection does not work
  zoomchat channels                  find the id of a channel
  zoomchat login zoom_me             let an app of type user_oauth act for you
  zoomchat silence sales_daily --for 3d --reason JIRA-123
  zoomchat silences                  see what is silenced, and end it
  eval "$(register-python-argcomplete zoomchat)"    Tab completes it, in bash and zsh
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 1 if it failed, 2 for wrong use."""
    _open_streams()
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except CommandError as error:
        print(f"zoomchat: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        # Keep Python from reporting it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # then whoever read it has seen enough
            print(f"zoomchat: could not go on: {error.strerror or error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            print(file=sys.stderr)  # behind the terminal's own ^C
        return 130


def _open_streams() -> None:
    """Have a stream in each place: Python leaves out those that were closed before."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
        elif mode == "w":
            make_printable(stream)


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks for what may come next
        _complete(parser)
    chosen = parser.parse_args(arguments)
    # Both end it like Ctrl-C, so that nothing is left running or behind. What is ignored stays so:
    # a closed terminal under nohup, and Ctrl-C of what a script has started with &.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    closed = getattr(signal, "SIGHUP", None)  # there is none on Windows
    if closed is not None and signal.getsignal(closed) is signal.SIG_DFL:
        signal.signal(closed, signal.default_int_handler)
    status: int = chosen.run(chosen)
    return status


def _complete(parser: argparse.ArgumentParser) -> None:
    """Tell the shell what may come next, and end. Airflow brings what it takes."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)


class _Parser(argparse.ArgumentParser):
    """Does not print arguments that may be a connection with secrets."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        if any(mark in message for mark in ("://", "{", "}", "@")):
            message = (
                "an argument cannot be understood; it is not shown, for it may hold a secret. "
                "doctor, channels and login read a connection from standard input, with - for its "
                "id"
            )
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="zoomchat",
        description="Zoom Team Chat for Apache Airflow: try it, see it, check it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zoomchat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, module in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            epilog=module.EXAMPLES,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser
