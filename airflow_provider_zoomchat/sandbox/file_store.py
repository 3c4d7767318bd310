"""Files: where their bytes are kept, and what is known of them.

The bytes of a file go to the disk and never into memory as a whole. Whoever uses the store holds
the lock of the state.
"""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

MAX_FILES = 10_000  # newest files of which something is known
MAX_BYTES = 256 * 1024 * 1024  # of all files together; the oldest lose theirs first
PIECE = 1024 * 1024  # bytes that are read at a time

# https://developers.zoom.us/docs/api/team-chat (OAS): what is a picture to Zoom, by the end of its
# name; and how such a file begins, so that nothing else is ever served as one.
_PICTURES = {
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".gif": ("image/gif", (b"GIF87a", b"GIF89a")),
}


@dataclass(frozen=True)
class File:
    """A file as ``state.json`` shows it.

    :param size: in bytes.
    :param content_type: as the caller named it.
    :param sha256: of its bytes, in hex.
    :param image: the media type if the chat shows it as a picture, otherwise empty.
    :param owner: e-mail of the user who uploaded it.
    """

    id: str
    name: str
    size: int
    content_type: str
    sha256: str
    image: str
    owner: str


class Files:
    """The files, newest last.

    :param bytes_kept: of how many bytes the content is kept; the rest is known by name alone.
    """

    def __init__(self, bytes_kept: int = MAX_BYTES) -> None:
        self.entries: OrderedDict[str, File] = OrderedDict()
        self._bytes_kept = bytes_kept
        self._paths: OrderedDict[str, Path] = OrderedDict()  # id -> where the bytes are
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def add(self, content: BinaryIO, name: str, content_type: str, owner: str) -> File:
        """Keep a file.

        :param content: read from its beginning to its end.
        :param owner: e-mail of the user who uploaded it.
        """
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="zoom-sandbox-")
        path = Path(self._folder.name) / uuid.uuid4().hex
        digest = hashlib.sha256()
        with path.open("wb") as copy:
            beginning = piece = content.read(PIECE)
            while piece:
                digest.update(piece)
                copy.write(piece)
                piece = content.read(PIECE)
        file = File(
            id=uuid.uuid4().hex[:22],
            name=name,
            size=path.stat().st_size,
            content_type=content_type,
            sha256=digest.hexdigest(),
            image=picture(name, beginning[:16]),
            owner=owner,
        )
        self.entries[file.id] = file
        if file.size > self._bytes_kept:
            path.unlink()
        else:
            self._paths[file.id] = path
        if len(self.entries) > MAX_FILES:
            self._drop_bytes(self.entries.popitem(last=False)[0])
        while sum(self.entries[each].size for each in self._paths) > self._bytes_kept:
            self._drop_bytes(next(iter(self._paths)))
        return file

    def path(self, file_id: str) -> Path:
        """Return where the bytes of a file are.

        :raises LookupError: there is no such file, or its bytes are no longer kept.
        """
        if file_id not in self.entries:
            raise LookupError(f"The sandbox has no file {file_id!r}.")
        if file_id not in self._paths:
            raise LookupError(f"The bytes of file {file_id!r} are not kept.")
        return self._paths[file_id]

    def described(self, file_ids: list[str]) -> list[dict[str, Any]]:
        """Return what is known of files, as a message lists them."""
        return [vars(self.entries[each]) for each in file_ids if each in self.entries]

    def is_picture(self, file_id: str) -> bool:
        """Whether a file is a picture whose bytes are kept."""
        return file_id in self._paths and bool(self.entries[file_id].image)

    def forget(self) -> None:
        """Forget every file."""
        self.entries.clear()
        self.close()

    def close(self) -> None:
        """Delete the folder with all bytes; what is known of the files stays."""
        self._paths.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _drop_bytes(self, file_id: str) -> None:
        if path := self._paths.pop(file_id, None):
            path.unlink()


def picture(name: str, beginning: bytes) -> str:
    """Return the media type of what Zoom shows as a picture; nothing for any other file."""
    media_type, signs = _PICTURES.get(PurePosixPath(name).suffix.lower(), ("", ()))
    return media_type if any(beginning.startswith(sign) for sign in signs) else ""


def size(count: int) -> str:
    """Return a number of bytes as people read it: ``"940 B"``, ``"12 kB"``, ``"3.4 MB"``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
