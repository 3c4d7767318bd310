"""Channels: what is asked of Zoom, and what is read of its answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import addresses, channels
from airflow_provider_zoomchat.zoom.addresses import GOVERNMENT, ZOOM, channel_link

ENTRY = {
    "id": "c1",
    "jid": "c1@conference.xmpp.zoom.us",
    "name": "ops",
    "type": 3,
    "channel_settings": {"posting_permissions": 2},
}
OPS = channels.Channel("c1", "c1@conference.xmpp.zoom.us", "ops", "public", 2)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_a_page_is_asked_for_by_user_and_token() -> None:
    """The first page needs no token, the next one does, and both can be asked for again."""
    first = channels.list_page(ZOOM.api, "a/b@x.io")
    assert first.url == "https://api.zoom.us/v2/chat/users/a%2Fb%40x.io/channels"
    assert first.params == {"page_size": "300"}
    assert first.repeatable
    assert channels.list_page(ZOOM.api, "u", "t0").params == {
        "page_size": "300",
        "next_page_token": "t0",
    }


def test_one_channel_is_asked_for_as_its_user_sees_it() -> None:
    """Zoom is asked as the user, so that it tells who is no member."""
    request = channels.get_channel(ZOOM.api, "u", "c/1")
    assert request.url == "https://api.zoom.us/v2/chat/users/u/channels/c%2F1"
    assert request.id_key == "id"


def test_a_page_is_read() -> None:
    """A page has its channels, the length of the whole list, and the token of the next page."""
    answer = {"channels": [ENTRY], "total_records": 7, "next_page_token": "t1"}
    assert channels.page_of(answer) == channels.Page((OPS,), 7, "t1")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": 4}, {"kind": "group"}),
        ({"type": 99}, {"kind": "unknown"}),
        ({"type": None}, {"kind": "unknown"}),
        ({"channel_settings": None}, {"posting": None}),
        ({"channel_settings": {"posting_permissions": 9}}, {"posting": None}),
        ({"channel_settings": {"posting_permissions": [1]}}, {"posting": None}),
        ({"name": "a\nb\x1b[31m"}, {"name": "a b"}),
        ({"id": "c1\x1b[2J", "jid": "j\x07"}, {"id": "c1", "jid": "j"}),
        ({"name": None, "jid": None}, {"name": "", "jid": ""}),
    ],
    ids=str,
)
def test_what_zoom_leaves_out_or_adds(change: dict[str, Any], expected: dict[str, Any]) -> None:
    """What is missing or unknown of a channel stays unknown, and no name holds a line break."""
    found = channels.channel({**ENTRY, **change})
    assert {name: getattr(found, name) for name in expected} == expected


@given(st.dictionaries(st.sampled_from(["channels", "total_records", "next_page_token"]), JSON))
def test_any_answer_is_a_page(answer: dict[str, Any]) -> None:
    """An answer in another shape is an empty page, never an exception."""
    assert all(channel.id for channel in channels.page_of(answer).channels)


@given(
    st.lists(
        st.fixed_dictionaries({"id": JSON, "type": JSON, "channel_settings": JSON}), max_size=3
    )
)
def test_any_entries_are_a_page(entries: list[dict[str, Any]]) -> None:
    """Entries in another shape are read as far as they go."""
    assert len(channels.page_of({"channels": entries}).channels) <= len(entries)


@pytest.mark.parametrize("at", [ZOOM, GOVERNMENT], ids=["zoom", "government"])
def test_the_id_in_a_link(at: Any) -> None:
    """A channel's link tells the id, as Zoom makes links and as they are pasted."""
    link = channel_link("5a0d3c1f8e2b47d69c04b1a7e6f35d20", at)
    for pasted in (link, f" {link}/\n", f"{link}?x=1"):
        assert addresses.id_in_link(pasted) == "5a0d3c1f8e2b47d69c04b1a7e6f35d20"


@given(st.text() | st.text().map("https://zoom.us/launch/chat/v2/{}".format))
def test_what_is_no_link_tells_nothing(text: str) -> None:
    """Any other text holds no id."""
    assert addresses.id_in_link(text) is None


def test_a_link_to_a_person_tells_no_channel() -> None:
    """A link to a chat of two leads to no channel."""
    assert addresses.id_in_link(channel_link("ann@xmpp.zoom.us", ZOOM)) is None
