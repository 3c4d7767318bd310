"""A channel that is given by its name is looked up once, and what was found is remembered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from airflow.models import Variable
from airflow.providers.common.compat.sdk import AirflowFailException
from conftest import stored_variables
from test_operators import Store, Ti, run

from airflow_provider_zoomchat.hooks import channel_lookup
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier
from airflow_provider_zoomchat.operators.zoom import (
    ZoomChatbotMessageOperator,
    ZoomChatMessageOperator,
)
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.zoom.errors import (
    CredentialsError,
    UnknownChannelError,
    ZoomChatError,
)

Connect = Callable[..., ZoomHook]

SCOPE = "team_chat:read:list_user_channels:admin or chat_channel:read:admin"


@pytest.fixture(autouse=True)
def _nothing_is_known(without_variables: None) -> Iterator[None]:
    channel_lookup.forget()
    yield
    channel_lookup.forget()


def look_ups(zoom: Sandbox) -> int:
    return len(zoom.requests("/channels"))


def where(zoom: Sandbox) -> list[str]:
    """Return the channels of the messages, in their order."""
    return [str(message["channel_name"]) for message in zoom.messages()]


def post(**arguments: Any) -> ZoomChatMessageOperator:
    return ZoomChatMessageOperator(task_id="t", zoom_conn_id="zoom_test", **arguments)


@pytest.mark.parametrize("name", ["data-team", "#data-team", " Data-Team ", world.DATA_TEAM.jid])
def test_a_name_in_any_letters(name: str, connect: Connect, zoom: Sandbox) -> None:
    """A name with or without #, in any letters, leads to its channel; a JID needs no look-up."""
    connect().send_message(message="Hi", to_channel=name)
    assert where(zoom) == ["data-team"]
    assert look_ups(zoom) == (0 if "@" in name else 1)


def test_an_id_is_never_looked_up(connect: Connect, zoom: Sandbox) -> None:
    """An id costs no call, and no Variable."""
    connect()
    run(post(message="Hi", to_channel=world.DATA_TEAM.id))
    assert (where(zoom), look_ups(zoom), stored_variables()) == (["data-team"], 0, {})


def test_one_look_up_for_everything(connect: Connect, zoom: Sandbox) -> None:
    """Operators, notifiers and hooks of a process look a name up once; the XCom has the id."""
    hook, ti = connect(channel="#Incidents"), Ti()
    message_id = run(post(message="one"), ti)
    assert ti.xcoms["zoom_message"]["to_channel"] == world.INCIDENTS.id
    assert ti.xcoms["zoom_message"]["link"] == hook.describe(to_channel=world.INCIDENTS.id)["link"]
    run(post(operation="edit", message_id=message_id, message="two"))
    hook.react(str(message_id), "✅", to_channel="incidents")
    assert hook.replies(str(message_id), to_channel="incidents") == []
    ZoomChatNotifier("Hi", zoom_conn_id="zoom_test", on_error="raise")({})
    run(post(operation="delete", message_id=message_id))
    assert where(zoom) == ["incidents", "incidents"]
    assert look_ups(zoom) == 1


def test_other_processes(connect: Connect, zoom: Sandbox) -> None:
    """What one process has found, the next one reads from a Variable of Airflow's."""
    connect(channel="incidents").send_message(message="one")
    channel_lookup.forget()
    connect(channel="incidents").send_message(message="two")
    assert where(zoom) == ["incidents", "incidents"]
    assert look_ups(zoom) == 1
    ((name, text),) = stored_variables().items()
    assert name.startswith("zoomchat_names_")
    assert list(json.loads(text)) == ["incidents"]


def test_each_user_has_names_of_their_own(connect: Connect, zoom: Sandbox) -> None:
    """What Zoom shows to one user says nothing of another's channels."""
    hook = connect()
    with pytest.raises(UnknownChannelError, match="of the 5 that "):
        hook.send_message(message="Hi", to_channel="finance")
    hook.send_message(message="Hi", to_channel="finance", user_id="ann@example.com")
    assert where(zoom) == ["finance"]


def remember(id_: str, hours: float, zoom: Sandbox) -> None:
    """Let the Variable say that "incidents" has led to an id, some hours ago."""
    (name,) = stored_variables()
    at = datetime.now(timezone.utc).timestamp() - hours * 3600
    Variable.set(name, json.dumps({"incidents": [id_, at]}))
    channel_lookup.forget()
    zoom.reset()


