"""The files of one sandbox: what is known of each, and their bytes in a folder of its own.

Whoever uses it holds the chat's lock.
"""

from __future__ import annotations

import tempfile
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

KEPT = 10_000  # newest files of which something is known
BYTES_KEPT = 256 * 1024 * 1024  # of all files together; the oldest lose theirs first

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

    def __init__(self, bytes_kept: int = BYTES_KEPT) -> None:
        self.bytes_kept = bytes_kept
        self.known: OrderedDict[str, File] = OrderedDict()
        self._paths: OrderedDict[str, Path] = OrderedDict()  # id -> where the bytes are
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def place(self) -> Path:
        """Return where the bytes of another file may be written."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="zoom-sandbox-")
        return Path(self._folder.name) / uuid.uuid4().hex

    def add(self, file: File, path: Path | None) -> None:
        """Keep a file, and its bytes if they were written."""
        self.known[file.id] = file
        if len(self.known) > KEPT:
            self._drop_bytes(self.known.popitem(last=False)[0])
        if path is None:
            return
        self._paths[file.id] = path
        while sum(self.known[each].size for each in self._paths) > self.bytes_kept:
            self._drop_bytes(next(iter(self._paths)))

    def discard(self, path: Path | None) -> None:
        """Delete what was written, unless a file was made of it."""
        if path is not None and path not in self._paths.values():
            path.unlink(missing_ok=True)

    def open(self, file_id: str) -> BinaryIO:
        """Return the bytes of a file, to be read and closed.

        :raises LookupError: there is no such file, or its bytes are no longer kept.
        """
        if file_id not in self.known:
            raise LookupError(f"The sandbox has no file {file_id!r}.")
        if file_id not in self._paths:
            raise LookupError(f"The bytes of file {file_id!r} are not kept.")
        return self._paths[file_id].open("rb")

    def is_picture(self, file_id: str) -> bool:
        """Whether a file is a picture whose bytes are kept."""
        return file_id in self._paths and bool(self.known[file_id].image)

    def pictures(self, most: int) -> Iterator[tuple[File, bytes]]:
        """Yield the pictures of at most so many bytes, with what is in them."""
        for file_id, path in self._paths.items():
            file = self.known[file_id]
            if file.image and file.size <= most:
                yield file, path.read_bytes()

    def forget(self) -> None:
        """Forget every file; the folder stays, as somebody may be writing to it."""
        self.known.clear()
        while self._paths:
            self._drop_bytes(next(iter(self._paths)))

    def close(self) -> None:
        """Delete the folder with all bytes; what is known of the files stays."""
        self._paths.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _drop_bytes(self, file_id: str) -> None:
        path = self._paths.pop(file_id, None)
        self.discard(path)


def picture(name: str, beginning: bytes) -> str:
    """Return the media type of what Zoom shows as a picture; nothing for any other file."""
    media_type, signs = _PICTURES.get(PurePosixPath(name).suffix.lower(), ("", ()))
    return media_type if any(beginning.startswith(sign) for sign in signs) else ""
