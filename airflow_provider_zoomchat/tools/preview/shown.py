"""What is known of one message after its preview: plain values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hooks.app_types import APIS, APP_TYPES

# The last ones turn the direction of what follows.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

#: Who posts with each app type, as a sentence says it; of types with one API, for the first.
CALLED = {api.app_type: APP_TYPES[api.app_type].posts for api in APIS}

#: What ``--alert`` calls the message for a run that fails, which is no event.
STORM = "group"


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
    places: tuple[str, ...] = ()
    message: Mapping[str, Any] | None = None
    replies: list[Mapping[str, Any]] = field(default_factory=list)
    length: str = ""
    wires: list[Wire] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    images: Mapping[str, str] = field(default_factory=dict)


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


def clean(text: str) -> str:
    """Return a text without control characters."""
    return _OBEYED.sub("\ufffd", text)


def is_refused(sections: list[Section]) -> bool:
    """Tell whether anything would be refused, or could not be read."""
    return any(
        section.has_failed or any(one.refusals for one in section.shown) for section in sections
    )
