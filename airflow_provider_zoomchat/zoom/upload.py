"""Uploading a file: the request, and the form in which the file travels.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from urllib.parse import quote
from uuid import uuid4

from .files import File
from .http import Request


def upload(base: str, user_id: str, file: File) -> Request:
    """Upload a file of a user; its id then goes into the `file_ids` of a message.

    It may be made again: a second copy that no message names is seen by nobody. Needs the scope
    ``team_chat:write:files:admin`` (classic: ``chat_message:write:admin``).

    :param base: of the host for files, which may send the call on to another of Zoom's.

    Answer: 201 ``{"id": ...}``.
    """
    form = Form(file)
    return Request(
        doing=f"upload {file.name!r} ({file.size} bytes)",
        door="team_chat",
        method="POST",
        url=f"{base}/chat/users/{quote(user_id, safe='')}/files",
        # Zoom's default is true: it posts the file in the user's chat with themselves as well.
        params={"postToPersonalChat": "false"},
        headers={"Content-Type": f"multipart/form-data; boundary={form.boundary}"},
        streamed=form,
        follows=True,
        repeatable=True,
        id_key="id",
    )


@dataclass(frozen=True)
class Form:
    """A form with one field, the file; read from the disk anew each time it is gone through.

    :param boundary: what ends a field. Nobody who writes a file can know it.
    """

    file: File
    boundary: str = field(default_factory=lambda: uuid4().hex)

    def __len__(self) -> int:
        return len(self._head) + self.file.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from self.file.pieces()
        yield self._tail

    @property
    def _head(self) -> bytes:
        # Both names in quotes: without, Zoom answers "Invalid 'Content-Disposition' in multipart
        # form" (https://github.com/Jericho/ZoomNet). UTF-8 as it is, and no filename*:
        # https://www.rfc-editor.org/rfc/rfc7578#section-4.2
        return (
            f"--{self.boundary}\r\n"
            f'Content-Disposition: form-data; name="file"; filename="{self.file.name}"\r\n'
            f"Content-Type: {content_type(self.file.name)}\r\n\r\n"
        ).encode()

    @property
    def _tail(self) -> bytes:
        return f"\r\n--{self.boundary}--\r\n".encode()


def content_type(name: str) -> str:
    """Return the content type of a file with this name.

    >>> content_type("chart.png"), content_type("sales.csv.gz")
    ('image/png', 'application/octet-stream')
    """
    # The suffix alone: the whole name would be read as a URL.
    kind, packed = mimetypes.guess_type(f"file{PurePath(name).suffix}")
    return kind if kind and not packed else "application/octet-stream"
