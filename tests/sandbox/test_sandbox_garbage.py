from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.card_rules import TYPES
from sandbox.caller import Caller

KINDS = st.sampled_from(sorted(TYPES))
CARD_WORDS = (
    *("text", "items", "key", "value", "style", "sections", "pages", "body", "footer", "link"),
    *("select_items", "options", "images", "title", "information", "action_id", "image_url"),
)
FIELD_WORDS = ("at_type", "at_contact", "start_position", "end_position", "format_type")
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELD_WORDS), inner, max_size=5)
        | st.fixed_dictionaries({"type": KINDS}, optional=dict.fromkeys(CARD_WORDS, inner))
    ),
    max_leaves=12,
)
BLOCKS = st.lists(
    st.fixed_dictionaries({"type": KINDS}, optional=dict.fromkeys(CARD_WORDS, VALUES)), max_size=3
)
ONE_CALLER = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def one_caller(running: Sandbox) -> Caller:
    running.reset()
    running.limits = False
    return Caller(running)


@ONE_CALLER
@given(body=BLOCKS | VALUES, is_markdown=st.booleans())
def test_cards(one_caller: Caller, body: Any, is_markdown: bool) -> None:
    """No card, however odd, upsets the Chatbot API."""
    content = {"head": {"text": "x"}, "body": body}
    answer = one_caller.as_bot(
        "POST", json=one_caller.card(content=content, is_markdown_support=is_markdown)
    )

    assert answer.status_code in (201, 400)


@ONE_CALLER
@given(at_items=VALUES, rich_text=VALUES, file_ids=VALUES, message=VALUES)
def test_fields(
    one_caller: Caller, at_items: Any, rich_text: Any, file_ids: Any, message: Any
) -> None:
    """No field, however odd, upsets the Team Chat API."""
    message = message or "Load is late"
    answer = one_caller.send(message, at_items=at_items, rich_text=rich_text, file_ids=file_ids)

    assert answer.status_code in (201, 400)
