"""Files that go with a message: what a caller may give, and the request that uploads one.

The one module that reads from the disk. A file's content is read piece by piece while it is sent.
Zoom shows png, jpg, jpeg and gif as pictures; any other file is a name to click on.

Source of every rule here, unless named otherwise: https://developers.zoom.us/docs/api/team-chat/
"""

from __future__ import annotations

import io
import mimetypes
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import BinaryIO, TypeAlias
from uuid import uuid4

from .addresses import url
from .errors import ConfigError
from .http import Request
from .validation import MAX_FILES

#: Bytes. Zoom's reference says 1 GB for an upload; other pages of Zoom's say 16, 20 and 512 MB.
#: Source: https://developers.zoom.us/docs/api/team-chat/
MAX_SIZE = 1024**3

#: Bytes of a name; assumed: what file systems take, Zoom names no limit.
MAX_NAME = 255

#: Bytes read at a time.
_PIECE = 64 * 1024

#: What may be given as a file.
FileLike: TypeAlias = "str | os.PathLike[str] | tuple[str, str | os.PathLike[str] | bytes] | File"

_CONTENT = (bytes, bytearray)
_KINDS = 'a path, ("name.csv", path) or ("name.csv", content as bytes)'
_RENAME = 'Give it another name: ("name.csv", path).'


@dataclass(frozen=True)
class File:
    """A file that has been checked.

    :param name: as Zoom shows it.
    :param size: in bytes.
    :param source: where the content is, or the content.
    """

    name: str
    size: int
    source: Path | bytes = field(repr=False)

    def open(self) -> BinaryIO:
        """Return the content as a stream, from its beginning."""
        return io.BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")

    def pieces(self) -> Iterator[bytes]:
        """Yield the content, exactly `size` bytes of it.

        :raises ConfigError: it cannot be read, or has changed since it was checked.
        """
        left = self.size
        try:
            with self.open() as content:
                while left and (piece := content.read(min(_PIECE, left))):
                    left -= len(piece)
                    yield piece
                changed = bool(left or content.read(1))
        except OSError as error:
            raise ConfigError(
                f"Could not upload {self.name!r}: it can no longer be read ({error.strerror}). "
                "It must stay where it is until the message is sent."
            ) from None
        if changed:
            raise ConfigError(
                f"Could not upload {self.name!r}: it had {self.size} bytes when it was checked, "
                f"and now has {'fewer' if left else 'more'}. Send it when whatever writes it is "
                "done."
            )


def files(given: object, *, beside: int = 0, limit: int = MAX_SIZE) -> tuple[File, ...]:
    """Return the files of a message, all of them checked.

    :param given: a list of what `file` takes, or one such value, or None.
    :param beside: how many ids of uploaded files the message has already.
    :param limit: bytes that each may have.
    :raises ConfigError: they are too many, or one of them cannot be sent.
    """
    if given is None:
        return ()
    if not isinstance(given, Sequence) or isinstance(given, (str, *_CONTENT)) or _is_pair(given):
        return (file(given, called="files", limit=limit),)
    if len(given) + beside > MAX_FILES:
        ids = f" beside {beside} file_ids" if beside else ""
        raise ConfigError(
            f"files has {len(given)} entries{ids}, and a message takes {MAX_FILES} in all. "
            "Send the others with another message, or all in one archive."
        )
    return tuple(
        file(entry, called=f"files[{index}]", limit=limit) for index, entry in enumerate(given)
    )


def file(given: object, *, called: str = "file", limit: int = MAX_SIZE) -> File:
    """Return a file to upload.

    >>> file(("total.csv", b"day,orders")).size
    10

    :param given: a path, a name with a path, or a name with the content as bytes. A relative path
        starts at the folder in which the task runs; ``~`` is a name like any other; white space
        around a path that is a text does not count.
    :param called: how errors name it.
    :param limit: bytes that it may have.
    :raises ConfigError: it is not a file, or may not be sent.
    """
    if isinstance(given, File):
        return given
    named = isinstance(given, tuple) and len(given) == 2
    title, source = given if isinstance(given, tuple) and named else (None, given)
    content: Path | bytes
    if named and isinstance(source, _CONTENT):
        content, size, shown = bytes(source), len(source), _short(title)
    else:
        content = _path(called, source)
        size, shown = _size(called, content), _short(str(content))
        title = title if named else content.name
    name = _name(called, title)
    if not size:
        raise ConfigError(f"{called}: {shown} is empty (0 bytes), so there is nothing to show.")
    if size > limit:
        raise ConfigError(
            f"{called}: {shown} has {size} bytes, and at most {limit} may be sent. Send a smaller "
            "file, or a link to it."
        )
    return File(name, size, content)


