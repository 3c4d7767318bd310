"""Reactions: which emoji Zoom can take, and the call that adds one."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import team_chat
from airflow_provider_zoomchat.zoom.errors import ConfigError

API = "https://api.zoom.us/v2"
TARGET = ("to_channel", "c0ffee")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("✅", "U+2705"),
        (" 😀\n", "U+1F600"),
        ("❤️", "U+2764"),
        ("❤", "U+2764"),
        ("❤\ufe0e", "U+2764"),
        ("U+2705", "U+2705"),
        ("u+1f600", "U+1F600"),
        ("U+01F600", "U+1F600"),
        ("‼️", "U+203C"),
        ("ℹ️", "U+2139"),  # noqa: RUF001  # the emoji, not the letter
        ("©", "U+00A9"),
        ("↔️", "U+2194"),
        ("▶️", "U+25B6"),
        ("⏳", "U+23F3"),
        ("🟢", "U+1F7E2"),
        ("🫨", "U+1FAE8"),  # younger than the Unicode of Python 3.10
    ],
)
def test_an_emoji(given: str, code: str) -> None:
    """An emoji is written as its one code point, however it was given."""
    assert team_chat.emoji(given) == code


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("smile", "emoji 'smile' is not an emoji: give the character, such as '✅', or its code"),
        (":smile:", "emoji ':smile:' is not an emoji"),
        ("thumbs up", "is not an emoji"),
        ("a", "is not an emoji"),
        ("5", "is not an emoji"),
        ("+", "is not an emoji"),
        ("€", "is not an emoji"),
        ("日", "is not an emoji"),
        ("1F600", "is not an emoji"),
        ("+U1F600", "is not an emoji"),
        ("U+110000", "is not an emoji"),
        ("U+D83D", "is not an emoji"),
        ("U+0041", "is not an emoji"),
        ("\ud83d", "is not an emoji"),
        ("\ufe0f", "is not an emoji"),
        ("👍🏽", "is a skin tone, and Zoom's reactions are one code point each: give a plain"),
        ("🏽", "is a skin tone"),
        ("U+1F3FD", "is a skin tone"),
        ("👩‍💻", "is several emoji joined into one"),
        ("🏳️‍🌈", "is several emoji joined into one"),
        ("🇩🇪", "is a flag"),
        ("🇩", "is a flag"),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "is a flag"),
        ("1️⃣", "is a keycap"),
        ("✅✅", "is several emoji: add them one by one"),
        ("✅ ❤️", "is several emoji: add them one by one"),
        ("", "emoji must be an emoji, not ''"),
        ("None", "emoji must be an emoji, not 'None'"),
        (None, "emoji must be an emoji, not None"),
        (["✅"], "emoji must be an emoji, not ['✅']"),
        ("x" * 9999, "emoji 'xxxx"),
    ],
)
def test_no_emoji(given: object, words: str) -> None:
    """What Zoom cannot take is refused in one short line that says what it is."""
    with pytest.raises(ConfigError) as caught:
        team_chat.emoji(given)
    text = str(caught.value)
    assert words in text
    assert len(text.splitlines()) == 1
    assert len(text) < 300


@given(st.text() | st.text(alphabet="✅❤👍🏽🇩1a\ufe0f\u200d\u20e3 ", max_size=4))
def test_any_text(given: str) -> None:
    """Any text is one code point, which stands for the same emoji, or is refused."""
    try:
        code = team_chat.emoji(given)
    except ConfigError:
        return
    assert re.fullmatch(r"U\+[0-9A-F]{4,6}", code)
    assert team_chat.emoji(code) == code
    assert chr(int(code[2:], 16)) in given or code == given.strip().upper()


@pytest.mark.parametrize(
    ("action", "doing"),
    [
        ("add", "add the reaction ✅ to a message in channel 'c0ffee'"),
        ("remove", "remove the reaction ✅ from a message in channel 'c0ffee'"),
    ],
)
def test_the_call(action: team_chat.Reaction, doing: str) -> None:
    """A reaction is a call that may be made again, and says what it does."""
    request = team_chat.react(API, "a@b.example", "{M/1}", "✅", action=action, target=TARGET)
    assert (request.method, request.url) == (
        "PATCH",
        f"{API}/chat/users/a%40b.example/messages/%7BM%2F1%7D/emoji_reactions",
    )
    assert json.loads(request.body or b"") == {
        "action": action,
        "emoji": "U+2705",
        "to_channel": "c0ffee",
    }
    assert (request.doing, request.repeatable, request.id_key) == (doing, True, None)
