from __future__ import annotations

import json
import socket
import threading
import time

import pytest
import requests

from airflow_provider_zoomchat.sandbox import Sandbox, oauth, world
from airflow_provider_zoomchat.sandbox.server import MAX_NOTED
from airflow_provider_zoomchat.sandbox.state import KEPT
from sandbox.caller import Caller, code, fill


def test_environment(zoom: Sandbox) -> None:
    """The default connections lead to the sandbox, and so does one for a user's app."""
    connections = {name: json.loads(text) for name, text in zoom.environment().items()}

    found = {name: (each["host"], each["extra"]["app_type"]) for name, each in connections.items()}
    assert found == {
        "AIRFLOW_CONN_ZOOM_DEFAULT": (zoom.url, "server_to_server"),
        "AIRFLOW_CONN_ZOOM_USER_OAUTH": (zoom.url, "user_oauth"),
        "AIRFLOW_CONN_ZOOM_CHATBOT_DEFAULT": (zoom.url, "chatbot"),
        "AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT": (zoom.url, "incoming_webhook"),
    }
    assert "login" not in connections["AIRFLOW_CONN_ZOOM_WEBHOOK_DEFAULT"]


def test_start_and_stop() -> None:
    """A stopped sandbox leaves no thread and no listener, and can start again on its port."""
    threads = threading.active_count()
    zoom = Sandbox().start()
    url = zoom.url
    zoom.stop()

    assert threading.active_count() == threads
    with pytest.raises(requests.ConnectionError):
        requests.get(url)
    with zoom:
        assert zoom.url == url
        assert requests.get(url).status_code == 200


def test_renew() -> None:
    """A sandbox that is renewed is empty, knows nobody's token, and nothing old comes into it."""
    with Sandbox() as zoom:
        zoom.add_channel("added-channel-0001")
        zoom.limits = True
        zoom.hang(0.5, path="/v2/chat")
        old = Caller(zoom)
        sends = threading.Thread(target=old.send)
        sends.start()
        while not zoom.requests("/v2/chat"):
            time.sleep(0.01)
        zoom.renew()
        sends.join()
        assert (zoom.messages(), zoom.requests(), zoom.limits) == ([], [], False)
        assert code(old.send()) == (401, 124)
        new = Caller(zoom)
        assert code(new.send(to_channel="added-channel-0001")) == (404, 4130)
        zoom.stop()
        zoom.renew()
        assert Caller(zoom).send().status_code == 201


def test_stop_with_a_hanging_call() -> None:
    """A call that hangs does not hold up the end."""
    with Sandbox() as zoom:
        zoom.hang(60)
        port = int(zoom.url.rpartition(":")[2])
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(b"GET /v2/users/x HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not zoom.requests():
            time.sleep(0.01)
        began = time.monotonic()

    client.close()
    assert time.monotonic() - began < 30


def test_taken_port(zoom: Sandbox) -> None:
    """A port that is taken is an error at once."""
    with pytest.raises(OSError, match="in use"):
        Sandbox(port=int(zoom.url.rpartition(":")[2])).start()


def test_state(zoom: Sandbox) -> None:
    """The state is the same from Python and over HTTP, and keeps no secret."""
    login = zoom.connection("chatbot")
    issued = zoom.state()["tokens_issued"]
    form = {"grant_type": "client_credentials", "client_secret": "sandbox-bot-client-secret"}
    token = requests.post(
        zoom.url + "/oauth/token", data=form, auth=(login["login"], login["password"])
    ).json()["access_token"]
    text = requests.get(zoom.url + "/sandbox/state.json").text

    assert json.loads(text) == zoom.state()
    assert token not in text
    assert "secret" not in text.replace('"client_secret": "***"', "")
    assert "Basic" not in text
    assert zoom.state()["tokens_issued"] == issued + 1


def test_its_addresses(zoom: Sandbox) -> None:
    """Its addresses are listed, one it does not play is named, each answer has a tracking id."""
    listed = requests.get(zoom.url + "/sandbox/")
    unknown = requests.patch(zoom.url + "/v2/chat/users/x/messages?to_channel=1")

    assert listed.headers["content-type"].startswith("text/plain")
    assert "/sandbox/state.json" in listed.text
    assert "PATCH  /v2/chat/users/{user_id}/messages/{message_id}/emoji_reac" in listed.text
    address = "/v2/chat/users/x/messages (query: to_channel)"
    message = f"The sandbox does not play PATCH {address}."
    assert (unknown.status_code, unknown.json()) == (404, {"code": 404, "message": message})
    assert len({each.headers["x-zm-trackingid"] for each in (listed, unknown)}) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/sandbox/limits", b"{}", 400),
        ("/sandbox/limits", b'{"on": 1}', 400),
        ("/sandbox/limits", b'{"on": true}', 200),
        ("/sandbox/faults", b"\xff\xfe", 400),
        ("/sandbox/reset", b"", 204),
        ("/sandbox/expire-tokens", b"", 204),
        ("/sandbox/answers", b"", 400),
        ("/sandbox/answers", b'{"message": "x", "text": 1, "by": "ann@example.com"}', 400),
        ("/sandbox/reactions", b"[]", 400),
        ("/sandbox/unknown", b"", 404),
    ],
)
def test_control(zoom: Sandbox, path: str, body: bytes, status: int) -> None:
    """The sandbox's own addresses take what they understand and refuse the rest."""
    assert requests.post(zoom.url + path, data=body).status_code == status


