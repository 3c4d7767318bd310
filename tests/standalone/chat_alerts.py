"""The alerts that the chat must hold, and the links in them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from local_airflow import Failure, LocalAirflow, fetch

Message = Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """An alert that must be in the chat once.

    :param api: through which it comes: ``team_chat``, ``chatbot`` or ``incoming_webhook``.
    :param head: its first line, without the symbol in front.
    :param words: what else stands in it.
    :param links: its links, each with what follows the address of the run, up to the query of a
        page that is no log.
    """

    dag_id: str
    api: str
    head: str
    words: tuple[str, ...]
    links: Mapping[str, str]
    channel: str = "data-pipelines"


def _of_task(task: str, tries: int = 1) -> dict[str, str]:
    return {"Open log": f"/tasks/{task}?try_number={tries}", "Open run": ""}


_OF_RUN = {"Open run": ""}
_CAUSE = "ValueError: column 'qty' is empty in 12 of"

APPROVAL = Expected(
    "zoom_approval",
    "chatbot",
    "Publish the sales of ",  # and a date
    ("48,210 rows, 12 without a quantity.", "Asked by: zoom_approval / ask", "Run: "),
    {"Publish": "/tasks/ask/required_actions", "Keep back": "/tasks/ask/required_actions"},
)
FAILED = Expected(
    "zoom_alerts",
    "team_chat",
    "zoom_alerts failed: 1 of 3 tasks",
    (_CAUSE, "check_orders", "1 task could not start", "Try: 2 of 2", "Owner: data-team"),
    _of_task("check_orders", 2),
)
MAPPED = Expected(
    "standalone_tasks",
    "chatbot",
    "standalone_tasks / load_region [1] succeeded",
    ("Run: ",),
    _of_task("load_region/mapped/1"),
)
DEADLINES = (
    Expected(
        "zoom_deadline_alert",
        "team_chat",
        "zoom_deadline_alert has missed its deadline",
        ("@ann@example.com", "Deadline: ", "Run: "),
        _OF_RUN,
    ),
    Expected(
        "standalone_deadline",
        "team_chat",
        "standalone_deadline has missed its deadline",
        ("Deadline: ", "Run: "),
        _OF_RUN,
        channel="data-team",
    ),
)
EXPECTED = (
    Expected(
        "standalone_tasks",
        "team_chat",
        "standalone_tasks / load started",
        ("Run: ",),
        _of_task("load"),
    ),
    Expected(
        "standalone_tasks",
        "incoming_webhook",
        "standalone_tasks / forecast was skipped",
        ("Run: ",),
        _of_task("forecast"),
    ),
    Expected(
        "standalone_tasks",
        "chatbot",
        "standalone_tasks / load_region [0] succeeded",
        ("Run: ",),
        _of_task("load_region/mapped/0"),
    ),
    MAPPED,
    Expected(
        "standalone_tasks",
        "chatbot",
        "standalone_tasks succeeded",
        ("Run: ", "Took: "),
        _OF_RUN,
    ),
    Expected(
        "zoom_alerts",
        "team_chat",
        "zoom_alerts / load_orders succeeded",
        ("Run: ",),
        _of_task("load_orders"),
    ),
    FAILED,
    # People are told of a reply, but not of an edit.
    Expected("zoom_alerts", "team_chat", "1 task failed: check_orders", (_CAUSE,), {}),
    *DEADLINES,
    APPROVAL,
)


def head(message: Message) -> str:
    """Return the first line of a message, without the symbol in front."""
    return re.sub(r"^\W+", "", str(message["text"]).partition("\n")[0])


def find(messages: Iterable[Message], expected: Expected) -> list[Message]:
    """Return the messages that are this alert."""
    whole = expected is not APPROVAL
    return [
        message
        for message in messages
        if (head(message) == expected.head if whole else head(message).startswith(expected.head))
    ]


def check_words(messages: Sequence[Message]) -> None:
    """Compare the chat with what it must hold: each alert once, with its words, and nothing else.

    :raises Failure: it holds something else.
    """
    counts = {expected.head: len(find(messages, expected)) for expected in EXPECTED}
    wrong = {said: count for said, count in counts.items() if count != 1}
    if wrong or len(messages) != len(EXPECTED):
        heads = "\n".join(
            f"{count} x {said}" for said, count in Counter(map(head, messages)).items()
        )
        raise Failure(f"Each alert must be there once, and not: {wrong}. The chat has:\n{heads}")
    for expected in EXPECTED:
        (message,) = find(messages, expected)
        place = message["api"], message["channel_name"]
        if place != (expected.api, expected.channel):
            raise Failure(f"{expected.head!r} came through another API: {place}.")
        missing = [word for word in expected.words if word not in message["text"]]
        if missing:
            raise Failure(f"{expected.head!r} lacks {missing}:\n{message['text']}")


def links(message: Message) -> dict[str, str]:
    """Return the links of a message: words to address."""
    if message["api"] != "team_chat":
        card = json.dumps(message["content"], ensure_ascii=False)
        return {words: url for url, words in re.findall(r"<(https?://[^|>]+)\|([^>]+)>", card)}
    # An edit has no formats, so its addresses are written out.
    written = dict(re.findall(r"^([\w ]+): (https?://\S+)$", message["text"], re.MULTILINE))
    # Zoom counts in units of UTF-16, and the last one is a part of the link.
    units = message["text"].encode("utf-16-le")
    return written | {
        units[2 * entry["start_position"] : 2 * entry["end_position"] + 2].decode("utf-16-le"): (
            entry["format_attr"]
        )
        for entry in message["rich_text"]
        if entry["format_type"] == "AddLink"
    }


def check_links(airflow: LocalAirflow, message: Message, expected: Expected, run_id: str) -> int:
    """Compare the links of an alert, follow each, and return how many there are.

    :raises Failure: one of them leads elsewhere or nowhere.
    """
    found = links(message)
    run_url = f"{airflow.url}/dags/{expected.dag_id}/runs/{run_id}"
    plain = {words: unquote(url) for words, url in found.items()}
    for words, url in plain.items():
        if "/required_actions?" in url:
            plain[words] = url.partition("?")[0]
    wanted = {words: run_url + rest for words, rest in expected.links.items()}
    if plain != wanted:
        raise Failure(f"The links of {expected.head!r} are {plain} and not {wanted}.")
    for url in found.values():
        fetch(url)
        _check_place(airflow, url)
    return len(found)


def _check_place(airflow: LocalAirflow, url: str) -> None:
    """Ask Airflow whether there is what a link names."""
    parts = urlsplit(url)
    names = [unquote(part) for part in parts.path.split("/")]
    run = f"/dags/{quote(names[2])}/dagRuns/{quote(names[4])}"
    airflow.get(run)
    if "tasks" not in names:
        return
    task = f"{run}/taskInstances/{quote(names[6])}"
    index = int(names[names.index("mapped") + 1]) if "mapped" in names else -1
    if names[-1] == "required_actions":
        airflow.get(f"{task}/{index}/hitlDetails")
        return
    tries = parse_qs(parts.query)["try_number"][0]
    log = airflow.get(f"{task}/logs/{tries}?map_index={index}")["content"]
    if not any("timestamp" in line for line in log):
        raise Failure(f"There is no log where {url} leads: {log}")
