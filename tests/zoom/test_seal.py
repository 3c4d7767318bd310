"""What lies where others may read and write: nobody reads it, and nobody puts another there."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.zoom.seal import seal, unseal

SECRET, NAME = "s3cret", "zoomchat_token_1"
VALUE = {"access_token": "t0ken", "expires_at": 1.5, "scopes": ["a:b"]}


def test_round_trip() -> None:
    """What was sealed comes out again, and shows nothing while it is sealed."""
    text = seal(SECRET, NAME, VALUE)
    assert unseal(SECRET, NAME, text) == VALUE
    assert "t0ken" not in text
    assert text != seal(SECRET, NAME, VALUE)


@pytest.mark.parametrize(
    ("secret", "name"), [("another", NAME), (SECRET, "zoomchat_token_2"), ("", NAME)]
)
def test_another_key(secret: str, name: str) -> None:
    """Another client secret opens nothing, and neither does another place."""
    assert unseal(secret, name, seal(SECRET, NAME, VALUE)) is None


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_version(version: object) -> None:
    """A text of another version is not read."""
    assert unseal(SECRET, NAME, seal(SECRET, NAME, {**VALUE, "version": version})) is None


@given(st.text())
def test_garbage(text: str) -> None:
    """Whatever somebody writes there is not taken for what was sealed."""
    assert unseal(SECRET, NAME, text) is None


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_character(place: int, character: str) -> None:
    """A text of which a character was changed is nothing any more."""
    text = seal(SECRET, NAME, VALUE).rstrip("=")  # of which base64 may ignore bits
    place %= len(text) - 1
    changed = text[:place] + character + text[place + 1 :]
    assert character == text[place] or unseal(SECRET, NAME, changed) is None


def test_planted() -> None:
    """A text that is right in all but its key is not read."""
    assert unseal(SECRET, NAME, Fernet(Fernet.generate_key()).encrypt(b"{}").decode()) is None