GARBAGE = {
    "cut": b"{cut",
    "binary": b"\x00\xff\xfe",
    "nan": b"NaN",
    "null": b"null",
    "bomb": b"[" * 100_000,
    "deep": b"[" * 200 + b"]" * 200,
    "surrogate": b'{"message": "\\ud800", "to_channel": "\\ud800"}',
    "infinity": b'{"content": {"head": {"text": "x"}}, "message": "x", "at_items": -1e999}',
    "number": b"9" * 5000,
    "huge": b"x" * 3_000_000,
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
def test_garbage(zoom: Sandbox, body: bytes) -> None:
    """Nonsense is refused on every API, and the sandbox lives on."""
    token = oauth.new_token(zoom.chat, world.SERVER_TO_SERVER)
    bot_token = oauth.new_token(zoom.chat, world.CHATBOT)
    webhook = zoom.connection("incoming_webhook")["extra"]
    addresses = [
        ("/v2/chat/users/airflow@example.com/messages", f"Bearer {token}"),
        ("/v2/im/chat/messages", f"Bearer {bot_token}"),
        (webhook["webhook_url"].removeprefix(zoom.url) + "?format=full", "x"),
        ("/oauth/token", "Basic !"),
        ("/sandbox/faults", ""),
    ]
    for path, authorization in addresses:
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        answer = requests.post(zoom.url + path, data=body, headers=headers)
        assert 400 <= answer.status_code < 500
    assert zoom.messages() == []
    assert len(zoom.state()["requests"]) == 4


def test_infinity(caller: Caller) -> None:
    """A number that no JSON can say is refused, and what tells of it is JSON all the same."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    body = caller.card(content={"body": [{"type": "message", "text": "x", "more": "1e999"}]})
    text = json.dumps(body).replace('"1e999"', "1e999")
    headers = {
        "Authorization": f"Bearer {caller.bot_token}",
        "Content-Type": "application/json",
    }
    url = f"{caller.zoom.url}/v2/im/chat/messages"
    assert requests.post(url, data=text, headers=headers, timeout=5).status_code == 400
    for path in ("state.json", "requests"):
        shown = requests.get(f"{caller.zoom.url}/sandbox/{path}", timeout=5).text
        assert json.loads(shown, parse_constant=refuse)["requests"]


@pytest.mark.parametrize("more", [0, 1], ids=["just fits", "too long"])
def test_a_long_body(caller: Caller, more: int) -> None:
    """Of a long body or answer the beginning is kept, and how long it was, and no secret."""
    path = "/v2/chat/users/me/messages"
    body = {"password": "hid", "message": ""}
    body["message"] = "x" * (MAX_NOTED - len(json.dumps(body)) + more)
    caller.zoom.fail(400, body="y" * (MAX_NOTED + more))
    caller.call("POST", path, json=body)
    (told,) = caller.zoom.requests(path)
    if not more:
        assert told["body"] == {**body, "password": "***"}
        assert told["answer"] == "y" * MAX_NOTED
        return
    assert told["body"].startswith('{"password": "***", "message": "xxx')
    assert told["body"].endswith('xxx" ... (65,537 bytes in all)')
    assert told["answer"] == "y" * MAX_NOTED + " ... (65,537 bytes in all)"


@pytest.mark.parametrize("path", ["/" + "x/" * 5000, "/%ff%fe", "//", "/sandbox"], ids=len)
def test_odd_paths(zoom: Sandbox, path: str) -> None:
    """An odd path is an unknown one."""
    assert requests.get(zoom.url + path).status_code in (200, 404)


def test_an_encoded_slash(caller: Caller) -> None:
    """A slash in an id is part of the id."""
    answer = caller.chat("POST", user="a%2Fb", json={"message": "x", "to_channel": "c"})
    assert answer.json() == {"code": 1001, "message": "User does not exist: a/b."}
    answer = caller.call("GET", "/v2/users%2Fx")
    assert answer.json()["message"] == "The sandbox does not play GET /v2/users/x."


def test_half_a_call(zoom: Sandbox) -> None:
    """A caller who leaves in the middle of a body has said nothing."""
    extra = zoom.connection("incoming_webhook")["extra"]
    path = extra["webhook_url"].removeprefix(zoom.url)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        f"Authorization: {extra['verification_token']}\r\n\r\nLoad is"
    )
    with socket.create_connection(("127.0.0.1", int(zoom.url.rpartition(":")[2]))) as client:
        client.sendall(head.encode())
    for _ in range(5):
        requests.get(zoom.url)

    assert zoom.messages() == []
    assert zoom.requests() == []


def test_kept(zoom: Sandbox) -> None:
    """Only the newest messages are kept."""
    ids = fill(zoom, *[""] * (KEPT + 5))
    assert [message["id"] for message in zoom.messages()] == ids[5:]


def test_many_callers(zoom: Sandbox) -> None:
    """Sends of several threads all arrive."""
    extra = zoom.connection("incoming_webhook")["extra"]

    def post() -> None:
        with requests.Session() as session:
            for _ in range(25):
                session.post(
                    extra["webhook_url"],
                    data="Late",
                    headers={"Authorization": extra["verification_token"]},
                )

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({message["id"] for message in zoom.messages(text="Late")}) == 100


def test_what_is_at_no_address(caller: Caller) -> None:
    """A call of a wrong path, and one whose body is too large, are requests all the same."""
    assert caller.call("POST", "//oauth/token").status_code == 404
    assert caller.call("POST", "/oauth/token", data=b"x" * (2 * 1024 * 1024 + 1)).status_code == 413
    noted = [(one["path"], one["status"]) for one in caller.zoom.requests()]
    assert noted == [("//oauth/token", 404), ("/oauth/token", 413)]


def test_no_name_of_a_channel(caller: Caller) -> None:
    """A channel without a name is none, and not every conversation."""
    caller.send(to_contact="ann@example.com")
    assert caller.zoom.messages(channel="") == []
