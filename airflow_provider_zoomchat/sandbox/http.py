"""A call to the sandbox, its answer page by page, and refusals in Zoom's own shapes."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, unquote

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.state import Chat

REASON = "x-sandbox-reason"  # a header
MAX_DEPTH = 100  # of nested JSON; no card comes near, and Python's own limit stays far away
MAX_BODY = 2 * 1024 * 1024  # bytes of a body, and of a form beside its file
MAX_PARTS = 20  # of a form
MAX_DISPOSITION = 16 * 1024  # characters of a part's header
TICK = 0.05  # seconds between two looks at whether the sandbox stops

# https://developers.zoom.us/docs/api/team-chat (OAS): "The expiration period is 15 minutes."
PAGE_TOKEN_LIFETIME = 15 * 60  # seconds

_STRICT_JSON = json.JSONEncoder(allow_nan=False)

_Item = TypeVar("_Item")

# Zoom answers so if a name stands there without quotation marks, says ZoomNet
# (https://github.com/Jericho/ZoomNet). RFC 7578 rules out `filename*=`, which has none either.
BAD_DISPOSITION = "Invalid 'Content-Disposition' in multipart form"
_PARAMETER = r"""([A-Za-z*]+)="((?:[^"\\]|\\.)*)\""""
_DISPOSITION = re.compile(rf"\s*form-data(?:\s*;\s*{_PARAMETER})*\s*", re.IGNORECASE)


class Answer(Response):
    """What goes back to the caller.

    :param body: a text, bytes, a JSON value, or None for no body.
    """

    def __init__(
        self, status: int, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.value = body
        media_type: str | None = "application/json"
        if body is None or status in (204, 304):
            content, media_type = b"", None
        elif isinstance(body, bytes):
            content = body
        elif isinstance(body, str):
            # A text that came in as JSON may hold half a surrogate pair.
            content = body.encode("utf-8", "replace")
            media_type = "text/html" if body.lstrip().startswith("<") else "text/plain"
        else:
            content = json.dumps(body, allow_nan=False).encode()
        super().__init__(content, status, headers, media_type)


class Refusal(Exception):
    """A call that an API refuses; ``answer`` is what the caller hears.

    ``why`` names the cause where Zoom's own words do not; it goes into a header.
    """

    def __init__(
        self, status: int, body: Any, *, why: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, body)
        # A header cannot hold every character a body can, nor any length.
        reason = {REASON: ascii(why)[1:-1][:300]} if why else {}
        self.answer = Answer(status, body, {**(headers or {}), **reason})


def refuse(status: int, code: int, message: str, *, why: str = "", **more: Any) -> Refusal:
    """Refuse as the REST APIs do."""
    # https://developers.zoom.us/docs/api/errors/
    return Refusal(status, {"code": code, "message": message, **more}, why=why)


class Call(Request):
    """A request as an API sees it, whose body has been read.

    Of a multipart form, ``texts`` and ``uploads`` are the parts by name, and ``form_fault`` says
    what is wrong with it; ``content`` is empty then.

    :param chat: the state of the sandbox that is called.
    :param is_stopping: tells whether the sandbox stops.
    """

    content: bytes = b""
    form_fault: str = ""

    def __init__(
        self, scope: Scope, receive: Receive, chat: Chat, is_stopping: Callable[[], bool]
    ) -> None:
        super().__init__(scope, receive)
        self.chat = chat
        self.is_stopping = is_stopping
        self._parts = FormData()
        self.texts: dict[str, str] = {}
        self.uploads: dict[str, UploadFile] = {}

    async def read(self) -> None:
        """Read the body; a file in it goes to the disk.

        :raises Refusal: the body is too large.
        :raises starlette.requests.ClientDisconnect: the caller left in the middle of it.
        """
        if self.content_type == "multipart/form-data":
            await self._read_form(self.chat.options.file_limit)
            return
        content = b""
        async for piece in self.stream():
            content += piece
            if len(content) > MAX_BODY:
                raise refuse(413, 413, "The body is too large.")
        self.content = content

    async def _read_form(self, file_limit: int) -> None:
        self._room = file_limit + MAX_BODY
        parser = _FormParser(
            self.headers, self._first_pieces(), max_files=MAX_PARTS, max_fields=MAX_PARTS
        )
        try:
            self._parts = await parser.parse()
        except (MultiPartException, FormParserError) as error:
            reason = str(getattr(error, "message", error))
            is_known = reason == BAD_DISPOSITION
            self.form_fault = reason if is_known else f"The multipart form is broken: {reason}"
            return
        for name, part in self._parts.multi_items():
            if isinstance(part, str):
                # Of a part that stands there twice, the last counts, as in a form of another kind.
                self.texts[name] = part
            elif name in self.uploads:
                self.form_fault = f"Two files in a part named {name!r}."
            else:
                self.uploads[name] = part
                part.filename = _filename(part.headers["content-disposition"])
                if part.filename is None:
                    self.form_fault = BAD_DISPOSITION
        if self._room < 0:
            self.form_fault = f"Maximum file size exceeded: {file_limit} bytes."
        elif not parser.is_whole:
            self.form_fault = "The multipart form has no end."

    async def close(self) -> None:
        """Delete what was uploaded."""
        await self._parts.close()

    async def _first_pieces(self) -> AsyncGenerator[bytes, None]:
        """Yield as much of the body as there is room for; the rest is read and thrown away."""
        async for piece in self.stream():
            self._room -= len(piece)
            if self._room >= 0:
                yield piece

    async def wait(self, seconds: float) -> bool:
        """Wait; return False as soon as the caller leaves or the sandbox stops."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        left = asyncio.ensure_future(self.receive())  # nothing else can come any more
        try:
            while not self.is_stopping():
                remaining = ends - loop.time()
                await asyncio.wait([left], timeout=max(0.0, min(TICK, remaining)))
                if left.done() or remaining <= TICK:
                    return not left.done()
            return False
        finally:
            left.cancel()

    @property
    def path(self) -> str:
        """The path, decoded."""
        return unquote(self.scope["path"])

    @cached_property
    def query(self) -> dict[str, str]:
        """The fields of the query; of one that stands there twice, the last counts."""
        return dict(self.query_params)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether a field of the query says true; the default where it says neither."""
        value = as_flag(self.query.get(name))
        return value if isinstance(value, bool) else default

    @cached_property
    def content_type(self) -> str:
        """The media type, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def site(self) -> str:
        """The address the caller used, without a path."""
        return "http://" + self.headers.get("host", "127.0.0.1")

    @cached_property
    def json_value(self) -> Any:
        """The body as JSON; None if it is none (a bare ``null`` is as useless to every API)."""
        return parse_json(self.content)

    @cached_property
    def form_fields(self) -> dict[str, str] | None:
        """The fields of a form-encoded body; None for any other body."""
        if self.content_type != "application/x-www-form-urlencoded":
            return None
        return dict(parse_qsl(self.content.decode("utf-8", "replace"), keep_blank_values=True))


