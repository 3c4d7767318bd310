"""A call to the sandbox, its answer, and the refusals in the shapes Zoom gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

REASON = "x-sandbox-reason"  # a header
MAX_DEPTH = 100  # of nested JSON; no card comes near, and Python's own limit stays far away


@dataclass
class Upload:
    """A file in a multipart body.

    :param path: where its bytes are; None if they were not kept.
    :param beginning: its first 16 bytes.
    """

    filename: str
    size: int = 0
    content_type: str = ""
    sha256: str = ""
    path: Path | None = None
    beginning: bytes = b""


@dataclass
class Call:
    """A request as an API sees it.

    ``segments`` are the decoded pieces of the path, split before decoding: an id may contain an
    encoded slash. Of a multipart form, ``uploads`` are the files, ``fields`` its texts, and
    ``form_fault`` says what is wrong with it; ``body`` is empty then.
    """

    method: str
    path: str
    segments: tuple[str, ...]
    query: dict[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes = b""
    uploads: dict[str, Upload] = field(default_factory=dict)
    form_fault: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def site(self) -> str:
        """The address the caller used, without a path."""
        return "http://" + self.headers.get("host", "127.0.0.1")

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None if it is none (a bare ``null`` is as useless to every API)."""
        return parse_json(self.body)

    @cached_property
    def form(self) -> dict[str, str] | None:
        """The fields of a form-encoded body; None for any other body."""
        if self.content_type != "application/x-www-form-urlencoded":
            return None
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    """What goes back: a JSON value, a text, raw bytes, an open file, or nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """A call that an API refuses.

    ``why`` names the cause where Zoom's own words do not; it goes into a header.
    """

    def __init__(
        self, status: int, body: Any, *, why: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        # A header cannot hold every character a body can, nor any length.
        reason = {REASON: ascii(why)[1:-1][:300]} if why else {}
        self.answer = Answer(status, body, {**(headers or {}), **reason})


def refuse(status: int, code: int, message: str, **more: Any) -> Refusal:
    """Refuse as the REST APIs do."""
    # https://developers.zoom.us/docs/api/errors/
    return Refusal(status, {"code": code, "message": message, **more})


def parse_json(text: bytes | str) -> Any:
    """Return a JSON text as the value it stands for; None if it is none or nests too deeply.

    A number too large for a float, such as ``1e999``, is none either: Python reads infinity, which
    no JSON can say again.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return None if _deeper_than(value, MAX_DEPTH) else value


def json_object(call: Call) -> dict[str, Any]:
    """Return the body of a REST call.

    :raises Refusal: the body is not a JSON object, or is not declared as one.
    """
    if call.content_type == "application/json" and isinstance(call.json, dict):
        return call.json
    # https://developers.zoom.us/docs/api/errors/
    raise refuse(400, 300, "Request Body should be a valid JSON object.")


def as_flag(value: Any) -> Any:
    """Return true or false for its text, anything else as it is."""
    # Clients that are in use send texts, such as https://github.com/keephq/keep (webhooks).
    words = {"true": True, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _deeper_than(value: Any, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(_deeper_than(item, depth - 1) for item in inner)
