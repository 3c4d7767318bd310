"""What authors write: mentions and drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from airflow_provider_zoomchat.notifications.alerts import TASK_FAILED
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.rendering import Draft, draft_for
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.zoom.addresses import is_person
from airflow_provider_zoomchat.zoom.text import Text, styled
from airflow_provider_zoomchat.zoom.text.templating import FilterResults
from airflow_provider_zoomchat.zoom.users import read_mentions


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, ()),
        ("", ()),
        ("None", ()),
        ("ann@example.com", ("ann@example.com",)),
        (
            "@ann@example.com, bob@example.com;carol@example.com",
            ("ann@example.com", "bob@example.com", "carol@example.com"),
        ),
        (["ann@example.com", "ann@example.com", "@ALL"], ("ann@example.com", "all")),
        ("all", ("all",)),
        ("data team, Ann Lee", ("data team", "Ann Lee")),
        ("ann@example.com bob@example.com", ("ann@example.com", "bob@example.com")),
        ("ann@example.com, ANN@example.com", ("ann@example.com",)),
        (float("nan"), ()),
        (b"ann@example.com", ("ann@example.com",)),
        (["{{ x }}", None, ["b@example.com"]], ("{{ x }}", "b@example.com")),
        (7, ("7",)),
    ],
)
def test_mentions(given: object, read: tuple[str, ...]) -> None:
    """Hosts come as one text or as a list, with or without the sign, and each counts once."""
    assert read_mentions(given) == read


@pytest.mark.parametrize(
    ("contact", "known"),
    [
        ("ann@example.com", True),
        ("ann-member-00000000002", True),
        ("data-team", False),
        ("data-engineering-team", False),
        ("annsandboxuser00000002@xmpp.zoom.us", False),
        ("ann@", False),
    ],
)
def test_who_may_be_a_person(contact: str, known: bool) -> None:
    """An address or a long id may be a person; a name or a JID is not one for a user's message."""
    assert is_person(contact) is known


def mask(text: str) -> str:
    """Replace the one secret."""
    return text.replace("hunter2", "***")


def draft(commonmark: bool = False, **given: Any) -> Draft:
    """Return a draft for a failed task."""
    return draft_for(
        Event("task_failed", task_id="t"),
        ZoomChatNotifier(markdown=commonmark),
        {"zoom_conn_id": "zoom_default", **given},
        {},
        FilterResults(),
        mask,
    )


def test_an_authors_message_is_masked_and_harmless() -> None:
    """Secrets and control characters are in no message, whoever wrote it."""
    assert draft(message="a hunter2 \x1b[31mb").message == Text("a *** b")
    content = draft(
        content={"head": {"text": "hunter2\x00"}, "body": [1, {"x": ["hunter2"]}]}
    ).content
    assert content == {"head": {"text": "***"}, "body": [1, {"x": ["***"]}]}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"message": "  \n"}, "message is empty."),
        ({"content": "no card"}, "content is not a card: it is a text, but not one in JSON."),
        ({"content": {"text": "x"}}, "content is not a card: it has neither head nor body"),
    ],
)
def test_a_wrong_message_is_replaced(given: dict[str, Any], why: str) -> None:
    """What cannot be sent is replaced by the ready-made alert, with a line that says why."""
    made = draft(**given)
    assert made.is_ready_made
    assert made.ready_made.head == "❌ t failed"
    (note,) = made.notes
    assert note.startswith(f"The author's own text for this alert failed: {why}")


def test_markdown_of_an_author() -> None:
    """Markdown is read when secrets are out of it, and however long it is, there is an alert."""
    made = draft(message="hunter2 is **late**", commonmark=True)
    assert made.message == "*** is " + styled("late", Bold="")
    assert draft(message="*" * 1_000_000, commonmark=True).message
    assert draft(message=styled("hunter2", Bold="")).message == styled("***", Bold="")


def test_a_secret_in_pieces() -> None:
    """A secret that formats stand in the middle of is found all the same, and costs the formats."""
    assert draft(message="hun**ter2** `x`", commonmark=True).message == Text("*** x")


def test_an_alert_of_ones_own() -> None:
    """A changed alert is taken for its event and for no other."""
    mine = replace(TASK_FAILED, head="mine")
    given = {"zoom_conn_id": "zoom_default"}
    for event, head in (
        ("task_failed", "mine"),
        ("task_retry", "A task failed and will be tried again"),
    ):
        made = draft_for(
            Event(event), ZoomChatNotifier(alerts=[mine]), given, {}, FilterResults(), str
        )
        assert made.ready_made.head == head
