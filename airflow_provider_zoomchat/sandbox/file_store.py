"""Files: the multipart body they come in, and where they are kept.

The bytes of a file go to the disk and never into memory. Whoever uses the store holds the lock of
the state.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from airflow_provider_zoomchat.sandbox.http import Upload


def size(count: int) -> str:
    """Return a number of bytes as people read it: ``"940 B"``, ``"12 kB"``, ``"3.4 MB"``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


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


MOST_HEAD = 16 * 1024  # bytes of the headers of a part
MOST_PARTS = 20
MOST_TEXT = 2 * 1024 * 1024  # bytes of all parts that are texts

# Zoom answers so if a name stands there without quotation marks, says ZoomNet
# (https://github.com/Jericho/ZoomNet). RFC 7578 rules out `filename*=`, which has none either.
BAD_DISPOSITION = "Invalid 'Content-Disposition' in multipart form"
_PARAMETER = rb"""([A-Za-z*]+)="((?:[^"\\]|\\.)*)\""""
_DISPOSITION = re.compile(rb"\s*form-data(?:\s*;\s*%b)*\s*" % _PARAMETER, re.IGNORECASE)


@dataclass
class _Part:
    head: bytearray = field(default_factory=bytearray)
    name: bytearray = field(default_factory=bytearray)  # of the header that is being read
    headers: dict[str, bytearray] = field(default_factory=dict)
    upload: Upload | None = None
    text: bytearray | None = None
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    file: BinaryIO | None = None


class Form:
    """A form whose body is fed piece by piece.

    Only a file named ``file`` is written to the disk; of any other the size is known. Parts without
    a file's name are texts.

    :param content_type: the header of the request.
    :param path: where the file is written to.
    :param most: bytes of a file beyond which nothing of it is kept.
    """

    def __init__(self, content_type: str, path: Path, most: int) -> None:
        self.uploads: dict[str, Upload] = {}
        self.texts: dict[str, bytearray] = {}
        self.fault = ""  # what is wrong with the form, in Zoom's words where they are known
        self._path = path
        self._most = most
        self._part = _Part()
        self._parts = 0
        self._whole = False
        _, options = parse_options_header(content_type.encode("latin-1"))
        boundary = options.get(b"boundary", b"")
        if not boundary:
            self.fault = "The multipart form has no boundary."
            return
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header_name,
                "on_header_value": self._header_value,
                "on_header_end": self._header_end,
                "on_headers_finished": self._open,
                "on_part_data": self._write,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    def feed(self, data: bytes) -> None:
        """Read a piece of the body; behind a fault it is passed over."""
        if self.fault:
            return
        try:
            self._parser.write(data)
        except FormParserError:
            self.fault = self.fault or "The multipart form is broken."

    def close(self) -> None:
        """Note whether the body was whole; nothing is fed any more."""
        if self._part.file is not None:
            self._part.file.close()
            self._part.file = None
        if not (self.fault or self._whole):
            self.fault = "The multipart form has no end."

    def _begin(self) -> None:
        self._part = _Part()
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise FormParserError

    def _header_name(self, data: bytes, start: int, end: int) -> None:
        self._head(self._part.name, data[start:end])

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._head(self._part.head, data[start:end])

    def _head(self, part: bytearray, data: bytes) -> None:
        part += data
        if len(part) > MOST_HEAD:
            raise FormParserError

    def _header_end(self) -> None:
        part = self._part
        part.headers[part.name.decode("latin-1").lower()] = part.head
        part.name, part.head = bytearray(), bytearray()

    def _open(self) -> None:
        part = self._part
        disposition = bytes(part.headers.get("content-disposition", b""))
        if not _DISPOSITION.fullmatch(disposition):
            self.fault = BAD_DISPOSITION
            raise FormParserError
        given = {
            name.lower(): _unquoted(value) for name, value in re.findall(_PARAMETER, disposition)
        }
        name, filename = given.get(b"name"), given.get(b"filename")
        if name is None or name in self.uploads:
            self.fault = BAD_DISPOSITION if name is None else f"Two files in a part named {name!r}."
            raise FormParserError
        if filename is None:
            # Of a part that stands there twice, the last counts, as in a form of another kind.
            part.text = self.texts[name] = bytearray()
            return
        media_type = bytes(part.headers.get("content-type", b"")).decode("latin-1")
        part.upload = self.uploads[name] = Upload(filename, content_type=media_type)
        if name == "file":
            part.upload.path = self._path
            part.file = self._path.open("wb")

    def _write(self, data: bytes, start: int, end: int) -> None:
        part, piece = self._part, data[start:end]
        if part.text is not None:
            part.text += piece
            if sum(map(len, self.texts.values())) > MOST_TEXT:
                self.fault = "The multipart form is too large."
                raise FormParserError
        if part.upload is None:
            return
        part.hash.update(piece)
        part.upload.size += len(piece)
        part.upload.beginning = (part.upload.beginning + piece)[:16]
        if part.file is None:
            return
        if part.upload.size <= self._most:
            part.file.write(piece)
            return
        part.file.close()
        part.file = None
        part.upload.path = None
        self._path.unlink()

    def _end(self) -> None:
        if self._part.upload is not None:
            self._part.upload.sha256 = self._part.hash.hexdigest()
        if self._part.file is not None:
            self._part.file.close()
            self._part.file = None

    def _finish(self) -> None:
        self._whole = True


def _unquoted(value: bytes) -> str:
    return re.sub(rb'\\(["\\])', rb"\1", value).decode("utf-8", "replace")
