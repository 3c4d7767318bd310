from __future__ import annotations

import asyncio
import base64
import hashlib
import io
from collections.abc import Iterable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.sandbox.activity_log import changes, transcript
from airflow_provider_zoomchat.sandbox.file_store import Files, picture, size
from airflow_provider_zoomchat.sandbox.http import BAD_DISPOSITION, Call
from airflow_provider_zoomchat.sandbox.render import html
from airflow_provider_zoomchat.sandbox.state import Chat, Options
from sandbox.caller import Caller, code

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
FORM = "multipart/form-data; boundary=b"
QUOTED = 'form-data; name="file"; filename="a.csv"'


def upload(
    caller: Caller, content: bytes = b"a,b\n", name: str = "orders.csv", **parts: Any
) -> requests.Response:
    """Upload a file, by default quietly and as the connection's user."""
    user = parts.pop("user", "airflow@example.com")
    parts.setdefault("params", {"postToPersonalChat": "false"})
    if "data" not in parts:
        parts.setdefault("files", {"file": (name, content)})
    if "content_type" in parts:
        token = {"Authorization": f"Bearer {caller.user_token}"}
        headers = {**token, "Content-Type": parts.pop("content_type")}
        url = f"{caller.zoom.url}/v2/chat/users/{user}/files"
        return requests.post(url, headers=headers, timeout=5, **parts)
    return caller.call("POST", f"/v2/chat/users/{user}/files", **parts)


def form(disposition: str, content: bytes = b"x") -> bytes:
    """Return a form of one part."""
    head = f"--b\r\nContent-Disposition: {disposition}\r\nContent-Type: text/csv\r\n\r\n"
    return head.encode() + content + b"\r\n--b--\r\n"


def test_upload(caller: Caller) -> None:
    """A file is stored as it came and can be had from Python and over HTTP."""
    content = bytes(range(256)) * 1000
    file_id = upload(caller, content, "Übersicht 📊.bin").json()["id"]

    assert caller.zoom.files() == caller.zoom.state()["files"]
    (file,) = caller.zoom.files()
    assert file == {
        "id": file_id,
        "name": "Übersicht 📊.bin",
        "size": 256_000,
        "content_type": file["content_type"],
        "sha256": hashlib.sha256(content).hexdigest(),
        "image": "",
        "owner": "airflow@example.com",
    }
    assert caller.zoom.file_bytes(file_id) == content
    served = requests.get(f"{caller.zoom.url}/sandbox/files/{file_id}")
    assert served.content == content
    assert served.headers["content-type"] == "application/octet-stream"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%C3%9Cbersicht%20%F0%9F%93%8A.bin"
    )
    assert caller.zoom.messages() == []


def test_in_a_message(caller: Caller) -> None:
    """A message lists its files, to a reader and in the sandbox's own state."""
    file_ids = [upload(caller).json()["id"], upload(caller, PNG, "chart.PNG").json()["id"]]
    message_id = caller.send("March", file_ids=file_ids).json()["id"]

    (message,) = caller.zoom.messages()
    assert message["file_ids"] == file_ids
    assert message["files"] == caller.zoom.files()
    assert [file["image"] for file in message["files"]] == ["", "image/png"]
    read = caller.chat("GET", message_id, params={"to_channel": caller.channel}).json()
    assert [(file["file_id"], file["file_name"], file["file_size"]) for file in read["files"]] == [
        (file_ids[0], "orders.csv", 4),
        (file_ids[1], "chart.PNG", 28),
    ]
    assert read["file_name"] == "orders.csv"  # the first one stands beside the list too
    assert requests.get(read["files"][1]["download_url"]).content == PNG


def test_personal_chat(caller: Caller) -> None:
    """Unless it is told not to, an upload also posts the file in the user's own chat."""
    file_id = upload(caller, params={}).json()["id"]

    (message,) = caller.zoom.messages()
    assert (message["contact"], message["file_ids"]) == ("airflow@example.com", [file_id])


def bad(disposition: str) -> dict[str, Any]:
    return {"data": form(disposition), "content_type": FORM}


