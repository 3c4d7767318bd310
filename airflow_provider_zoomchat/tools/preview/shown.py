"""What is known of one message after its preview, as values; as text for a terminal; as a page.

The page is one HTML document: no script, no request, nothing beside it. Pure.
"""

from __future__ import annotations

import itertools
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...hooks.app_types import APIS, APP_TYPES
from ...sandbox import world
from ...sandbox.activity_log import attached, printable
from ...sandbox.render import html
from ...sandbox.render.lines import read_lines, wrap_line

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

#: Who posts with each app type, as a sentence says it; of types with one API, for the first.
CALLED = {api.app_type: APP_TYPES[api.app_type].posts for api in APIS}

#: What ``--alert`` calls the message for a run that fails, which is no event.
STORM = "group"

#: Said below every preview.
APPROXIMATE = "This is an approximation of Zoom's own look. Nothing was sent to Zoom."

_TEMPLATE = html.template(Path(__file__).with_name("page.html"))
_CSS = Path(__file__).with_name("page.css").read_text("utf-8")


class PreviewError(Exception):
    """A preview could not be made; the text says why in one line."""


@dataclass(frozen=True)
class Wire:
    """A request as it would go to Zoom.

    :param url: on Zoom's own host; what the connection decides stands in ``<angle brackets>``.
    :param body: a JSON value, or a text.
    :param status: what the sandbox answered.
    :param said: why it refused.
    """

    method: str
    url: str
    body: Any
    status: int | None
    said: str = ""

    @property
    def is_refused(self) -> bool:
        """Whether the sandbox has refused it."""
        return (self.status or 0) >= 400

    @property
    def title(self) -> str:
        """Its method and its address, and why it is refused."""
        why = ""
        if self.is_refused:
            why = f" (refused with HTTP {self.status}: {self.said})"
            # To look somebody up, whose name is then plain words.
            why = " (refused here: a name in plain words)" if self.method == "GET" else why
        return f"{self.method} {self.url}{why}"

    @property
    def text(self) -> str:
        """Its body as text to be read; nothing if it has none."""
        if isinstance(self.body, str) or not self.body:
            return self.body or ""
        return json.dumps(self.body, ensure_ascii=False, indent=2)


@dataclass
class Shown:
    """A message, or why there is none.

    :param name: what sends it, for example ``task post``.
    :param app_type: the App type of its connection.
    :param places: where it is used, if that is not said by its name.
    :param message: as the sandbox lists it; None if nothing was accepted.
    :param replies: those that came into its thread with it.
    :param length: how long it is, against the limits; empty if there is nothing to count.
    :param refusals: why it would not be sent, or not as it is.
    :param notes: what is not as it would be in a real run.
    :param images: of its files, for HTML.
    """

    name: str
    app_type: str
    places: Sequence[str] = ()
    message: Mapping[str, Any] | None = None
    replies: list[Mapping[str, Any]] = field(default_factory=list)
    length: str = ""
    wires: list[Wire] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """Who sends it and where it goes: ``as a user, Airflow, into the connection's channel``."""
        message, who = self.message, CALLED[self.app_type]
        if message is None:
            return who
        if not APP_TYPES[self.app_type].api.targets:
            return f"{who}, into its channel"
        where = f"into channel {message['channel']}"
        if message["contact"]:
            where = f"to {message['contact']}"
        elif message["channel"] == world.DATA_PIPELINES.id:
            where = "into the connection's channel"
        return f"{who}, {message['sender']}, {where}"

    @property
    def state(self) -> str:
        """What else is to be said of the message: that it is a reply, who sees it."""
        message = self.message or {"reply_to": "", "visible_to_user": ""}
        reader = message["visible_to_user"]
        words = [
            "a reply in a thread" if message["reply_to"] else "",
            f"only visible to {reader}" if reader else "",
        ]
        return ", ".join(filter(None, words))


@dataclass
class Section:
    """Messages that belong together: those of a DAG, or one message on every API.

    :param missing: what sends messages that cannot be shown, each with the reason.
    :param has_failed: whether that is a DAG file which cannot be imported.
    """

    title: str
    shown: list[Shown] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    has_failed: bool = False


def is_refused(sections: list[Section]) -> bool:
    """Tell whether anything would be refused, or could not be read."""
    return any(
        section.has_failed or any(one.refusals for one in section.shown) for section in sections
    )


def page(sections: Sequence[Section]) -> str:
    """Return a preview as an HTML document."""
    return html.document(
        _TEMPLATE,
        _CSS,
        title=f"Preview: {sections[0].title}",
        sections=sections,
        approximate=APPROXIMATE,
        message=html.message,
    )


def report(
    sections: Sequence[Section], paint: Paint, *, width: int, requests: bool
) -> Iterator[str]:
    """Yield the lines of a preview as text.

    :param paint: such as `cli.terminal.Paint`.
    :param width: characters of a line; 0 is no limit.
    :param requests: whether the bodies of requests are shown.
    """

    def safe(text: str, *styles: str) -> str:
        return paint(printable(text), *styles)

    for section in sections:
        yield safe(section.title, "bold", "underline")
        yield ""
        for one in section.shown:
            yield from _message(one, safe, width)
            for wire in one.wires:
                body = wire.text.splitlines() if requests else []
                yield from (safe(f"  {line}", "faint") for line in (wire.title, *body))
            yield ""
        for missing in section.missing:
            yield safe(f"! {missing}", "yellow")
        if section.missing:
            yield ""
    yield paint(APPROXIMATE, "faint")


def _message(one: Shown, paint: Paint, width: int) -> Iterator[str]:
    head = paint(one.name, "bold")
    if one.target != one.name:
        head += paint(f"  {one.target.removeprefix(f'{one.name}, ')}", "faint")
    yield head + (paint(f"  ({one.state})", "faint") if one.state else "")
    for place in one.places:
        yield paint(f"  {place}", "faint")
    if one.message is not None:
        yield ""
        yield from _lines(one.message, paint, width)
        yield from (f"    {file}" for file in attached(one.message))
        for reply in one.replies:
            yield paint("    └ a reply in its thread", "faint")
            yield from (f"      {line}".rstrip() for line in _lines(reply, paint, width))
        yield ""
    details = [(one.length, "yellow" if ", but " in one.length else "faint")]
    details += [(f"note: {note}", "faint") for note in one.notes]
    details += [(f"refused: {refusal}", "red") for refusal in one.refusals]
    for detail, style in details:
        pieces = [detail] if detail else []
        if width:
            pieces = textwrap.wrap(
                detail, width - 2, break_long_words=False, break_on_hyphens=False
            )
        yield from (paint(f"  {piece}", style) for piece in pieces)


def _lines(message: Mapping[str, Any], paint: Paint, width: int) -> Iterator[str]:
    """Yield what a message says, in lines of at most so many characters."""
    for line in read_lines(message):
        for piece in wrap_line(line, width - 6) if width else [line]:
            bars = "".join(paint("▌ ", color) for color in piece.bars)
            words = ""
            for formats, group in itertools.groupby(piece.words, lambda words: words.formats):
                styles = sorted({_STYLES.get(name, name) for name in formats - _NOT_PAINTED})
                words += paint("".join(text for text, _ in group), *styles)
            yield f"    {bars}{paint(piece.mark, 'faint')}{words}".rstrip()
