"""What it takes to hold a card against the schema before it is sent, and to find its first fault.

The first check also imports jsonschema and reads the schema; it happens in a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

from measuring import milliseconds

from airflow_provider_zoomchat.zoom.cards import (
    Block,
    Card,
    actions,
    button,
    card,
    divider,
    fields,
    message,
    section,
    style,
)
from airflow_provider_zoomchat.zoom.cards.check import check_card
from airflow_provider_zoomchat.zoom.errors import ConfigError

ROUNDS = 200

FIRST = """
import time
from airflow_provider_zoomchat.zoom.cards.check import check_card
start = time.perf_counter()
check_card({"head": {"text": "Load finished"}})
print((time.perf_counter() - start) * 1000)
"""


def mixed(count: int) -> Card:
    """Return a card of so many blocks of the common types."""
    blocks: list[Block] = [
        message("48,210 rows", style=style("#2e9e5b", bold=True)),
        fields({"Table": "orders", "Took": "3 min"}),
        message("*done*", zoom_markdown=True),
        actions(button("Open"), button("Delete", style="Danger")),
        section(divider(), footer="orders"),
    ]
    return card("Load finished", *blocks * (count // len(blocks)))


def refused(content: Card) -> None:
    """Check a card with a fault."""
    try:
        check_card(content)
    except ConfigError:
        return
    raise SystemExit("A card with a fault passed.")


def first() -> float:
    """Return the time of the first check in a fresh process."""
    run = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, check=True)
    return float(run.stdout)


def main() -> None:
    """Print the median of each."""
    facts = fields({f"Name {number}": "value" for number in range(4)})
    worst = card("Load finished", *[facts] * 50)
    # Above the limit of text, so the fault is found when all else is done.
    many = mixed(5000)
    fault = mixed(50)
    fault["body"][49] = section({"type": "divider", "colour": "#ffffff"})
    check_card(worst)
    common = mixed(50)
    for name, time_taken in (
        ("50 blocks of the common types", milliseconds(lambda: check_card(common), ROUNDS)),
        ("50 blocks of 4 fields each", milliseconds(lambda: check_card(worst), ROUNDS)),
        ("50 blocks, the last one wrong", milliseconds(lambda: refused(fault), ROUNDS)),
        ("5000 blocks", milliseconds(lambda: refused(many), 11)),
        ("the first check of a process", statistics.median(first() for _ in range(11))),
    ):
        print(f"{name:30} {time_taken:8.2f} ms (median)")


if __name__ == "__main__":
    main()