#: What is wrong with an upload, and words of the refusal.
REFUSED = {
    "name": ({"files": {"files": ("a", b"x")}}, "no file in a part named 'file'"),
    "empty": ({"files": {"file": ("a", b"")}}, "The file is empty."),
    "two": ({"files": [("file", ("a", b"x")), ("more", ("b", b"x"))]}, "more than one"),
    "twice": ({"files": [("file", ("a", b"x"))] * 2}, "Two files in a part named 'file'"),
    "type": ({"data": b"x", "content_type": "text/csv"}, "multipart/form-data"),
    "urlencoded": ({"data": {"file": "x"}}, "multipart/form-data"),
    "no boundary": ({"data": b"x", "content_type": FORM[:19]}, "Missing boundary"),
    "nothing": ({"data": b"", "content_type": FORM}, "has no end"),
    "no form": ({"data": b"x" * 99, "content_type": FORM}, "is broken"),
    "cut": ({"data": form(QUOTED)[:-6], "content_type": FORM}, "has no end"),
    "a field": (bad('form-data; name="file"'), "no file in a part named 'file'"),
    "no file name": (bad(QUOTED.replace("a.csv", "")), "no file in a part named 'file'"),
    "parts": (
        {"data": form('form-data; name="a"')[:-7] * 30 + form(QUOTED), "content_type": FORM},
        "is broken",
    ),
    "unquoted": (bad("form-data; name=file; filename=a.csv"), BAD_DISPOSITION),
    "unquoted file name": (bad('form-data; name="file"; filename=a.csv'), BAD_DISPOSITION),
    "unquoted name": (bad('form-data; name=file; filename="a.csv"'), BAD_DISPOSITION),
    "RFC 5987": (bad("form-data; name=\"file\"; filename*=utf-8''a.csv"), BAD_DISPOSITION),
    "quoted RFC 5987": (
        bad('form-data; name="file"; filename*="UTF-8\'\'a.png"'),
        "ultipart form",
    ),
    "attachment": (bad('attachment; name="file"; filename="a.csv"'), BAD_DISPOSITION),
    "nameless": (bad('form-data; filename="a.csv"'), BAD_DISPOSITION),
    "bare": (bad("form-data"), BAD_DISPOSITION),
    "no disposition": (bad(""), BAD_DISPOSITION),
    "long": (bad(f'form-data; name="file"; filename="{"a" * 20_000}"'), "multipart form"),
}


