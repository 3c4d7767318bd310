"""What a value in a card may be, as small checks that can be put together. Pure.

A check takes a value and its place in the card, and yields what is wrong with it. ``null`` is
taken for a key that is not there, and a key that Zoom's documentation does not know for one that
Zoom ignores: both are assumed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]

_NOTHING: Mapping[str, Check] = {}


def words(value: Any, place: str) -> Iterator[str]:
    """Want a text with at least one character; a blank one has to be sent as a space."""
    # https://developers.zoom.us/docs/chat/customizing-messages/: so for the value of a field.
    if not (isinstance(value, str) and value):
        yield f"{place} must be a text that is not empty"


def text(value: Any, place: str) -> Iterator[str]:
    """Want a text, which may be empty."""
    if not isinstance(value, str):
        yield f"{place} must be a text"


def flag(value: Any, place: str) -> Iterator[str]:
    """Want true or false."""
    if not isinstance(value, bool):
        yield f"{place} must be true or false"


def whole(value: Any, place: str) -> Iterator[str]:
    """Want a whole number from 0 up."""
    if type(value) is not int or value < 0:
        yield f"{place} must be a whole number of at least 0"


def count(value: Any, place: str) -> Iterator[str]:
    """Want a whole number from 1 up."""
    if type(value) is not int or value < 1:
        yield f"{place} must be a whole number of at least 1"


def percent(value: Any, place: str) -> Iterator[str]:
    """Want a number from 0 to 100."""
    # Assumed: Zoom's types say no more than "number".
    if type(value) not in (int, float) or not 0 <= value <= 100:
        yield f"{place} must be a number from 0 to 100"


def address(value: Any, place: str) -> Iterator[str]:
    """Want an address of the web."""
    # Assumed: no page names the schemes, and every example is one of these.
    if not (isinstance(value, str) and re.fullmatch(r"https?://\S+", value, re.IGNORECASE)):
        yield f"{place} must be an address that begins with https:// or http://"


def color(value: Any, place: str) -> Iterator[str]:
    """Want a colour in hex."""
    if not (isinstance(value, str) and re.fullmatch("#(?:[0-9A-Fa-f]{3}){1,2}", value)):
        yield f"{place} must be a colour such as #0E72ED"


def one_of(*allowed: str) -> Check:
    """Want one of these texts, in just this case."""

    def check(value: Any, place: str) -> Iterator[str]:
        if value not in allowed:
            yield f"{place}: {_short(value)} is not one of {', '.join(map(repr, allowed))}"

    return check


def shape(
    required: Mapping[str, Check],
    optional: Mapping[str, Check] = _NOTHING,
    *,
    without: tuple[str, ...] = (),
) -> Check:
    """Want an object with these keys.

    :param without: keys that it must not have.
    """

    def check(value: Any, place: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{place} must be an object"
            return
        for name, inner in {**required, **optional}.items():
            if value.get(name) is not None:
                yield from inner(value[name], f"{place}.{name}")
            elif name in required:
                yield f"{place}.{name} is missing"
        for name in without:
            if value.get(name):
                yield f"{place}.{name} is not for this"

    return check


def each(inner: Check) -> Check:
    """Want an array of at least one such value."""

    def check(value: Any, place: str) -> Iterator[str]:
        # Assumed: an empty array shows nothing, and no example has one.
        if not (isinstance(value, list) and value):
            yield f"{place} must be an array that is not empty"
            return
        for index, item in enumerate(value):
            yield from inner(item, f"{place}[{index}]")

    return check


def both(*checks: Check) -> Check:
    """Want what each of these wants."""

    def check(value: Any, place: str) -> Iterator[str]:
        for inner in checks:
            yield from inner(value, place)

    return check


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}..."