def test_a_name_that_has_come_to_mean_another(connect: Connect, zoom: Sandbox) -> None:
    """Where the remembered channel is gone, the name is looked up again, once, and the message
    goes there; the XCom says so."""
    hook, ti = connect(channel="incidents"), Ti()
    hook.send_message(message="one")
    remember("f" * 32, 1, zoom)
    run(post(message="two"), ti)
    assert (where(zoom), look_ups(zoom)) == (["incidents"], 1)
    assert ti.xcoms["zoom_message"]["to_channel"] == world.INCIDENTS.id
    remember(world.OLD_PROJECT.id, 1, zoom)
    hook.send_message(message="three")
    assert (where(zoom), look_ups(zoom)) == (["incidents"], 1)


def test_a_retry_finds_what_was_posted_elsewhere(connect: Connect, zoom: Sandbox) -> None:
    """Where the message went to the channel that has the name now, a retry does not post again."""
    connect(channel="incidents").send_message(message="one")
    remember("f" * 32, 1, zoom)
    ti, store = Ti(), Store()
    run(post(message="two"), ti, store)
    run(post(message="two"), ti, store)
    assert where(zoom) == ["incidents"]
    run(post(message="three"), ti, store)
    assert [message["text"] for message in zoom.messages()] == ["three"]


def test_a_channel_that_is_gone_for_good(connect: Connect, zoom: Sandbox) -> None:
    """Where the look-up leads to the same channel, Zoom's own refusal is told."""
    hook = connect(channel="old-project")
    with pytest.raises(ZoomChatError, match="code 5420"):
        hook.send_message(message="Hi")
    assert look_ups(zoom) == 2


def test_after_a_day(connect: Connect, zoom: Sandbox) -> None:
    """A name is looked up again after a day; if that fails, what was known stays in use."""
    hook = connect(channel="incidents")
    hook.send_message(message="one")
    remember(world.DATA_TEAM.id, 25, zoom)
    hook.send_message(message="two")
    assert (where(zoom), look_ups(zoom)) == (["incidents"], 1)
    remember(world.DATA_TEAM.id, 25, zoom)
    zoom.withhold("team_chat:read:list_user_channels:admin")
    hook.send_message(message="three")
    assert where(zoom) == ["data-team"]


def test_what_looks_like_an_id(connect: Connect, zoom: Sandbox) -> None:
    """A name that looks like an id is tried as one first; if Zoom knows none, it is a name."""
    zoom.add_channel("d" * 32, "team-alerts-2026")
    connect().send_message(message="Hi", to_channel="team-alerts-2026")
    connect("chatbot").send_chatbot_message(message="Hi", to_jid="team-alerts-2026")
    assert where(zoom) == ["team-alerts-2026"] * 2
    with pytest.raises(ZoomChatError, match="code 4130"):
        connect().send_message(message="Hi", to_channel="team-alerts-2027")
    ti = Ti()
    run(post(message="Hi", to_channel="team-alerts-2026"), ti)
    assert ti.xcoms["zoom_message"]["to_channel"] == "d" * 32


def test_several_channels_of_one_name(connect: Connect, zoom: Sandbox) -> None:
    """A name that fits several channels is refused with the ids of all; the task fails for good."""
    zoom.add_channel("a" * 32, "Incidents")
    hook = connect(channel="INCIDENTS")
    with pytest.raises(AirflowFailException, match=r"the name of 2 channels") as caught:
        run(post(message="Hi"))
    assert all(one in str(caught.value) for one in ("a" * 32, world.INCIDENTS.id))
    hook.send_message(message="Hi", to_channel="Incidents")
    assert zoom.message()["channel"] == "a" * 32


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("incident", f"Near it: 'incidents' is {world.INCIDENTS.id}."),
        ("zzz", "Add that user to the channel, or give its id."),
        (
            "https://zoom.us/launch/chat/v2/eyJzaWQiOiJjMUBjb25mZXJlbmNlLnhtcHAuem9vbS51cyJ9",
            "is a link to a channel. Give its id: c1",
        ),
    ],
)
def test_no_such_name(name: str, words: str, connect: Connect, zoom: Sandbox) -> None:
    """A name that nobody knows is refused with those near it, and nothing is posted."""
    with pytest.raises(UnknownChannelError) as caught:
        connect().send_message(message="Hi", to_channel=name)
    assert words in str(caught.value)
    assert zoom.messages() == []


