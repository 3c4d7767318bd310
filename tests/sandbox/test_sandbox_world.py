"""Who the sandbox knows, and whom an open one takes in."""

from __future__ import annotations

import pytest

from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.world import World
from sandbox.caller import Caller, code

OWN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def open_world() -> World:
    return World(is_open=True)


def test_an_open_world_knows_every_channel(open_world: World) -> None:
    """Every id that looks like one of Zoom's is a channel, the same by id and by JID."""
    channel = open_world.channel(OWN)
    assert channel
    assert open_world.by_jid(channel.jid) is channel
    assert open_world.channel(world.DATA_TEAM.id) is world.DATA_TEAM


@pytest.mark.parametrize("name", ["", "#general", "data team", "short", "x" * 100, "a/b" * 10])
def test_a_name_is_no_channel(open_world: World, name: str) -> None:
    """What does not look like a channel's id is none, in an open world neither."""
    assert open_world.channel(name) is None


@pytest.mark.parametrize("name", ["zoe@acme.example", "kXvTz4aBQ0mYp7sLwR2d9A"])
def test_an_open_world_knows_everybody(open_world: World, name: str) -> None:
    """Every e-mail address and user id is a person, the same by all names."""
    user = open_world.user(name)
    assert user
    assert open_world.user(user.id) is user
    assert open_world.user(user.email) is user
    assert open_world.by_jid(user.jid) is user


@pytest.mark.parametrize("name", ["", "me", "zoe", "zoe@", "a b@c.example", "Zoë Lee"])
def test_a_name_is_nobody(open_world: World, name: str) -> None:
    """What is no address and no id is nobody, ``me`` above all."""
    assert open_world.user(name) is None


def test_what_an_open_world_does_not_know(open_world: World) -> None:
    """One id and one address, as the documentation names them, are wrong unless they are added."""
    wrong, nobody = "00000000000000000000000000000000", "nobody@example.com"
    assert open_world.channel(wrong) is None
    assert open_world.by_jid(f"{wrong}@conference.xmpp.zoom.us") is None
    assert (open_world.user(nobody), open_world.user("Nobody@Example.com")) == (None, None)
    open_world.add_channel(wrong, "zeros")
    open_world.add_user(nobody)
    assert open_world.channel(wrong)
    assert open_world.user(nobody)


@pytest.mark.parametrize("name", [OWN, f"{OWN}@conference.xmpp.zoom.us", "zoe@acme.example"])
def test_a_closed_world(name: str) -> None:
    """Unless it is open, a world knows nobody else."""
    closed = World()
    assert (closed.channel(name), closed.user(name), closed.by_jid(name)) == (None, None, None)


def test_messages_to_them() -> None:
    """An author's own channels and people, and those that are added, can be written to."""
    with Sandbox(open_world=True) as zoom:
        caller = Caller(zoom)
        body = {"message": "x", "to_channel": OWN}
        card = caller.card(to_jid=f"{OWN}@conference.xmpp.zoom.us")
        assert caller.send(to_channel=OWN).status_code == 201
        assert caller.send(to_contact="zoe@acme.example").status_code == 201
        assert caller.chat("POST", user="bo@acme.example", json=body).status_code == 201
        assert caller.as_bot("POST", json=card).status_code == 201
        assert code(caller.send(to_channel="#general")) == (404, 4130)
        assert code(caller.send(to_channel="0" * 32)) == (404, 4130)
        assert code(caller.send(to_contact="nobody@example.com")) == (404, 1001)
        assert len(zoom.messages(OWN)) == 3
        assert caller.send(to_channel=world.DATA_TEAM.id.upper()).status_code == 201
        assert [each["channel"] for each in zoom.messages("data-team")] == [world.DATA_TEAM.id]
    with Sandbox() as zoom:
        caller = Caller(zoom)
        assert code(caller.send(to_channel="added-channel-0001")) == (404, 4130)
        zoom.add_channel("added-channel-0001", "added")
        zoom.add_user("added@example.com", "Ada")
        assert caller.send(to_channel="added-channel-0001").status_code == 201
        assert caller.send(to_contact="added@example.com").status_code == 201
        assert zoom.messages("added")[0]["channel"] == "added-channel-0001"
        zoom.add_user("Added@Example.com", "Ada Lovelace")
        assert caller.send(to_contact="added@example.com").status_code == 201
        names = [user["display_name"] for user in zoom.state()["users"]]
        assert [name for name in names if name.startswith("Ada")] == ["Ada Lovelace"]
