"""Files: what may be given, and the form in which one travels."""

from __future__ import annotations

import os
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.multipart import parse_options_header

from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.files import (
    MAX_SIZE,
    File,
    Form,
    content_type,
    file,
    files,
    upload,
)

NAME = "Übersicht 📊.csv"
ROWS = b"day,orders\n2026-11-02,17\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in that holds a small file."""
    (tmp_path / NAME).write_bytes(ROWS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_rights() -> Iterator[None]:
    """Be somebody to whom nothing belongs, if the tests run as root, who may read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


def refusal(check: Callable[..., object], *given: object, **named: int) -> str:
    """Return what a check says, which is one line."""
    with pytest.raises(ConfigError) as caught:
        check(*given, **named)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500
    return str(caught.value)


def content(checked: File) -> bytes:
    return b"".join(checked.pieces())


def test_a_path(folder: Path) -> None:
    """A path is a file with the last part of it as the name, however the path is given."""
    for path in (
        folder / NAME,
        str(folder / NAME),
        NAME,
        f" {NAME}\n",
        f"./../{folder.name}/{NAME}",
    ):
        found = file(path)
        assert (found.name, found.size, content(found)) == (NAME, len(ROWS), ROWS)
        with found.open() as stream:
            assert stream.read() == ROWS


def test_a_name_of_its_own(folder: Path) -> None:
    """A name goes with a path or with the content, and a file that is checked stays as it is."""
    assert file(("Orders.csv", NAME)).name == "Orders.csv"
    assert content(file(("Orders.csv", folder / NAME))) == ROWS
    assert content(file(("Orders.csv", bytearray(ROWS)))) == ROWS
    checked = file(("Orders.csv", ROWS))
    assert checked.size == len(ROWS)
    assert file(checked) is checked
    assert "orders" not in repr(checked)


def test_a_link_is_what_it_leads_to(folder: Path) -> None:
    """A link has a name of its own and the content of its target."""
    (folder / "latest.csv").symlink_to(folder / NAME)
    found = file("latest.csv")
    assert (found.name, content(found)) == ("latest.csv", ROWS)


def _missing(folder: Path) -> object:
    return folder / "missing.csv"


def _empty(folder: Path) -> object:
    (folder / "empty.csv").touch()
    return folder / "empty.csv"


def _pipe(folder: Path) -> object:
    os.mkfifo(folder / "pipe")
    return folder / "pipe"


def _socket(folder: Path) -> object:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
    return folder / "socket"


def _loop(folder: Path) -> object:
    (folder / "loop").symlink_to(folder / "loop")
    return folder / "loop"


def _large(folder: Path) -> object:
    with (folder / "large.bin").open("wb") as large:
        large.truncate(MAX_SIZE + 1)
    return folder / "large.bin"


def _quoted(folder: Path) -> object:
    (folder / 'a"b.csv').write_bytes(ROWS)
    return folder / 'a"b.csv'


def _undecodable(folder: Path) -> object:
    path = os.fsdecode(os.fsencode(folder) + b"/a\xff.csv")
    Path(path).write_bytes(ROWS)
    return path


RENAME = 'Give it another name: ("name.csv", path).'
NOTHING = (
    "file is missing: the template or the task that should name the file gave none. Leave the "
    "entry out if there is no file."
)
KINDS = 'file must be a path, ("name.csv", path) or ("name.csv", content as bytes), not a value of '
AS_TEXT = "Give each file an entry of its own, or the DAG render_template_as_native_obj=True."
PIPE = "is no file but a pipe, a socket or a device."


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            _missing,
            "file: '{folder}/missing.csv' does not exist. Check the path, and that the task that "
            "writes the file ran on the same machine.",
        ),
        (
            lambda _: "out/missing.csv",
            "file: 'out/missing.csv' does not exist in '{folder}'. Check the path, and that the "
            "task that writes the file ran on the same machine.",
        ),
        (
            lambda _: f"{NAME}/part",
            f"file: '{NAME}/part' does not exist in '{{folder}}'. Check the path, and that the "
            "task that writes the file ran on the same machine.",
        ),
        (_empty, "file: '{folder}/empty.csv' is empty (0 bytes), so there is nothing to show."),
        (
            lambda _: ("a.csv", b""),
            "file: 'a.csv' is empty (0 bytes), so there is nothing to show.",
        ),
        (
            lambda folder: folder,
            "file: '{folder}' is a folder. Give its files, or an archive of it.",
        ),
        (_pipe, f"file: '{{folder}}/pipe' {PIPE}"),
        (_socket, f"file: '{{folder}}/socket' {PIPE}"),
        (lambda _: "/dev/null", f"file: '/dev/null' {PIPE}"),
        (_loop, "file: '{folder}/loop' cannot be read: Too many levels of symbolic links."),
        (lambda _: "a\0b", "file: 'a\\x00b' holds a character that no path has."),
        (
            _large,
            "file: '{folder}/large.bin' has 1073741825 bytes, and at most 1073741824 may be sent. "
            "Send a smaller file, or a link to it.",
        ),
        (lambda _: None, NOTHING),
        (lambda _: "None", NOTHING),
        (lambda _: " \n", NOTHING),
        (lambda _: ("a.csv", None), NOTHING),
        (lambda _: 17, f"{KINDS}type int."),
        (lambda _: {"a.csv": b"a"}, f"{KINDS}type dict."),
        (lambda _: ["a.csv"], f"{KINDS}type list."),
        (lambda _: b"a.csv", 'file has no name: give ("name.csv", content).'),
        (
            lambda _: "['a.csv', 'b.csv']",
            "file is a list that a template made into a text: \"['a.csv', 'b.csv']\". " + AS_TEXT,
        ),
        (
            lambda _: "('a.csv', b'a')",
            "file is a list that a template made into a text: \"('a.csv', b'a')\". " + AS_TEXT,
        ),
        (
            lambda _: "s3://bucket/a.csv?X-Amz-Signature=abc",
            "file: 's3://bucket/a.csv' is an address and no path. Download it in the task, and "
            "give the path.",
        ),
        (
            lambda _: ("a.csv", ROWS.decode()),
            f"file: {ROWS.decode().strip()!r} is a text and no path. Give content as bytes, with "
            ".encode().",
        ),
        (_quoted, f"""file: the name 'a"b.csv' holds '"'. {RENAME}"""),
        (_undecodable, f"file: the name 'a\\udcff.csv' holds '\\udcff'. {RENAME}"),
        (lambda _: ("a\r\nX: y", b"a"), f"file: the name 'a\\r\\nX: y' holds '\\r'. {RENAME}"),
        (lambda _: ("../a.csv", b"a"), f"file: the name '../a.csv' holds '/'. {RENAME}"),
        (
            lambda _: ("ä" * 200, b"a"),
            f"file: the name '{'ä' * 119}...{'ä' * 36}' is too long. {RENAME}",
        ),
        (lambda _: ("..", b"a"), f"file: '..' is no name. {RENAME}"),
        (lambda _: (1, b"a"), f"file: 1 is no name. {RENAME}"),
    ],
)
def test_what_cannot_be_sent(folder: Path, make: Callable[[Path], object], words: str) -> None:
    """Whatever is no file to send is refused in one line that names it and the remedy."""
    assert refusal(file, make(folder)) == words.replace("{folder}", str(folder))


def test_a_file_that_may_not_be_read(folder: Path, no_rights: None) -> None:
    """A file of somebody else is refused, with the reason."""
    assert refusal(file, folder / NAME).endswith("cannot be read: Permission denied.")


@given(st.text(st.characters(), max_size=300) | st.binary() | st.none() | st.lists(st.text()))
def test_whatever_is_given(given: object) -> None:
    """Nothing that can be given is more than refused, in one line."""
    for check in (file, files):
        said = "fine"
        try:
            check(given)
        except ConfigError as error:
            said = str(error)
        assert len(said.splitlines()) == 1


def test_a_folder_that_is_gone(folder: Path) -> None:
    """A relative path says no place where the place is gone."""
    (folder / "gone").mkdir()
    os.chdir("gone")
    (folder / "gone").rmdir()
    assert "'a.csv' does not exist. Check the path" in refusal(file, "a.csv")


def test_a_list_that_is_a_path(folder: Path) -> None:
    """A file whose name looks like a list is a file all the same."""
    (folder / "[a]").write_bytes(ROWS)
    assert file("[a]").name == "[a]"


def test_the_files_of_a_message(folder: Path) -> None:
    """A list has its files in order; one file needs no list, and no file is none."""
    pair = ("b.csv", ROWS)
    assert [found.name for found in files([NAME, pair, file(pair)])] == [NAME, "b.csv", "b.csv"]
    assert [found.name for found in files((NAME, NAME))] == [NAME, NAME]
    assert [found.name for found in files([("c.csv", NAME)])] == ["c.csv"]
    for one in (NAME, folder / NAME, file(NAME)):
        assert [found.name for found in files(one)] == [NAME]
    assert [found.name for found in files(pair)] == ["b.csv"]
    assert files(None) == files([]) == files(()) == ()


@pytest.mark.parametrize(
    ("given", "named", "words"),
    [
        (
            ["missing"] * 7,
            {},
            "files has 7 entries, and a message takes 6 in all. Send the others with another "
            "message, or all in one archive.",
        ),
        (
            ["missing"] * 3,
            {"beside": 4},
            "files has 3 entries beside 4 file_ids, and a message takes 6 in all. Send the others "
            "with another message, or all in one archive.",
        ),
        ([NAME, None], {}, NOTHING.replace("file", "files[1]", 1)),
        ("", {}, NOTHING.replace("file", "files", 1)),
        ({"a": b"a"}, {}, KINDS.replace("file", "files", 1) + "type dict."),
        (
            [NAME],
            {"limit": 10},
            f"files[0]: '{NAME}' has {len(ROWS)} bytes, and at most 10 may be sent. Send a smaller "
            "file, or a link to it.",
        ),
    ],
)
def test_a_list_that_cannot_be_sent(
    folder: Path, given: object, named: dict[str, int], words: str
) -> None:
    """A list is refused by its length first, and then by the place of what is wrong."""
    assert refusal(files, given, **named) == words


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (ROWS[:-1], "and now has fewer"),
        (ROWS + b"x", "and now has more"),
        (None, "it can no longer be read (No such file or directory)"),
    ],
)
def test_a_file_that_changes_on_its_way(folder: Path, now: bytes | None, words: str) -> None:
    """A file that is no longer what was checked never becomes a whole form."""
    form = Form(file(NAME))
    if now is None:
        (folder / NAME).unlink()
    else:
        (folder / NAME).write_bytes(now)
    sent: list[bytes] = []
    with pytest.raises(ConfigError) as caught:
        sent.extend(iter(form))
    assert str(caught.value).startswith(f"Could not upload '{NAME}': ")
    assert words in str(caught.value)
    assert form.boundary.encode() + b"--" not in b"".join(sent)


def test_the_form(folder: Path) -> None:
    """A form is the file between two lines, and tells its length before it is read."""
    form = Form(file(NAME), boundary="b0undary")
    whole = (
        '--b0undary\r\nContent-Disposition: form-data; name="file"; '
        f'filename="{NAME}"\r\nContent-Type: text/csv\r\n\r\n{ROWS.decode()}\r\n--b0undary--\r\n'
    ).encode()
    assert len(form) == len(whole)
    assert b"".join(form) == whole
    assert b"".join(form) == whole  # each try reads it anew


def test_boundaries_differ() -> None:
    """Nobody can know the boundary of a form and write it into a file."""
    one = file(("a.csv", ROWS))
    assert Form(one).boundary != Form(one).boundary


@given(st.text(max_size=80))
def test_any_name_arrives_or_is_refused(name: str) -> None:
    """A name either arrives to the letter or is refused before anything is sent."""
    try:
        checked = file((name, b"a"))
    except ConfigError:
        return
    disposition = b"".join(Form(checked)).split(b"\r\n")[1].partition(b": ")[2]
    assert parse_options_header(disposition) == (
        b"form-data",
        {b"name": b"file", b"filename": name.encode()},
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("chart.png", "image/png"),
        ("CHART.JPEG", "image/jpeg"),
        ("a.b.csv", "text/csv"),
        ("sales.csv.gz", "application/octet-stream"),
        ("README", "application/octet-stream"),
        ("data:text;html,.nothing-known", "application/octet-stream"),
    ],
)
def test_content_types(name: str, kind: str) -> None:
    """The end of the name tells what a file is; what is packed is only bytes."""
    assert content_type(name) == kind


def test_the_request(folder: Path) -> None:
    """An upload goes to the user's files, is not posted to the user alone, and may be repeated."""
    request = upload("https://file.zoom.us/v2", "ann@example.com", file(NAME))
    assert request.method == "POST"
    assert request.url == "https://file.zoom.us/v2/chat/users/ann%40example.com/files"
    assert request.params == {"postToPersonalChat": "false"}
    assert request.doing == f"upload '{NAME}' ({len(ROWS)} bytes)"
    assert (request.repeatable, request.follows, request.id_key) == (True, True, "id")
    assert isinstance(request.streamed, Form)
    assert request.headers["Content-Type"] == (
        f"multipart/form-data; boundary={request.streamed.boundary}"
    )


def test_a_large_file_has_more_time(folder: Path) -> None:
    """A call's time grows by a second for each 256 KiB of the file."""
    with (folder / "large.bin").open("wb") as large:
        large.truncate(200 * 1024 * 1024)
    request = upload("https://file.zoom.us/v2", "u", file("large.bin"))
    assert round(request.transfer_time) == 800


def test_a_large_file_takes_no_memory(folder: Path) -> None:
    """No more than a few pieces of a file are in memory at any time."""
    with (folder / "large.bin").open("wb") as large:
        large.truncate(50 * 1024 * 1024)
    form = Form(file("large.bin"))
    tracemalloc.start()
    try:
        assert sum(len(piece) for piece in form) == len(form)
        assert tracemalloc.get_traced_memory()[1] < 1024 * 1024
    finally:
        tracemalloc.stop()