class _FormParser(MultiPartParser):
    """Starlette's parser, as strict as Zoom about names; it tells whether the form had an end."""

    is_whole = False

    def on_headers_finished(self) -> None:
        """Refuse a part whose names do not stand in quotation marks."""
        disposition = (self._current_part.content_disposition or b"").decode("latin-1")
        names = [name.lower() for name, _ in re.findall(_PARAMETER, disposition)]
        is_short = len(disposition) <= MAX_DISPOSITION
        if not (is_short and _DISPOSITION.fullmatch(disposition) and "name" in names):
            raise MultiPartException(BAD_DISPOSITION)
        super().on_headers_finished()

    def on_end(self) -> None:
        """Note the end."""
        self.is_whole = True


def _filename(disposition: str) -> str | None:
    """Return the name of a file, in which a quotation mark has a backslash before it.

    None where it does not stand in quotation marks; not every Starlette refuses that.
    """
    names = {name.lower(): text for name, text in re.findall(_PARAMETER, disposition)}
    if "filename" not in names:
        return None
    filename = re.sub(r'\\(["\\])', r"\1", names["filename"])
    return filename.encode("latin-1").decode("utf-8", "replace")


def parse_json(text: bytes | str) -> Any:
    """Return a JSON text as the value it stands for; None if it is none or nests too deeply.

    ``NaN`` and a number too large for a float, such as ``1e999``, are no JSON either, though Python
    reads them.
    """
    try:
        value = json.loads(text)
        _STRICT_JSON.encode(value)
    except (ValueError, RecursionError):
        return None
    return None if _deeper_than(value, MAX_DEPTH) else value


def json_object(call: Call) -> dict[str, Any]:
    """Return the body of a REST call.

    :raises Refusal: the body is not a JSON object, or is not declared as one.
    """
    if call.content_type == "application/json" and isinstance(call.json_value, dict):
        return call.json_value
    # https://developers.zoom.us/docs/api/errors/
    raise refuse(400, 300, "Request Body should be a valid JSON object.")


def one_page(
    call: Call,
    items: Sequence[_Item],
    most: int,
    place: Callable[[_Item], int] | None = None,
) -> tuple[list[_Item], dict[str, Any]]:
    """Return the items of the page that a query asks for, and what an answer tells of the page.

    :param most: of a page.
    :param place: what the items are sorted by, which stays with each of them; by default they stay
        where they are.
    :raises Refusal: `page_size` or `next_page_token` is not in order.
    """
    size = call.query.get("page_size", "10")
    if not re.fullmatch("[0-9]{1,9}", size) or not 1 <= int(size) <= most:
        # The words of this are assumed.
        raise refuse(400, 300, "Invalid parameter: page_size.")
    places = range(len(items)) if place is None else map(place, items)
    start = _start_of_page(call)
    rest = [
        (at, item) for at, item in zip(places, items, strict=True) if start is None or at >= start
    ]
    shown = [item for _, item in rest[: int(size)]]
    token = ""
    if len(rest) > len(shown):
        start_of_next = rest[len(shown)][0]
        text = f"{call.path}:{start_of_next}:{call.chat.now()!r}"
        token = base64.urlsafe_b64encode(text.encode()).decode()
    return shown, {"page_size": int(size), "next_page_token": token}


def _start_of_page(call: Call) -> int | None:
    token = call.query.get("next_page_token", "")
    if not token:
        return None
    try:
        path, start, issued = base64.urlsafe_b64decode(token.encode()).decode().rsplit(":", 2)
        if path == call.path and 0 <= call.chat.now() - float(issued) <= PAGE_TOKEN_LIFETIME:
            return int(start)
    except ValueError:
        pass
    raise refuse(400, 300, "The next page token is invalid or expired.")


def as_flag(value: Any) -> Any:
    """Return true or false for its text, anything else as it is."""
    # Clients that are in use send texts, such as https://github.com/keephq/keep (webhooks).
    words = {"true": True, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _deeper_than(value: Any, depth: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth == 0 or any(_deeper_than(item, depth - 1) for item in inner)
