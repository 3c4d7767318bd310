"""Tokens that processes share, in Airflow's own Variables, with the sandbox as Zoom."""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from airflow import settings
from airflow.models import Variable
from conftest import dag_file, fork
from conftest import stored_variables as variables

from airflow_provider_zoomchat import _compat
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.tools.cli import main
from airflow_provider_zoomchat.tools.doctor import examine
from airflow_provider_zoomchat.zoom import client
from airflow_provider_zoomchat.zoom.auth import read_token
from airflow_provider_zoomchat.zoom.errors import CredentialsError, ZoomChatError

AIRFLOW = tuple(int(part) for part in airflow_version.split(".")[:2])
Connect = Callable[..., ZoomHook]

pytestmark = pytest.mark.usefixtures("without_variables")


def authorize(zoom: Sandbox, hook: ZoomHook, lasts: float | None = None) -> None:
    """Put the token there that a user has given the app of a hook.

    :param lasts: seconds, if it is to end sooner.
    """
    shared = hook.client._shared
    assert shared is not None
    answer = zoom.authorize()
    if lasts is not None:
        answer["expires_in"] = lasts
    shared.write(read_token(answer, shared.now()))


def token_calls(zoom: Sandbox) -> int:
    """Return how often Zoom was asked for a token."""
    return sum(each["method"] == "POST" for each in zoom.requests("/oauth/token"))


@pytest.mark.parametrize("app_type", ["server_to_server", "chatbot"])
def test_processes_share_one(app_type: str, connect: Connect, zoom: Sandbox) -> None:
    """A process that comes later asks nobody; an export of Variables shows nothing of the token."""
    send = "send_message" if app_type == "server_to_server" else "send_chatbot_message"
    getattr(connect(app_type, share_tokens=True), send)(message="one")
    client.forget()
    getattr(connect(app_type, share_tokens="true"), send)(message="two")
    assert token_calls(zoom) == 1
    ((name, text),) = variables().items()
    assert name.startswith("zoomchat_token_")
    assert all(token not in text for token in zoom.chat.tokens)
    assert "sandbox" not in name + text
    client.forget()
    getattr(connect(app_type), send)(message="three")
    assert token_calls(zoom) == 2


def test_names(connect: Connect, zoom: Sandbox) -> None:
    """A token has one name whatever the connection's id, and another for each app and account."""
    names = set()
    for fields in (
        {},
        {"channel": "c" * 32},
        {"account_id": "another"},
        {"login": "another"},
        {"app_type": "chatbot"},
        {"host": "http://localhost:1"},
    ):
        shared = connect(**{"share_tokens": True, **fields}).client._shared
        assert shared is not None
        names.add(shared.name)
    assert len(names) == 5


@pytest.mark.oldest_and_newest
def test_tokens_that_end_early(connect: Connect, zoom: Sandbox) -> None:
    """Where Zoom has ended the shared token, a fresh one takes its place for all."""
    connect(share_tokens=True).send_message(message="one")
    for text in ("two", "three"):
        zoom.expire_tokens()
        client.forget()
        connect(share_tokens=True).send_message(message=text)
    client.forget()
    connect(share_tokens=True).send_message(message="four")
    assert [each["text"] for each in zoom.messages()] == ["one", "two", "three", "four"]
    assert token_calls(zoom) == 3


def test_a_process_that_knows_an_older_one(connect: Connect, zoom: Sandbox) -> None:
    """Whose token Zoom has ended takes the newer one that another process has asked for."""
    hook = connect(share_tokens=True)
    hook.send_message(message="one")
    zoom.expire_tokens()
    place = client.TOKENS.entry((hook.settings.hosts.oauth, hook.settings.credentials))
    old, place.token = place.token, None
    connect(share_tokens=True).send_message(message="two")
    place.token = old
    hook.send_message(message="three")
    assert token_calls(zoom) == 2
    assert len(zoom.messages()) == 3


def test_older_tokens_that_die(connect: Connect, zoom: Sandbox) -> None:
    """With sharing no token dies of Zoom's limit; without, each process ends another's."""
    zoom.max_tokens = 2
    hooks = []
    for shares in (False, True):
        zoom.reset()
        hooks = [connect(share_tokens=shares) for _ in range(4)]
        for hook in hooks:
            client.forget()
            hook.client.fetch_token()
        assert token_calls(zoom) == (1 if shares else 4)


def test_a_scope_that_is_missing(connect: Connect, zoom: Sandbox) -> None:
    """What a fresh token does not cure is Zoom's answer, after one fresh token."""
    connect(share_tokens=True).client.fetch_token()
    client.forget()
    said = "Invalid access token, does not contain scopes:[team_chat:write:user_message:admin]."
    zoom.fail(400, path="/chat/users", times=9, body={"code": 4711, "message": said})
    with pytest.raises(CredentialsError, match="does not contain scopes"):
        connect(share_tokens=True).send_message(message="one")
    assert token_calls(zoom) == 2
    assert len(zoom.requests("/chat/users")) == 2


