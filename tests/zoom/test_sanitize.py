"""Text that came from data."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom import sanitize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("as it is", "as it is"),
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
        ("\x1b]8;;https://a.example\x1b\\words\x1b]8;;\x1b\\ behind", "words behind"),
        ("\x1b]8;id=1;https://a.example\x07words\x1b]8;;\x07.", "words."),
        ("\x9d8;;https://a.example\x9cwords\x9d8;;\x9c", "words"),
        ("cut \x1b]8;;https://a.exa", "cut "),
        ("\x1b]0;title\x07\x1bP1$r0m\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\words", "words"),
        ("\x1b(B\x1b[m\x1b7\x1b[?25l\x1b=\x1b#8words\x1b8\x9b0m", "words"),
        ("bell\x07 null\x00 escape\x1b", "bell null escape"),
        ("one\r\ntwo\rthree\u2028four\x0bfive", "one\ntwo\nthree\nfour\nfive"),
        ("a\tb", "a    b"),
        ("abc\u202edcba\u2066\u200f", "abcdcba"),
        ("half \ud83d of it", "half  of it"),
        ("\ufeffmark", "mark"),
        ("שלום عالم 👨‍👩‍👧 é", "שלום عالم 👨‍👩‍👧 é"),
    ],
)
def test_harmless(text: str, shown: str) -> None:
    """Control characters and marks of direction go, letters of every script stay."""
    assert sanitize.harmless(text) == shown


@given(st.text())
def test_nothing_harmful_is_left(text: str) -> None:
    """Whatever comes in, what goes out can be sent and is made of things to read."""
    shown = sanitize.harmless(text)
    shown.encode()
    kinds = {unicodedata.category(letter) for letter in shown if letter != "\n"}
    assert kinds.isdisjoint({"Cc", "Cs"})
    assert "\n" not in sanitize.one_line(text)


@given(st.text(), st.integers(0, 200))
def test_a_cut_keeps_to_its_limit(text: str, limit: int) -> None:
    """A cut text is never longer than asked for, and a short one is left alone."""
    shown = sanitize.cut(text, limit)
    assert len(shown) <= limit
    if len(text) <= limit:
        assert shown == text


def test_a_cut_keeps_head_and_tail() -> None:
    """Head and tail stay, lines stay whole, and the mark says how much is missing."""
    text = "\n".join(f"line {number} of a traceback" for number in range(1, 100))
    shown = sanitize.cut(text, 300)
    assert shown.startswith("line 1 of a traceback\nline 2 of")
    assert shown.endswith("line 99 of a traceback")
    mark = shown[shown.index(" […") : shown.index("…] ") + 3]
    head, tail = shown.split(mark)
    assert mark == f" […{len(text) - len(head) - len(tail):,} characters cut…] "
    assert all(line.endswith("traceback") for line in head.splitlines())
    assert all(line.startswith("line ") for line in tail.splitlines())


def test_an_excerpt_of_a_megabyte() -> None:
    """Of a long text no more is looked at than what may be shown, and both ends are."""
    seen: list[int] = []

    def mask(text: str) -> str:
        seen.append(len(text))
        return text

    text = "ValueError: " + "x" * 1_000_000 + "\nthe last line"
    shown = sanitize.excerpt(text, 300, mask)
    assert len(shown) <= 300
    assert shown.startswith("ValueError: xxx")
    assert shown.endswith("the last line")
    assert "[…999," in shown
    assert sum(seen) < 20_000


@given(st.integers(0, 9000), st.text("ab\n ", max_size=40))
def test_a_secret_is_never_half_shown(position: int, noise: str) -> None:
    """Wherever a secret stands in a long text, not even a part of it is shown."""
    secret = "S3CRET-S3CRET-S3CRET"
    text = ("." * position + secret + noise + "." * 9000)[:12_000]
    shown = sanitize.excerpt(text, 300, lambda part: part.replace(secret, "***"))
    assert "S3C" not in shown
