"""The `zoomchat` command. A subcommand imports what it needs, inside."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import os
import shlex
import signal
import sys
import time
from collections.abc import Sequence

from . import __version__

_EXAMPLES = """\
examples:
  zoomchat demo                 run the example DAGs on a real Airflow, without a Zoom account
  zoomchat sandbox              a local Zoom for your own DAGs, until Ctrl-C
  zoomchat sandbox --port 8765  the same under an address that stays
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
    missing = [
        name
        for name in ("starlette", "uvicorn", "python_multipart")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        needed = "pip install 'airflow-provider-zoomchat[sandbox]'"
        return _fail(f"{' and '.join(missing)} not installed: {needed}")
    try:
        return _demo(keep=chosen.keep) if chosen.command == "demo" else _sandbox(chosen)
    except KeyboardInterrupt:
        print()
        return 0 if chosen.command == "sandbox" else 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zoomchat",
        description="Zoom Team Chat for Apache Airflow: try it without a Zoom account.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"zoomchat {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo = commands.add_parser(
        "demo",
        help="run the example DAGs on a real Airflow against a local Zoom",
        description="Run the example DAGs on a real Airflow against a local Zoom, and show the "
        "chat. Takes less than a minute and leaves nothing behind.",
    )
    demo.add_argument("--keep", action="store_true", help="keep Airflow's folder with its logs")
    sandbox = commands.add_parser(
        "sandbox",
        help="start a local Zoom and print the connections that lead to it",
        description="Start a local Zoom on this machine and print a connection for each door. "
        "What is posted shows here as it comes. Ctrl-C ends it.",
    )
    sandbox.add_argument("--port", type=_port, default=0, help="by default a free one")
    sandbox.add_argument("--limits", action="store_true", help="hold to Zoom's rate limits")
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return port


def _demo(*, keep: bool) -> int:
    from .demo import DemoError, run

    try:
        run(keep=keep)
    except (DemoError, OSError) as error:
        return _fail(f"the demo failed: {error}")
    return 0


def _sandbox(chosen: argparse.Namespace) -> int:
    from .sandbox import Sandbox
    from .sandbox.transcript import changes

    zoom = Sandbox(port=chosen.port, limits=chosen.limits)
    try:
        zoom.start()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        return _fail(f"no server on port {chosen.port}: {reason}. Choose another --port.")
    with contextlib.ExitStack() as stack:
        stack.callback(zoom.stop)
        print(f"# A local Zoom answers at {zoom.url}. It needs no account; Ctrl-C ends it.")
        print("# For the shell in which Airflow runs:\n")
        for name, value in zoom.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        print("\n# What is posted:", flush=True)
        seen: list[dict[str, object]] = []
        while True:
            now = zoom.messages()
            for line in changes(seen, now):
                print(f"# {line}", flush=True)
            seen = now
            time.sleep(0.2)


def _fail(line: str) -> int:
    print(f"zoomchat: {line}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
