"""Alerts of one run in one message, with Airflow's task runner, callbacks, XComs, Variables."""

from __future__ import annotations

import gc
import json
import re
from types import ModuleType

import pytest
from airflow import __version__ as airflow_version
from conftest import dag_file

from airflow_provider_zoomchat.notifications.base import ZoomNotifier
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.cards import card
from airflow_provider_zoomchat.zoom.errors import ConfigError

AIRFLOW = tuple(int(part) for part in airflow_version.split(".")[:2])


pytestmark = pytest.mark.usefixtures("without_variables")


@pytest.fixture(scope="module")
def dags(airflow_home: str) -> ModuleType:
    """The DAGs of these tests."""
    return dag_file("zoom_groups")


def heads(zoom: Sandbox) -> list[str]:
    return [message["text"].partition("\n")[0] for message in zoom.messages()]


@pytest.mark.parametrize("name", ["user", "bot"])
def test_seven_failures(
    dags: ModuleType, zoom: Sandbox, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The tasks of a run and the run itself share one message, told of in its thread.

    No session of Airflow's database is left for another thread to clean up.
    """
    getattr(dags, name).test()
    gc.collect()
    assert "SQLite objects created in a thread" not in caplog.text
    first, *replies = zoom.messages()
    assert re.match(rf"❌ zoom_groups_{name} failed: 7 (of 7 )?tasks\n", first["text"])
    if AIRFLOW < (3, 0) or AIRFLOW >= (3, 3):  # the others hand it to no callback in tests
        assert "ValueError: part " in first["text"]
    assert re.search(r"load \[\d\], \[\d\], \[\d\] and 3 more", first["text"])
    assert "check" in first["text"]
    assert len(replies) == 5
    assert all("1 more task failed: " in reply["text"] for reply in replies)


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("owns_cards", [True, False])
def test_a_users_card(
    dags: ModuleType, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch, owns_cards: bool
) -> None:
    """A card stays one when it is edited; where Zoom takes none, text is edited, with one try."""

    def bars() -> list[str]:
        """Return the colours of the first message's cards."""
        cards = [json.loads(card["card_json"]) for card in zoom.messages()[0]["interactive_cards"]]
        return [card["content"]["settings"]["default_sidebar_color"] for card in cards]

    monkeypatch.setattr(zoom, "owns_cards", owns_cards)
    dags.card.test()
    first = zoom.messages()[0]
    assert first["edited"]
    assert re.match(r"❌ zoom_groups_card failed: 3 (of 3 )?tasks", first["text"])
    assert "load [" in zoom.shown(first)
    assert bars() == (["#D92D20"] if owns_cards else [])
    monkeypatch.setenv("ZOOM_GROUPS_MENDED", "yes")
    dags.card.test()
    assert heads(zoom)[0].startswith("✅ zoom_groups_card recovered")
    assert bars() == (["#067647"] if owns_cards else [])
    assert zoom.messages()[0]["reactions"] == {}
    tried = [each for each in zoom.requests() if "interactive_cards" in (each["body"] or {})]
    assert len([each for each in tried if each["status"] == 400]) == (0 if owns_cards else 1)


def test_through_a_webhook(dags: ModuleType, zoom: Sandbox) -> None:
    """The first five failures go out, and the run's own alert sums all of them up."""
    dags.webhook.test()
    *alone, last = heads(zoom)
    assert len(alone) == (7 if AIRFLOW == (3, 0) else 5)  # its DAG processor could not sum up
    assert re.match(r"❌ zoom_groups_webhook failed(: 7 (of 7 )?tasks)?$", last)


@pytest.mark.oldest_and_newest
def test_through_a_webhook_of_tasks(dags: ModuleType, zoom: Sandbox) -> None:
    """Where the run itself has no alert that sums them up, all failures go out."""
    dags.webhook_of_tasks.test()
    assert len(heads(zoom)) == 7


@pytest.mark.oldest_and_newest
def test_without_a_group(dags: ModuleType, zoom: Sandbox) -> None:
    """Who wants no group gets a message for each failure."""
    dags.alone.test()
    assert len(heads(zoom)) == 4


@pytest.mark.oldest_and_newest
def test_a_text_of_the_authors_own(dags: ModuleType, zoom: Sandbox) -> None:
    """The author's text stays as it is, and later failures are replies."""
    dags.own.test()
    first, *replies = heads(zoom)
    assert first == "zoom_groups_own broke"
    assert len(replies) >= 2
    assert all("failed: " in reply for reply in replies)


@pytest.mark.oldest_and_newest
def test_a_channel_that_is_gone(dags: ModuleType, zoom: Sandbox) -> None:
    """A message that is edited elsewhere than it was meant for goes on to say so."""
    dags.elsewhere.test()
    (alert, *_) = zoom.messages()
    assert alert["edited"]
    assert "failed: 3" in alert["text"]
    assert f"It was meant for '{'0' * 32}', which is refused" in alert["text"]
    assert "part" not in alert["text"]


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("name", ["added_to", "added_to_card"])
def test_what_the_author_has_added(dags: ModuleType, zoom: Sandbox, name: str) -> None:
    """Own fields and links stay where all tasks agree on them; what was taken out stays out."""
    getattr(dags, name).test()
    first = zoom.messages()[0]
    shown = zoom.shown(first)
    assert f"zoom_groups_{name} failed: 3" in shown
    assert re.search(r"Team:?\s+Loads", shown)
    assert re.search(r"Runbook.*Wiki", shown, re.DOTALL)
    assert f"https://wiki.example.com/zoom_groups_{name}" in json.dumps(first)
    for left_out in ("Step", "Run:", "Run\n", "Open run", "Open failed tasks"):
        assert left_out not in shown


def test_a_dag_that_recovers(
    dags: ModuleType, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs that fail share a message; a good one turns it green, the next says nothing.

    A notifier that wants it adds a reaction to the message of a run that has recovered.
    """
    dags.over_runs.test()
    dags.over_runs.test()
    message = zoom.messages()[0]
    assert "In a row: 2nd run that failed" in message["text"]
    assert message["reactions"] == {}
    before = len(heads(zoom))
    monkeypatch.setenv("ZOOM_GROUPS_MENDED", "yes")
    dags.over_runs.test()
    assert heads(zoom)[0].startswith("✅ zoom_groups_over_runs recovered")
    assert heads(zoom)[before:] == heads(zoom)[:1]
    assert zoom.messages()[0]["reactions"] == {"✅": ["airflow@example.com"]}
    dags.over_runs.test()
    assert len(heads(zoom)) == before + 1


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("trouble", ["dropped", "fails"])
def test_an_alert_that_zoom_did_not_take(dags: ModuleType, zoom: Sandbox, trouble: str) -> None:
    """An alert that does not get through in its time is shown with the channel's next one."""
    if trouble == "dropped":
        zoom.drop(path="/messages", times=1000)
    else:
        zoom.fail(503, path="/messages", times=1000)
    dags.out_of_reach.test()
    assert zoom.messages() == []
    zoom.reset()
    dags.out_of_reach.test()
    alert, others = heads(zoom)
    assert alert == "❌ zoom_groups_out_of_reach / check failed"
    assert others.startswith("⚠ 1 more DAG failed since ")


@pytest.mark.parametrize("notifier", [ZoomChatbotNotifier, ZoomWebhookNotifier])
def test_who_cannot_react(notifier: type[ZoomNotifier]) -> None:
    """Who is no user cannot react, and is told so when the notifier is made."""
    with pytest.raises(ConfigError, match="cannot react: Zoom lets users react, but no bots"):
        notifier(react_when_recovered=True)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"react_when_recovered": 1}, "react_when_recovered must be True or False, not 1"),
        (
            {"react_when_recovered": True, "group_by": None},
            "react_when_recovered needs a group",
        ),
        ({"group_by": "task"}, "group_by must be 'auto', 'run', 'dag' or None, not 'task'"),
        ({"group_interval": -1}, "group_interval must be from 0 to 3600 s, not -1"),
        ({"group_interval": "5"}, "group_interval must be a number of seconds, not '5'"),
        ({"only_recovered": "yes"}, "only_recovered must be True or False, not 'yes'"),
        ({"only_recovered": True, "group_by": None}, "only_recovered needs a group"),
        ({"only_recovered": True, "message": "Done"}, "only_recovered needs a group"),
        ({"only_recovered": True, "content": card("Done")}, "only_recovered needs a group"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], words: str) -> None:
    """A wrong argument is refused when the notifier is made."""
    with pytest.raises(ConfigError, match=words):
        ZoomChatNotifier(**arguments)  # type: ignore[arg-type]