@pytest.mark.parametrize(("parts", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(caller: Caller, parts: dict[str, Any], message: str) -> None:
    """What is not one file in a part of the right and quoted name is refused."""
    answer = upload(caller, **parts)

    assert code(answer) == (400, 300)
    assert message in answer.json()["message"]
    assert caller.zoom.files() == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [("a b;c.csv", "a b;c.csv"), (r"say \"hi\".csv", 'say "hi".csv'), ("a\\b.csv", "a\\b.csv")],
)
def test_names(caller: Caller, sent: str, name: str) -> None:
    """A quoted name may hold anything; a quotation mark in it has a backslash before it."""
    upload(caller, **bad(f'form-data; name="file"; filename="{sent}"'))

    assert [file["name"] for file in caller.zoom.files()] == [name]


def test_too_large() -> None:
    """A file beyond the limit is refused after it was read, and one of just that size is taken."""
    with Sandbox(file_limit=1000) as zoom:
        caller = Caller(zoom)
        answers = [upload(caller, b"x" * length) for length in (1000, 1001, 5_000_000)]

    assert [answer.status_code for answer in answers] == [201, 400, 400]
    too_large = {"code": 300, "message": "Maximum file size exceeded: 1000 bytes."}
    assert [answer.json() for answer in answers[1:]] == [too_large, too_large]


@pytest.mark.parametrize(
    ("user", "token", "expected"),
    [
        ("nobody@example.com", None, (404, 1001)),
        ("me", None, (404, 1001)),
        ("airflow@example.com", "wrong", (400, 124)),
    ],
)
def test_who_may(caller: Caller, user: str, token: str | None, expected: tuple[int, int]) -> None:
    """An upload wants a user and a good token; a bad one is a 400 on the file host."""
    assert code(upload(caller, user=user, token=token)) == expected
    assert caller.zoom.files() == []


def test_of_somebody_else(caller: Caller) -> None:
    """A file of another user is as unknown as one that was never uploaded."""
    file_id = upload(caller, user="ann@example.com").json()["id"]

    assert code(caller.send(file_ids=[file_id])) == (400, 5404)
    assert code(caller.send(file_ids=["none"])) == (400, 5404)
    body = {"message": "x", "to_channel": caller.channel, "file_ids": [file_id]}
    assert caller.chat("POST", user="ann@example.com", json=body).status_code == 201


def test_edit(caller: Caller) -> None:
    """An edit keeps the files it does not speak of, takes others, and clears them all with none."""
    first, second = (upload(caller, name=name).json()["id"] for name in ("a.csv", "b.csv"))
    message_id = caller.send("March", file_ids=[first]).json()["id"]

    for fields, names in (
        ({}, ["a.csv"]),
        ({"file_ids": [second, first]}, ["b.csv", "a.csv"]),
        ({"file_ids": []}, []),
    ):
        body = {"message": "April", "to_channel": caller.channel, **fields}
        assert caller.chat("PUT", message_id, json=body).status_code == 204
        assert [file["name"] for file in caller.zoom.messages()[0]["files"]] == names
    body = {"to_channel": caller.channel, "file_ids": [first]}
    answer = caller.chat("PUT", message_id, json=body)
    assert code(answer) == (400, 300)
    assert answer.json()["message"].startswith("A plain text message that is sent without any")


def test_redirect(caller: Caller) -> None:
    """A redirect is answered after the body was read, and the file arrives where it leads."""
    path = "/v2/chat/users/airflow@example.com/files"
    target = f"{caller.zoom.url}{path}?postToPersonalChat=false"
    caller.zoom.redirect(target, path="/files", status=307)
    answer = upload(caller, b"x" * 3_000_000)

    assert [each.status_code for each in (*answer.history, answer)] == [307, 201]
    assert [file["size"] for file in caller.zoom.files()] == [3_000_000]
    noted = {"file": {"filename": "orders.csv", "size": 3_000_000}}
    assert [each["body"] for each in caller.zoom.requests("/files")] == [noted, noted]


@pytest.mark.parametrize("accept", [False, True])
def test_faults(caller: Caller, accept: bool) -> None:
    """A fault can be had of an upload; the file is there only if so wished."""
    caller.zoom.cut(path="/files", accept=accept)
    with pytest.raises(requests.RequestException):
        upload(caller)
    assert len(caller.zoom.files()) == accept
    assert len(caller.zoom.requests("/files")) == 1
    assert upload(caller).status_code == 201


def test_reset_and_stop() -> None:
    """A reset forgets the files, and a stop leaves none of their bytes behind."""
    with Sandbox() as zoom:
        caller = Caller(zoom)
        first = upload(caller).json()["id"]
        folder = zoom.chat.files.path(first).parent
        zoom.reset()
        assert zoom.files() == []
        with pytest.raises(LookupError, match="has no file"):
            zoom.file_bytes(first)
        assert not folder.exists()
        second = upload(caller).json()["id"]
        folder = zoom.chat.files.path(second).parent

    assert not folder.exists()
    assert [file["id"] for file in zoom.files()] == [second]
    with pytest.raises(LookupError, match="not kept"):
        zoom.file_bytes(second)


def test_what_is_kept() -> None:
    """Of all bytes only the newest are kept, while the files are still known by name."""
    files = Files(bytes_kept=10)
    contents = {"a": b"12345", "b": b"12345", "c": b"12345", "d": b"x" * 50}
    ids = [files.add(io.BytesIO(text), name, "", "").id for name, text in contents.items()]

    assert [file.name for file in files.entries.values()] == ["a", "b", "c", "d"]
    kept = [files.path(ids[1]), files.path(ids[2])]
    assert sorted(kept[0].parent.iterdir()) == sorted(kept)
    for file_id in (ids[0], ids[3]):
        with pytest.raises(LookupError, match="not kept"):
            files.path(file_id)
    files.close()


@pytest.mark.parametrize("file_id", ["none", "..%2F..%2Fetc%2Fpasswd", "%00", "a" * 5000])
def test_served_unknown(zoom: Sandbox, file_id: str) -> None:
    """A file that is not there is a 404 with one line."""
    answer = requests.get(f"{zoom.url}/sandbox/files/{file_id}")

    assert answer.status_code == 404
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.png", PNG, "image/png"),
        ("a.PNG", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.png", b"<script>", ""),
        ("a.svg", b"<svg>", ""),
        ("a.html", PNG, ""),
        ("png", PNG, ""),
    ],
)
def test_pictures(name: str, content: bytes, shown: str) -> None:
    """A picture is what has both the name and the beginning of one."""
    assert picture(name, content) == shown


def test_served_picture(caller: Caller) -> None:
    """A picture is shown and not downloaded; what only claims to be one is not."""
    for name, content in (("a.png", PNG), ("b.png", b"<script>alert(1)</script>")):
        upload(caller, files={"file": (name, content, "text/html")})
    headers = [
        requests.get(f"{caller.zoom.url}/sandbox/files/{file['id']}").headers
        for file in caller.zoom.files()
    ]

    assert [
        (each["content-type"], each["content-disposition"].partition(";")[0]) for each in headers
    ] == [("image/png", "inline"), ("application/octet-stream", "attachment")]


