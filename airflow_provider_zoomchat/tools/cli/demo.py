"""`zoomchat demo`."""

from __future__ import annotations

import argparse

from .sandbox import need_server, open_page
from .terminal import CommandError

HELP = "run the example DAGs on a real Airflow against a local Zoom"
DESCRIPTION = """\
Run the example DAGs on a real Airflow against a local Zoom, and show the chat. Takes less than a
minute and leaves nothing behind.
"""
EXAMPLES = """\
examples:
  zoomchat demo
  zoomchat demo --open   and look at the chat in the browser, until Ctrl-C
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--keep", action="store_true", help="keep Airflow's folder with its logs")
    parser.add_argument(
        "--open",
        action="store_true",
        dest="in_browser",
        help="open the chat in the browser, and keep it there until Ctrl-C",
    )


def run(chosen: argparse.Namespace) -> int:
    """Run the demo."""
    need_server()
    from ..demo import DemoError
    from ..demo import run as run_demo

    try:
        run_demo(keep=chosen.keep, open_page=open_page if chosen.in_browser else None)
    except BrokenPipeError:
        raise  # whoever read it has seen enough
    except (DemoError, OSError) as error:
        raise CommandError(f"the demo failed: {error}") from None
    return 0
