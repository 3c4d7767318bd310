"""`zoomchat sandbox`."""

from __future__ import annotations

import argparse
import os
import re
import select
import shlex
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import CommandError, need_server, open_page, say

if TYPE_CHECKING:
    from ...sandbox import Sandbox

HELP = "start a local Zoom and print the connections that lead to it"
DESCRIPTION = """\
Start a local Zoom on this machine and print a connection for each API, for a shell. What is posted
shows as it comes, on standard error and on a page. Ctrl-C ends it.
"""
EXAMPLES = """\
examples:
  zoomchat sandbox --open        and look at the chat in the browser
  zoomchat sandbox --port 8765   under an address that stays
  zoomchat sandbox --limits      as strict as Zoom about how much is sent at a time
  zoomchat sandbox --channel 5b1c0f9e7a2d4c3b8e6f0a1d2c3b4a59=data-alerts
  zoomchat sandbox --port 8765 --env-file zoom.env
  set -a; . ./zoom.env; set +a   in the shell in which Airflow runs
"""

#: The first line of a file that may be overwritten.
_MARK = "# Connections to a local Zoom, written by zoomchat sandbox."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--port", type=_port, default=0, help="by default a free one")
    parser.add_argument("--limits", action="store_true", help="hold to Zoom's rate limits")
    parser.add_argument(
        "--channel",
        metavar="ID=NAME",
        type=_channel,
        action="append",
        default=[],
        dest="channels",
        help="add a channel of your own; may be given several times",
    )
    parser.add_argument(
        "--env-file",
        metavar="FILE",
        type=Path,
        help="write the connections there instead, readable for you alone; a file that is not of "
        "this command is left as it is, and stays in the way",
    )
    parser.add_argument(
        "--open", action="store_true", dest="in_browser", help="open the chat in the browser"
    )


def run(chosen: argparse.Namespace) -> int:
    """Run the sandbox until Ctrl-C."""
    need_server()
    from ...sandbox import Sandbox

    if chosen.env_file:
        _check_file(chosen.env_file)
    zoom = Sandbox(port=chosen.port, limits=chosen.limits, open_world=True)
    for channel_id, name in chosen.channels:
        zoom.add_channel(channel_id, name)
    try:
        zoom.start()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CommandError(
            f"cannot listen on port {chosen.port}: {reason}. Choose another --port."
        ) from None
    try:
        _serve(zoom, chosen)
    except KeyboardInterrupt:
        say()
    finally:
        zoom.stop()
    return 0


def _serve(zoom: Sandbox, chosen: argparse.Namespace) -> None:
    from ...sandbox.activity_log import Watcher
    from ...sandbox.connections import DEFAULT_IDS

    variables = {name: shlex.quote(value) for name, value in zoom.environment().items()}
    say(f"# A local Zoom answers at {zoom.url}. It needs no account; Ctrl-C ends it.")
    say(f"# The chat, as it changes: {zoom.url}/")
    if chosen.env_file:
        _write(chosen.env_file, variables)
        path = shlex.quote(str(chosen.env_file.absolute()))
        say(f"# For the shell in which Airflow runs: set -a; . {path}; set +a")
    else:
        say("# For the shell in which Airflow runs:\n")
        for name, value in variables.items():
            print(f"export {name}={value}", flush=True)
    say(
        f"\n# {DEFAULT_IDS['user_oauth']} acts for whoever has authorized it: zoomchat login "
        f"{DEFAULT_IDS['user_oauth']} --open"
    )
    say("\n# What is posted:")
    if chosen.in_browser:
        open_page(f"{zoom.url}/")
    watcher = Watcher(zoom.changes)
    while True:
        for line in watcher.lines():
            say(f"# {line}")
        if not _is_read():
            raise BrokenPipeError
        time.sleep(0.2)


def _check_file(path: Path) -> None:
    """Refuse to overwrite what this command has not written.

    :raises CommandError: something else is there.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            is_ours = file.readline().rstrip() == _MARK
    except FileNotFoundError:
        return
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None
    if not is_ours:
        raise CommandError(
            f"{path} is there already, and not written by this command: give another --env-file."
        )


def _write(path: Path, variables: Mapping[str, str]) -> None:
    """Write connections into a file that nobody else may read, whole or not at all."""
    lines = [_MARK, *(f"{name}={value}" for name, value in variables.items())]
    try:
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("\n".join([*lines, ""]))
        Path(draft).replace(path)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from None


def _is_read() -> bool:
    """Whether anybody can still read what is printed; a pipe tells when its reader has gone."""
    if not hasattr(select, "poll"):  # on Windows
        return True
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in output.poll(0))


def _channel(text: str) -> tuple[str, str]:
    from ...zoom.channels import as_name

    channel_id, _, given = text.partition("=")
    name = as_name(given)
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", channel_id) or not name:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not ID=NAME, with an id of 16 to 64 letters and digits (Zoom's have 32)"
        )
    return channel_id, name


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return port