def _is_pair(given: Sequence[object]) -> bool:
    """Tell whether this is a name with its content, and not a list of two paths."""
    return len(given) == 2 and isinstance(given[1], _CONTENT)


def _path(called: str, given: object) -> Path:
    text = given
    if isinstance(given, os.PathLike):
        text = os.fspath(given)
    elif isinstance(given, str):
        text = given.strip()
    if text is None or text in ("", "None"):
        raise ConfigError(
            f"{called} is missing: the template or the task that should name the file gave none. "
            "Leave the entry out if there is no file."
        )
    if isinstance(text, _CONTENT):
        raise ConfigError(f'{called} has no name: give ("name.csv", content).')
    if not isinstance(text, str):
        raise ConfigError(f"{called} must be {_KINDS}, not a value of type {type(given).__name__}.")
    if re.fullmatch(r"(?s)\[.*\]|\(.*\)", text) and not _exists(text):
        raise ConfigError(
            f"{called} is a list that a template made into a text: {_short(text)}. Give each file "
            "an entry of its own, or the DAG render_template_as_native_obj=True."
        )
    if re.match(r"[a-z][a-z0-9+.-]+://", text, re.IGNORECASE):
        raise ConfigError(
            f"{called}: {_short(text.partition('?')[0])} is an address and no path. Download it in "
            "the task, and give the path."
        )
    if "\n" in text and not _exists(text):
        raise ConfigError(
            f"{called}: {_short(text)} is a text and no path. Give content as bytes, with "
            ".encode()."
        )
    return Path(text)


def _exists(path: str) -> bool:
    try:
        return os.path.lexists(path)
    except ValueError:
        return False


def _size(called: str, path: Path) -> int:
    """Return the bytes of a file that can be read."""
    shown = _short(str(path))
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"{called}: {shown} does not exist{_looked_in(path)}. Check the path, and that the "
            "task that writes the file ran on the same machine."
        ) from None
    except ValueError:
        raise ConfigError(f"{called}: {shown} holds a character that no path has.") from None
    except OSError as error:
        raise ConfigError(f"{called}: {shown} cannot be read: {error.strerror}.") from None
    if stat.S_ISDIR(found.st_mode):
        raise ConfigError(f"{called}: {shown} is a folder. Give its files, or an archive of it.")
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"{called}: {shown} is no file but a pipe, a socket or a device.")
    return found.st_size


def _looked_in(path: Path) -> str:
    try:
        return "" if path.is_absolute() else f" in {str(Path.cwd())!r}"
    except OSError:  # that folder is gone
        return ""


def _name(called: str, name: object) -> str:
    """Return a name that arrives unchanged."""
    if not isinstance(name, str) or not name.strip(" ."):
        raise ConfigError(f"{called}: {_short(name)} is no name. {_RENAME}")
    # Quotes and backslashes end or change a name on its way; the others are not for eyes. Joiners
    # and marks of direction, of the category Cf, belong to emoji and to right-to-left names.
    wrong = [c for c in name if c in '/\\"' or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")]
    if wrong:
        raise ConfigError(f"{called}: the name {_short(name)} holds {wrong[0]!a}. {_RENAME}")
    if len(name.encode()) > MAX_NAME:
        raise ConfigError(f"{called}: the name {_short(name)} is too long. {_RENAME}")
    return name


def _short(value: object) -> str:
    """Return a value as an error shows it: one printable line."""
    shown = repr(value)
    return shown if len(shown) <= 160 else f"{shown[:120]}...{shown[-37:]}"


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
        api="team_chat",
        method="POST",
        url=url(base, "chat", "users", user_id, "files"),
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
