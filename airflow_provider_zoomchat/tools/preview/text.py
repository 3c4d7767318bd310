"""A preview as text for a terminal. Pure."""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Callable, Iterator, Sequence

from ...hooks.app_types import APP_TYPES
from ...sandbox import world
from ...sandbox.activity_log import attached
from ...sandbox.render.lines import Line, read_lines, wrap_line
from .shown import CALLED, Section, Shown, Wire, clean

#: Takes a text and its styles, and returns it as a terminal shows them.
Paint = Callable[..., str]

# How a terminal shows formats of words; a format without an entry is a style of its own.
_STYLES = {
    **dict.fromkeys(("strong", "heading"), "bold"),
    "link": "underline",
    "mention": "blue",
    "code": "yellow",
}
_NOT_PAINTED = {"quote", "bullet", "number", "drawn"}  # their marks are

#: Said below every preview.
APPROXIMATE = "This is an approximation of Zoom's own look. Nothing was sent to Zoom."


def report(
    sections: Sequence[Section], paint: Paint, *, width: int, requests: bool
) -> Iterator[str]:
    """Yield the lines of a preview.

    :param paint: such as `cli.terminal.Paint`.
    :param width: characters of a line; 0 is no limit.
    :param requests: whether the bodies of requests are shown.
    """
    for section in sections:
        yield paint(clean(section.title), "bold", "underline")
        yield ""
        for one in section.shown:
            yield from _shown(one, paint, width, requests)
            yield ""
        for missing in section.missing:
            yield paint(f"! {clean(missing)}", "yellow")
        if section.missing:
            yield ""
    yield paint(APPROXIMATE, "faint")


def place(one: Shown) -> str:
    """Return who sends a message and where it goes: ``Airflow in #data-pipelines (...)``."""
    message = one.message
    if message is None:
        return CALLED[one.app_type]
    if not APP_TYPES[one.app_type].api.targets:
        return f"{CALLED[one.app_type]}, into its channel"
    sender = f"{CALLED[one.app_type]}, {message['sender']}"
    if message["contact"]:
        return f"{sender}, to {message['contact']}"
    if message["channel"] == world.DATA_PIPELINES.id:
        return f"{sender}, into the connection's channel"
    return f"{sender}, into channel {message['channel']}"


def state(one: Shown) -> str:
    """Return what else is to be said of the message: that it is a reply, who sees it."""
    message = one.message
    if message is None:
        return ""
    words = [
        "a reply in a thread" if message["reply_to"] else "",
        f"only visible to {message['visible_to_user']}" if message["visible_to_user"] else "",
    ]
    return ", ".join(filter(None, words))


def answered(wire: Wire) -> str:
    """Return what is to be said of a request that is refused."""
    if (wire.status or 0) < 400:
        return ""
    if wire.method == "GET":
        return " (refused here: a name in plain words)"
    return f" (refused with HTTP {wire.status}: {wire.said})"


def body_text(wire: Wire) -> str:
    """Return the body of a request as text to be read; nothing if it has none."""
    if wire.body in (None, "", {}):
        return ""
    if isinstance(wire.body, str):
        return wire.body
    return json.dumps(wire.body, ensure_ascii=False, indent=2)


def _shown(one: Shown, paint: Paint, width: int, requests: bool) -> Iterator[str]:
    said = place(one)
    head = paint(clean(one.name), "bold")
    if said != one.name:
        head += paint(f"  {clean(said.removeprefix(f'{one.name}, '))}", "faint")
    what = state(one)
    yield head + (paint(f"  ({clean(what)})", "faint") if what else "")
    for used in one.places:
        yield paint(f"  {clean(used)}", "faint")
    if one.message is not None:
        yield ""
        for line in read_lines(one.message):
            yield from _line(line, paint, width)
        for file in attached(one.message):
            yield f"    {clean(file)}"
        for reply in one.replies:
            yield paint("    └ a reply in its thread", "faint")
            for line in read_lines(reply):
                yield from (f"      {each}".rstrip() for each in _line(line, paint, width))
        yield ""
    details = [(one.length, "yellow" if ", but " in one.length else "faint")] if one.length else []
    details += [(f"note: {note}", "faint") for note in one.notes]
    details += [(f"refused: {refusal}", "red") for refusal in one.refusals]
    for detail, style in details:
        for piece in _filled(clean(detail), width - 2):
            yield paint(f"  {piece}", style)
    for wire in one.wires:
        yield from (paint(f"  {each}", "faint") for each in _wire(wire, with_body=requests))


def _line(line: Line, paint: Paint, width: int) -> Iterator[str]:
    for piece in wrap_line(line, width - 6) if width else [line]:
        bars = "".join(paint("▌ ", color) for color in piece.bars)
        words = "".join(
            paint(clean("".join(text for text, _ in group)), *_styles(formats))
            for formats, group in itertools.groupby(piece.words, key=lambda words: words.formats)
        )
        yield f"    {bars}{paint(piece.mark, 'faint')}{words}".rstrip()


def _styles(formats: frozenset[str]) -> list[str]:
    """Return the styles of a terminal that show formats of words."""
    return sorted({_STYLES.get(name, name) for name in formats - _NOT_PAINTED})


def _wire(wire: Wire, *, with_body: bool) -> Iterator[str]:
    yield clean(f"{wire.method} {wire.url}{answered(wire)}")
    if with_body:
        yield from (clean(line) for line in body_text(wire).splitlines())


def _filled(text: str, width: int) -> list[str]:
    if width <= 0:
        return [text]
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
