"""`zoomchat sandbox`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import select
import shlex
import shutil
import sys
import threading
import time
from typing import TYPE_CHECKING

from .terminal import CommandError

if TYPE_CHECKING:
    import webbrowser

    from ...sandbox import Sandbox

HELP = "start a local Zoom and print the connections that lead to it"
DESCRIPTION = """\
Start a local Zoom on this machine and print a connection for each API. What is posted shows here
as it comes, and on a page. Ctrl-C ends it.
"""
EXAMPLES = """\
examples:
  zoomchat sandbox --open        and look at the chat in the browser
  zoomchat sandbox --port 8765   under an address that stays
  zoomchat sandbox --limits      as strict as Zoom about how much is sent at a time
"""

# Text browsers take over the terminal and run no scripts.
_IN_TERMINAL = {"www-browser", "links", "elinks", "lynx", "w3m"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--port", type=_port, default=0, help="by default a free one")
    parser.add_argument("--limits", action="store_true", help="hold to Zoom's rate limits")
    parser.add_argument(
        "--open", action="store_true", dest="in_browser", help="open the chat in the browser"
    )


def run(chosen: argparse.Namespace) -> int:
    """Run the sandbox until Ctrl-C."""
    need_server()
    from ...sandbox import Sandbox

    zoom = Sandbox(port=chosen.port, limits=chosen.limits, open_world=True)
    try:
        zoom.start()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CommandError(
            f"cannot listen on port {chosen.port}: {reason}. Choose another --port."
        ) from None
    try:
        _serve(zoom, in_browser=chosen.in_browser)
    except KeyboardInterrupt:
        print()
    finally:
        zoom.stop()
    return 0


def need_server() -> None:
    """Check that the sandbox's dependencies are installed.

    :raises CommandError: it is not.
    """
    missing = [
        name
        for name in ("starlette", "uvicorn", "python_multipart")
        if not importlib.util.find_spec(name)
    ]
    if missing:
        needed = "pip install 'airflow-provider-zoomchat[sandbox]'"
        raise CommandError(f"{' and '.join(missing)} not installed: {needed}")


def _serve(zoom: Sandbox, *, in_browser: bool) -> None:
    from ...sandbox.activity_log import Watcher
    from ...sandbox.connections import DEFAULT_IDS

    print(f"# A local Zoom answers at {zoom.url}. It needs no account; Ctrl-C ends it.")
    print(f"# The chat, as it changes: {zoom.url}/")
    print("# For the shell in which Airflow runs:\n")
    for name, value in zoom.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    print(
        f"\n# {DEFAULT_IDS['user_oauth']} acts for whoever has authorized it: zoomchat login "
        f"{DEFAULT_IDS['user_oauth']} --open"
    )
    print("\n# What is posted:", flush=True)
    if in_browser:
        open_page(f"{zoom.url}/")
    watcher = Watcher(zoom)
    while True:
        for line in watcher.lines():
            print(f"# {line}", flush=True)
        if not _is_read():
            raise BrokenPipeError
        time.sleep(0.2)


def _is_read() -> bool:
    """Whether anybody can still read what is printed; a pipe tells when its reader has gone."""
    if not hasattr(select, "poll"):  # on Windows
        return True
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    return not any(event & (select.POLLERR | select.POLLHUP) for _, event in output.poll(0))


def open_page(address: str) -> None:
    """Open an address in the browser of whoever sits here, if there is one.

    Does not wait for it: some browsers return only when they are closed.
    """
    browser = _browser()
    if browser is None:
        print(f"# No browser was found here: open {address} in one.", flush=True)
        return
    threading.Thread(target=browser.open, args=(address,), daemon=True).start()


def _browser() -> webbrowser.BaseBrowser | None:
    """Return the browser to use; None if there is none but one for the terminal, as over SSH."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return None
    # What BROWSER names is taken as it is, whether it is there or not.
    is_missing = isinstance(browser, webbrowser.GenericBrowser) and not shutil.which(browser.name)
    return None if is_missing or browser.basename in _IN_TERMINAL else browser


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return port