@pytest.mark.parametrize("text", ["garbage", "", "gAAAAA"])
def test_a_planted_variable(
    text: str, connect: Connect, zoom: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """It is ignored and replaced, and one line says so."""
    connect(share_tokens=True).client.fetch_token()
    (name,) = variables()
    Variable.set(name, text)
    client.forget()
    with caplog.at_level(logging.WARNING, "airflow_provider_zoomchat"):
        connect(share_tokens=True).send_message(message="one")
    assert variables()[name] not in ("", text)
    assert sum("is not of this app" in each.getMessage() for each in caplog.records) <= 1
    client.forget()
    connect(share_tokens=True).send_message(message="two")
    assert token_calls(zoom) == 2


@pytest.mark.parametrize("app_type", ["server_to_server", "user_oauth"])
def test_without_a_database(
    app_type: str,
    connect: Connect,
    no_database: None,
    logged: Callable[[], str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A command works without Airflow's database; what cannot share says what it wants."""
    connect(app_type, share_tokens=True)
    status = main(["channels", "zoom_test"])
    out, err = capsys.readouterr()
    if app_type == "server_to_server":
        assert (status, "data-pipelines" in out) == (0, True)
        assert "The token is not shared with other processes" in err
    else:
        assert status == 1
        assert "zoomchat: Could not get a token from Zoom:" in err
        assert "Variable 'zoomchat_token_" in err
    assert "no such table: variable" in err
    assert "Traceback" not in out + err


def test_commands_share_too(connect: Connect, zoom: Sandbox) -> None:
    """The doctor asks Zoom for a token, which is the one that all others use from then on."""
    connect(share_tokens=True).send_message(message="one")
    assert all(step.outcome != "failed" for step in examine("zoom_test", str))
    assert token_calls(zoom) == 2
    client.forget()
    connect(share_tokens=True).send_message(message="two")
    assert token_calls(zoom) == 2


@pytest.mark.parametrize("app_type", ["server_to_server", "user_oauth"])
def test_a_real_run(app_type: str, connect: Connect, zoom: Sandbox) -> None:
    """The tasks and callbacks of a run need one token, and so does the next run."""
    hook = connect(app_type, share_tokens=True)
    if app_type == "user_oauth":
        authorize(zoom, hook, lasts=0)
    dag = dag_file("zoom_shared").shared
    dag.test()
    dag.test()
    texts = [each["text"].partition("\n")[0] for each in zoom.messages()]
    assert texts.count("two") == 2
    assert sum("failed" in text for text in texts) == 4
    assert token_calls(zoom) == 1


@pytest.mark.oldest_and_newest
@pytest.mark.parametrize("app_type", ["server_to_server", "user_oauth"])
def test_processes_at_once(app_type: str, connect: Connect, zoom: Sandbox) -> None:
    """Of processes that begin at the same moment, few ask Zoom, and none fails."""
    hook = connect(app_type, share_tokens=True)
    if app_type == "user_oauth":
        authorize(zoom, hook, lasts=0)
        client.forget()
    assert settings.engine
    settings.engine.dispose()
    children = [fork(lambda: ZoomHook("zoom_test").send_message(message="one")) for _ in range(8)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    assert len(zoom.messages()) == 8
    assert token_calls(zoom) <= 4
    assert [name for name in variables() if name.endswith("_claim")] == []


class TestOutdated:
    """In the DAG processor, with `[secrets] use_cache`."""

    @pytest.fixture(autouse=True)
    def _cached(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Have this process read Variables as they were minutes ago."""
        try:
            cache: Any = importlib.import_module("airflow.sdk.execution_time.cache")
        except ImportError:
            cache = importlib.import_module("airflow.secrets.cache")
        assert not _compat.variables_are_cached()
        monkeypatch.setenv("AIRFLOW__SECRETS__USE_CACHE", "True")
        cache.SecretCache.init()
        yield
        cache.SecretCache.reset()

    def test_a_server_to_server_app(self, connect: Connect, zoom: Sandbox) -> None:
        """A token that is there is used, and one that Zoom refuses is replaced."""
        assert _compat.variables_are_cached()
        connect(share_tokens=True).send_message(message="one")
        client.forget()
        connect(share_tokens=True).send_message(message="two")
        assert token_calls(zoom) == 1
        zoom.expire_tokens()
        connect(share_tokens=True).send_message(message="three")
        assert token_calls(zoom) == 2

    def test_a_user_app(
        self, connect: Connect, zoom: Sandbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A token that is good is used; one that has to be renewed is not."""
        hook = connect("user_oauth")
        authorize(zoom, hook)
        hook.send_message(message="one")
        authorize(zoom, hook, lasts=0)
        client.forget()
        with pytest.raises(ZoomChatError, match=r"does not do with \[secrets\] use_cache"):
            connect("user_oauth").send_message(message="two")
        ZoomChatNotifier("three", zoom_conn_id="zoom_test")({})
        assert len(zoom.messages()) == 1
        assert token_calls(zoom) == 0


def test_a_thread_of_a_task(connect: Connect, zoom: Sandbox) -> None:
    """On Airflow 3.0 and 3.1 one thread may ask Airflow, so there another shares nothing."""
    connect(share_tokens=True).client.fetch_token()
    client.forget()
    thread = Thread(target=lambda: connect(share_tokens=True).send_message(message="one"))
    thread.start()
    thread.join()
    assert len(zoom.messages()) == 1
    assert token_calls(zoom) == (1 if _compat.THREADS_MAY_ASK else 2)


def test_more_than_one_team(
    connect: Connect, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each team has Variables of its own, each process asks as without sharing."""
    monkeypatch.setenv("AIRFLOW__CORE__MULTI_TEAM", "True")
    for text in ("one", "two"):
        client.forget()
        connect(share_tokens=True).send_message(message=text)
    assert token_calls(zoom) == 2
    assert variables() == {}
