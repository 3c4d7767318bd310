"""The `zoomchat` command: its subcommands, and how each of them ends.

A subcommand is a module with HELP, DESCRIPTION, EXAMPLES, `add_arguments` and `run`. It imports
what it needs inside `run`, so that help is there at once.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence

from .. import __version__
from . import channels, demo, doctor, preview, sandbox
from .terminal import CommandError

#: Each subcommand, in the order of its help.
COMMANDS = {
    "demo": demo,
    "sandbox": sandbox,
    "preview": preview,
    "doctor": doctor,
    "channels": channels,
}

_EXAMPLES = """\
examples:
  zoomchat demo --open               run the example DAGs, without a Zoom account
  zoomchat sandbox --open            a local Zoom for your own DAGs, until Ctrl-C
  zoomchat preview --dag my_dag.py   see what a DAG would say, before it does
  zoomchat doctor zoom_default       find out why a connection does not work
  zoomchat channels                  find the id of a channel
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0, 1 if it failed, 2 for wrong use."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that knows no emoji shows a question mark instead of failing.
            stream.reconfigure(errors="replace")
    chosen = _parser().parse_args(arguments)
    # Ends like Ctrl-C, so that nothing is left running or behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
    except CommandError as error:
        print(f"zoomchat: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Whoever read it has seen enough; Python would complain at its end once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
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