def test_on_the_page(caller: Caller) -> None:
    """The page shows a small picture as itself, and any other file as a box with name and size."""
    names = {"chart.png": PNG, "orders <1>.csv": b"x" * 12_345, "big.png": PNG + b"x" * 1_000_000}
    file_ids = [upload(caller, content, name).json()["id"] for name, content in names.items()]
    caller.send("", file_ids=file_ids)

    images = caller.zoom.images()
    assert list(images) == file_ids[:1]
    uri = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    source = html.page(caller.zoom.messages(), "Chat", images)
    assert f'<img src="{uri}" alt="chart.png" title="chart.png">' in source
    assert "orders &lt;1&gt;.csv</bdi></div>" in source
    assert "12 kB" in source
    assert source.count("<img") == 1
    assert "<img" not in html.page(caller.zoom.messages(), "Chat")
    live = html.message(caller.zoom.messages()[0], {file_ids[0]: f"/sandbox/files/{file_ids[0]}"})
    assert f'<img src="/sandbox/files/{file_ids[0]}"' in live


@pytest.mark.parametrize(
    "address",
    ["https://x.io/a.png", "//x.io", 'data:image/png;base64,"onload="', "data:text/html,"],
)
def test_hostile_address(address: str) -> None:
    """A picture comes from the page or the sandbox itself, whatever a caller gives."""
    file = {"id": "f", "name": "a.png", "size": 1, "image": "image/png"}
    message = {
        **{"id": "m", "channel": "c", "channel_name": "c", "sender": "A", "text": "", "time": ""},
        **{"content": None, "visible_to_user": None, "reply_to": None, "edited": False},
        **{"deleted": False, "files": [file], "interactive_cards": []},
        **{"rich_text": [], "at_items": []},
    }
    assert "<img" not in html.message(message, {"f": address})


def test_in_the_transcript(caller: Caller) -> None:
    """A terminal shows a line for each file, without what it would obey."""
    one = upload(caller, b"x" * 12_345).json()["id"]
    two = upload(caller, **bad(QUOTED.replace("a.csv", "\x1b[2J.csv")))
    caller.send("Orders\nof March", file_ids=[one, two.json()["id"]])
    caller.send("", file_ids=[one])

    lines = [
        line.split("  Airflow  ")[-1].strip()
        for line in transcript(caller.zoom.messages()).splitlines()
    ]
    csv = "📎 orders.csv (12 kB)"
    assert lines == ["#data-pipelines", "Orders", "of March", csv, "📎 \ufffd[2J.csv (1 B)", csv]
    assert list(changes([], caller.zoom.messages())) == [
        f"#data-pipelines  Airflow posts: Orders ...  {csv}  📎 \ufffd[2J.csv (1 B)",
        f"#data-pipelines  Airflow posts: {csv}",
    ]


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (12_345, "12 kB"), (3_400_000, "3.4 MB")],
)
def test_size(count: int, words: str) -> None:
    """Sizes are told as people read them."""
    assert size(count) == words


def read_form(content_type: str, pieces: Iterable[bytes]) -> tuple[str, dict[str, bytes]]:
    """Return what is wrong with a form, and its files."""
    bodies = iter([*pieces, b""])

    async def receive() -> dict[str, Any]:
        body = next(bodies)
        return {"type": "http.request", "body": body, "more_body": body != b""}

    async def read() -> tuple[str, dict[str, bytes]]:
        headers = [(b"content-type", content_type.encode())]
        chat = Chat(Options(file_limit=1000))
        call = Call({"type": "http", "headers": headers}, receive, chat, lambda: False)
        await call.read()
        files = {name: await file.read() for name, file in call.uploads.items()}
        await call.close()
        return call.form_fault, files

    return asyncio.run(read())


@given(
    content=st.binary(max_size=200)
    | st.lists(st.sampled_from([b"\r", b"\n", b"--b", b"x"])).map(b"".join),
    step=st.integers(1, 70),
    more=st.binary(max_size=30),
)
def test_any_content(content: bytes, step: int, more: bytes) -> None:
    """A file arrives byte by byte as it was sent, in whatever pieces the body comes."""
    # A content that holds the boundary is no fault of the reader's.
    boundary = b"--" + b"q" * 20
    body = form(QUOTED, content).replace(b"--b", boundary)
    content = content.replace(b"--b", boundary)
    if b"\r\n--" in content:
        return
    pieces = [body[start : start + step] for start in range(0, len(body), step)]
    found = read_form("multipart/form-data; boundary=" + "q" * 20, [*pieces, more])

    assert found == ("", {"file": content})


ODD_PARTS = [b"--b", b"--", b"\r\n", b"\r\n\r\n", QUOTED.encode(), b"Content-Disposition: ", b"x"]


@given(body=st.lists(st.sampled_from(ODD_PARTS) | st.binary(max_size=5)).map(b"".join))
def test_any_body(body: bytes) -> None:
    """No body, however odd, upsets the reader of forms."""
    fault, files = read_form(FORM, [body])

    assert fault or files or b"--b--" in body
