"""What authors write: filters, mentions, drafts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from airflow_provider_zoomchat.notifications import templates
from airflow_provider_zoomchat.notifications.alerts import TASK_FAILED
from airflow_provider_zoomchat.notifications.drafts import draft_for
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.mentions import is_person, read_mentions
from airflow_provider_zoomchat.notifications.templates import Marks, Piece


def rendered(template: str, marks: Marks, **names: Any) -> str:
    """Return a template with the filters applied."""
    env = Environment()
    env.filters.update(marks.filters)
    return env.from_string(template).render(**names)


def test_filters_for_a_text() -> None:
    """Filters give formats with positions; what came from data stays what it is."""
    marks = Marks(in_markdown=False)
    text = rendered(
        "{{ a | zoom_code }} {{ a | zoom_escape }} {{ url | zoom_link('Log') }}.",
        marks,
        a="x_y *z*",
        url="https://a.example",
    )
    pieces = marks.pieces(text)
    assert pieces == (
        Piece("code", "x_y *z*"),
        Piece("plain", " x_y *z* "),
        Piece("link", "Log", "https://a.example"),
        Piece("plain", "."),
    )
    assert templates.as_plain(pieces) == "x_y *z* x_y *z* Log (https://a.example)."
    assert templates.as_text(pieces).message == "x_y *z* x_y *z* Log."
    assert templates.as_markdown(pieces) == (
        "`x_y *z*` x\u2060_y \u2060*z\u2060* <https://a.example|Log>."
    )


def test_filters_for_authors_of_markdown() -> None:
    """Who writes Zoom's markdown gets it from the filters too."""
    marks = Marks(in_markdown=True)
    text = rendered(
        "*{{ a | zoom_escape }}* {{ a | zoom_code }} {{ u | zoom_link }}",
        marks,
        a="x_y",
        u="https://a.example",
    )
    assert text == "*x\u2060_y* `x_y` <https://a.example|https://a.example>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "None", "", "https://", "a b"])
def test_a_link_to_nowhere(url: str) -> None:
    """What is no address becomes plain words."""
    marks = Marks(in_markdown=False)
    text = rendered("{{ url | zoom_link('Log') }}", marks, url=url)
    assert marks.pieces(text) == (Piece("plain", "Log"),)


@given(st.text())
def test_data_cannot_forge_a_mark(text: str) -> None:
    """Whatever data holds, it is one plain piece."""
    marks = Marks(in_markdown=False)
    rendered("{{ a | zoom_code }}", marks, a="code")
    assert all(piece.kind == "plain" for piece in marks.pieces(text + "\ue0000.0\ue001"))


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
    """Addresses come as one text or as a list, with or without the sign, and each counts once."""
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


def draft(**given: Any) -> Any:
    """Return a draft for a failed task."""
    return draft_for(
        Event("task_failed", task_id="t"),
        (),
        {"zoom_conn_id": "zoom_default", **given},
        {},
        Marks(in_markdown=False, mask=mask),
        mask,
    )


def test_an_authors_message_is_masked_and_harmless() -> None:
    """Secrets and control characters are in no message, whoever wrote it."""
    assert draft(message="a hunter2 \x1b[31mb").message == (Piece("plain", "a *** b"),)
    content = draft(
        content={"head": {"text": "hunter2\x00"}, "body": [1, {"x": ["hunter2"]}]}
    ).content
    assert content == {"head": {"text": "***"}, "body": [1, {"x": ["***"]}]}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"message": "  \n"}, "message is empty."),
        ({"content": "no card"}, "content is no card: it is a text, but not one in JSON."),
        ({"content": {"text": "x"}}, "content is no card: it has neither head nor body"),
        ({"content": {"head": {"text": float("nan")}}}, "content cannot be written as JSON"),
    ],
)
def test_a_wrong_message_is_replaced(given: dict[str, Any], why: str) -> None:
    """What cannot be sent is replaced by the ready-made alert, with a line that says why."""
    made = draft(**given)
    assert made.is_ready_made
    assert made.ready_made.head == "❌ t failed"
    (note,) = made.notes
    assert note.startswith(f"The author's own text for this alert failed: {why}")


def test_an_alert_of_ones_own() -> None:
    """A changed alert is taken for its event and for no other."""
    mine = replace(TASK_FAILED, head="mine")
    given = {"zoom_conn_id": "zoom_default"}
    for event, head in (
        ("task_failed", "mine"),
        ("task_retry", "A task failed and will be tried again"),
    ):
        made = draft_for(Event(event), [mine], given, {}, Marks(in_markdown=False), str)
        assert made.ready_made.head == head