def test_without_the_scope(connect: Connect, zoom: Sandbox) -> None:
    """An app that may not list channels is told the scope, in both spellings; ids go on."""
    zoom.withhold("team_chat:read:list_user_channels:admin")
    hook = connect()
    with pytest.raises(UnknownChannelError) as caught:
        hook.send_message(message="Hi", to_channel="incidents")
    assert f"needs the scope {SCOPE} (to find channels by name); its id needs none" in str(
        caught.value
    )
    hook.send_message(message="Hi", to_channel=world.INCIDENTS.id)
    assert where(zoom) == ["incidents"]


def test_an_app_that_is_refused(connect: Connect, zoom: Sandbox) -> None:
    """Of a wrong secret it is told what any message is told, and nothing of names."""
    with pytest.raises(CredentialsError) as caught:
        connect(password="another").send_message(message="Hi", to_channel="incidents")
    assert "by its name" not in str(caught.value)


def test_a_bot(connect: Connect, zoom: Sandbox) -> None:
    """A bot finds a channel by name through its Look-up connection, for a message and its edit."""
    hook, ti = connect("chatbot", channel="#Incidents"), Ti()
    bot = ZoomChatbotMessageOperator
    message_id = run(bot(task_id="t", zoom_conn_id="zoom_test", message="one"), ti)
    assert ti.xcoms["zoom_message"]["to_jid"] == world.INCIDENTS.jid
    hook.edit_chatbot_message(str(message_id), message="two", to_jid="incidents")
    ZoomChatbotNotifier("Hi", zoom_conn_id="zoom_test", on_error="raise", to_jid="data-team")({})
    assert where(zoom) == ["incidents", "data-team"]
    assert look_ups(zoom) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"lookup_conn_id": ""}, "Look-up connection (extra lookup_conn_id)"),
        ({"lookup_conn_id": "zoom_nobody"}, "'zoom_nobody': No acting user"),
    ],
)
def test_a_bot_that_cannot_look(
    fields: dict[str, str],
    words: str,
    connect: Connect,
    zoom: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A bot that cannot look up a name asks for the id or for the field, before it calls Zoom."""
    nobody = zoom.connection("server_to_server")
    nobody["extra"]["user_id"] = ""
    monkeypatch.setenv("AIRFLOW_CONN_ZOOM_NOBODY", json.dumps(nobody))
    with pytest.raises(UnknownChannelError) as caught:
        connect("chatbot", **fields).send_chatbot_message(message="Hi", to_jid="incidents")
    assert words in str(caught.value)
    assert zoom.requests() == []


def test_an_alert_is_not_lost(connect: Connect, zoom: Sandbox) -> None:
    """An alert to a name that leads nowhere goes to the connection's channel, and says why."""
    connect()
    notifier = ZoomChatNotifier(to_channel="alertz", zoom_conn_id="zoom_test", on_error="raise")
    notifier({"exception": ValueError("too late")})
    (message,) = zoom.messages()
    assert message["channel_name"] == "data-pipelines"
    assert "meant for 'alertz', which is refused (its name cannot be looked up)" in message["text"]


@pytest.mark.parametrize("kind", ["user", "bot"])
def test_what_an_alert_finds_is_kept(kind: str, connect: Connect, zoom: Sandbox) -> None:
    """Alerts remember for other processes too, also where only the main thread may ask Airflow."""
    if kind == "user":
        connect()
        ZoomChatNotifier(to_channel="incidents", zoom_conn_id="zoom_test")({})
    else:
        connect("chatbot")
        ZoomChatbotNotifier(to_jid="incidents", zoom_conn_id="zoom_test")({})
    ((_, text),) = stored_variables().items()
    assert json.loads(text)["incidents"][0] == world.INCIDENTS.id
    assert where(zoom) == ["incidents"]


def test_muted(connect: Connect, zoom: Sandbox) -> None:
    """A muted connection looks nothing up, and gives no link to what it does not know."""
    ti = Ti()
    connect(muted=True)
    run(post(message="Hi", to_channel="incidents"), ti)
    assert (zoom.requests(), stored_variables()) == ([], {})
    assert ti.xcoms["zoom_message"]["link"] is None


def test_without_variables(
    connect: Connect, zoom: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Variables cannot be used, each process looks names up itself, once."""
    monkeypatch.setenv("AIRFLOW__CORE__MULTI_TEAM", "True")
    hook = connect(channel="incidents")
    hook.send_message(message="one")
    hook.send_message(message="two")
    assert (where(zoom), look_ups(zoom)) == (["incidents", "incidents"], 1)
    assert stored_variables() == {}
