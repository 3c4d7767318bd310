"""The doctor, against a local Zoom: every way in which a connection can be wrong."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import pytest
import requests_mock

from airflow_provider_zoomchat.hooks.channel_lookup import MAX_PAGES, list_channels
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.tools.doctor import Step, examine
from airflow_provider_zoomchat.tools.doctor.channels import send_test_message
from airflow_provider_zoomchat.tools.doctor.connection import connect
from airflow_provider_zoomchat.zoom.client import ZoomClient
from airflow_provider_zoomchat.zoom.deadline import Deadline
from airflow_provider_zoomchat.zoom.errors import UnreachableError
from airflow_provider_zoomchat.zoom.http import Request

S2S, BOT, HOOK = "server_to_server", "chatbot", "incoming_webhook"
SECRETS = (
    "sandbox-client-secret",
    "sandbox-bot-client-secret",
    "sandbox-verification-token",
    "SandboxWebhook0000001",
    "wr0ng-secret",
    "pr0xy-secret",
)
STANDARD = ("conn_type", "host", "login", "password", "port", "extra")
NO_SCOPE = {"code": 4711, "message": "Invalid access token, does not contain scopes:[a:b:c]."}


LINK = "https://zoom.us/launch/chat/v2/eyJzaWQiOiJjMUBjb25mZXJlbmNlLnhtcHAuem9vbS51cyJ9"


def looked_at(connection: dict[str, Any], **options: Any) -> list[Step]:
    """Return all that the doctor finds of a connection that is given as JSON."""
    options = {"time_budget": 2, **options}
    steps = list(examine("-", lambda: json.dumps(connection), **options))
    for step in steps:
        assert "\n" not in step.text
        assert not [secret for secret in SECRETS if secret in step.text]
    return steps


def change(connection: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return a connection with other fields."""
    for name, value in fields.items():
        (connection if name in STANDARD else connection["extra"])[name] = value
    return connection


def only(steps: list[Step], name: str, outcome: str = "failed") -> str:
    """Return the text of the one step with this name and outcome."""
    (text,) = [step.text for step in steps if (step.name, step.outcome) == (name, outcome)]
    return text


def failures(steps: list[Step]) -> list[str]:
    return [step.name for step in steps if step.outcome == "failed"]


def token(scope: str) -> dict[str, Any]:
    return {"access_token": "t0ken", "token_type": "bearer", "expires_in": 3600, "scope": scope}


def give_scopes(zoom: Sandbox, scope: str) -> None:
    """Let Zoom name these scopes; the first call to the address is the one that looks for it."""
    zoom.fail(400, path="/oauth/token")
    zoom.fail(200, path="/oauth/token", body=token(scope))


@pytest.mark.parametrize("app_type", [S2S, BOT, HOOK])
def test_nothing_is_wrong(zoom: Sandbox, app_type: str) -> None:
    """A connection that works has no failure, and nothing is posted unasked."""
    steps = looked_at(zoom.connection(app_type))
    assert failures(steps) == []
    assert zoom.messages() == []
    assert "--send" in only(steps, "posting", "skipped")


def test_what_is_found(zoom: Sandbox) -> None:
    """All is named: the fields, the app, its rights, the user, the channel, who may post."""
    assert looked_at(zoom.connection(S2S)) == [
        Step("connection", "ok", "This connection comes from standard input."),
        Step(
            "fields",
            "ok",
            "App type 'server_to_server'; Client ID 'sandbox-client-id'; Client secret set; "
            f"Host '{zoom.url}'; Account ID 'SandboxAccount-0000000'; "
            "Acting user 'airflow@example.com'; "
            "Default channel '5a0d3c1f8e2b47d69c04b1a7e6f35d20'.",
        ),
        Step(
            "host",
            "ok",
            f"{zoom.url[7:]} answers without TLS, on this machine (HTTP 404; any answer will do).",
        ),
        Step("token", "ok", "Zoom gives a token to the app with Client ID 'sandbox-client-id'."),
        Step(
            "app type",
            "ok",
            "'server_to_server' it is: Zoom takes it for a Server-to-Server OAuth app.",
        ),
        Step(
            "scopes",
            "ok",
            "The app may send messages, edit messages, delete messages, upload files, add "
            "reactions, read replies, tell whether a message was posted, find channels by name, "
            "look up users.",
        ),
        Step("sender", "ok", "Acting user 'airflow@example.com' is Airflow, an active user."),
        Step(
            "channel",
            "ok",
            "5a0d3c1f8e2b47d69c04b1a7e6f35d20 is 'data-pipelines' (private); "
            "'airflow@example.com' is a member.",
        ),
        Step("posting", "ok", "In 'data-pipelines' all members may post."),
        Step("posting", "skipped", "--send posts a message, and deletes it if Zoom can."),
    ]


def test_scopes_that_messages_do_not_need(zoom: Sandbox) -> None:
    """An app that can neither react nor read replies can post, and is told what gives each."""
    zoom.withhold("team_chat:update:message_emoji:admin", "team_chat:read:thread_message:admin")
    steps = looked_at(zoom.connection(S2S))
    assert failures(steps) == []
    assert [step.text for step in steps if (step.name, step.outcome) == ("scopes", "note")] == [
        "Reactions: add team_chat:update:message_emoji:admin (classic: chat_message:write:admin).",
        "Asking for answers: add team_chat:read:thread_message:admin (classic: "
        "chat_message:read:admin).",
        "Scopes are added at marketplace.zoom.us > Manage > Created Apps > your app > Scopes > Add "
        "Scopes; a new token is fetched by itself.",
    ]


#: What is said of faulty fields, by app type and by step with its outcome.
WRONG: dict[tuple[str, str], list[tuple[str, dict[str, Any]]]] = {
    (S2S, "connection failed"): [
        ("type 'http': set its", {"conn_type": "http"}),
        ("and has a type that cannot be one: set its type", {"conn_type": "zoom wr0ng-secret"}),
    ],
    (S2S, "fields note"): [
        (
            "2 fields in extra that nothing reads, not shown here: they may be parts of a secret.",
            {"wr0ng-secret": "", "pr0xy-secret": 1},
        ),
        ("Nothing reads 'chanel' in extra, perhaps for 'channel'.", {"chanel": "x"}),
        ("Muted (extra muted) is on: nothing is", {"muted": "yes"}),
    ],
    (S2S, "fields failed"): [
        ("Client ID (login) contains invalid characters", {"login": "caf\udce9"}),
        ("Acting user (extra user_id) contains invalid characters", {"user_id": "\ud83d@x.io"}),
        (
            "Host must be empty, zoomgov.com or a URL",
            {"host": "https://user:wr0ng-secret", "port": 443},
        ),
        ("Extra is not a JSON object.", {"extra": "[" * 100_000}),
        (
            "lacks Client ID (login) and Account ID (extra account_id), which App type "
            "'server_to_server' needs. Filled: App type, Client secret, Host, Acting user, Default "
            "channel.",
            {"login": "", "account_id": None},
        ),
        ("App type (extra app_type) is 'bot'", {"app_type": "bot"}),
    ],
    (BOT, "channel failed"): [
        (
            "(extra channel): to_jid 'ann@example.com' is neither a channel's id nor",
            {"channel": "ann@example.com", "lookup_conn_id": ""},
        ),
        (
            "is a link. Put the id in it there: c1",
            {"channel": LINK},
        ),
        (
            "(extra channel): 'incidents' is no id of a channel, and a bot's own token cannot look",
            {"channel": "incidents", "lookup_conn_id": ""},
        ),
    ],
    (S2S, "channel failed"): [
        (
            f"of 'data-team' in other letters. Put the id there exactly: {world.DATA_TEAM.id}",
            {"channel": world.DATA_TEAM.id.upper()},
        ),
        ("(HTTP 404, code 4130, tracking id ", {"channel": "0" * 32}),
        (
            "Add the acting user to the members of the channel: Zoom shows it to nobody else.",
            {"channel": world.FINANCE.id},
        ),
        (f"Near it: 'incidents' is {world.INCIDENTS.id}.", {"channel": "incident"}),
        (
            "one of the 5 channels that 'airflow@example.com' sees. Add that user to the channel",
            {"channel": "zzz"},
        ),
    ],
    (S2S, "connection note"): [("no type: set its type", {"conn_type": None})],
    (S2S, "host failed"): [
        (
            "no connection to 127.0.0.1:9 (Connection refused). Check Host",
            {"host": "http://127.0.0.1:9"},
        ),
    ],
    (BOT, "host failed"): [
        (
            "CA bundle '/nowhere/ca.pem' does not exist on this machine.",
            {"ca_bundle": "/nowhere/ca.pem"},
        ),
    ],
    (HOOK, "host failed"): [
        ("the proxy cannot be reached", {"proxy": "http://user:pr0xy-secret@127.0.0.1:9"})
    ],
    (S2S, "token failed"): [
        ("Copy Client ID and Client secret again", {"password": "wr0ng-secret"}),
        ("Copy Account ID again", {"account_id": "x"}),
    ],
    (S2S, "app type note"): [
        ("Zoom refuses the app as 'chatbot' too", {"password": "wr0ng-secret"})
    ],
    (S2S, "app type failed"): [
        (
            "General App with a bot: as 'chatbot' Zoom gives it a token. Set App type to 'chatbot' "
            "and fill Bot JID (extra robot_jid), or take",
            {"login": world.CHATBOT.client_id, "password": world.CHATBOT.client_secret},
        ),
    ],
    (BOT, "app type failed"): [
        (
            "Set App type to 'server_to_server', or take Client ID and Client secret of a General",
            {
                "login": world.SERVER_TO_SERVER.client_id,
                "password": world.SERVER_TO_SERVER.client_secret,
                "user_id": "airflow@example.com",
            },
        ),
    ],
    (S2S, "sender note"): [("Acting user (extra user_id) is empty", {"user_id": ""})],
    (S2S, "sender failed"): [
        (
            "'User does not exist: nobody@example.com.' (HTTP 404, code 1001, tracking id ",
            {"user_id": "nobody@example.com"},
        ),
    ],
    (BOT, "fields note"): [
        (
            "not look like Zoom's: v1...@xmpp.zoom.us. It stands at marketplace.zoom.us",
            {"robot_jid": "bot@xmpp.zoom.us"},
        ),
    ],
    (BOT, "sender failed"): [("is no user's JID", {"user_jid": "ann"})],
    (S2S, "channel note"): [
        ("Default channel (extra channel) is", {"channel": ""}),
        (
            "'#Incidents' is the name of a channel, which tasks look up once a day. Its id needs "
            f"no look-up and stays when the channel is renamed. Better put it there: "
            f"{world.INCIDENTS.id}",
            {"channel": "#Incidents"},
        ),
    ],
    (S2S, "channel ok"): [("is 'data-team'", {"channel": world.DATA_TEAM.jid})],
    (BOT, "channel note"): [
        ("does not look like an id", {"channel": "team-alerts-2024"}),
        ("'incidents' is the name of a channel, which tasks", {"channel": "incidents"}),
        ("A bot's token may not look at channels", {}),
    ],
    (HOOK, "channel skipped"): [("Not checked: no call tells which channel", {})],
    (HOOK, "token skipped"): [("Not used by webhooks.", {})],
}


@pytest.mark.parametrize(
    ("app_type", "step", "words", "fields"),
    [(*key, *row) for key, rows in WRONG.items() for row in rows],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_wrong_is_named_with_its_remedy(
    zoom: Sandbox, app_type: str, step: str, words: str, fields: dict[str, Any]
) -> None:
    """Each fault shows in its own step, with what to do about it."""
    steps = looked_at(change(zoom.connection(app_type), fields))
    assert any(words in one.text for one in steps if f"{one.name} {one.outcome}" == step)


@pytest.mark.parametrize(
    ("fields", "reason", "skipped"),
    [
        ({"login": ""}, "the fields must be right first", 7),
        ({"host": "http://127.0.0.1:9"}, "there is no way to 127.0.0.1:9", 6),
        ({"password": "wr0ng-secret"}, "there is no token", 4),
    ],
    ids=["fields", "host", "token"],
)
def test_what_cannot_be_looked_at_is_skipped(
    zoom: Sandbox, fields: dict[str, Any], reason: str, skipped: int
) -> None:
    """After a failure, each step that rests on it says that, and nothing is posted."""
    steps = looked_at(change(zoom.connection(S2S), fields), send=True)
    texts = [step.text for step in steps if step.outcome == "skipped"]
    assert texts == [f"Not checked: {reason}."] * skipped
    assert zoom.messages() == []


@pytest.mark.parametrize(
    ("app_type", "scope", "lacks"),
    [
        (
            S2S,
            "team_chat:write:user_message:admin user:read:user:admin",
            "The app lacks the scopes team_chat:update:user_message:admin or "
            "chat_message:write:admin (to edit messages); team_chat:delete:user_message:admin or "
            "chat_message:write:admin (to delete messages). Add them at marketplace.zoom.us > "
            "Manage > Created Apps > your app > Scopes > Add Scopes; a new token is fetched by "
            "itself.",
        ),
        (S2S, "user:read:admin", "team_chat:write:user_message:admin or chat_message:write:admin"),
        (BOT, "user:read:admin", "The app lacks the scope imchat:bot or imchat:userapp"),
        (S2S, "chat_message:write:admin chat_channel:read:admin user:read:admin", ""),
        (S2S, "chat_message:write chat_channel:read user:read", ""),
        (BOT, "imchat:userapp", ""),
    ],
    ids=["some", "none", "bot", "classic", "user-managed", "user-managed bot"],
)
def test_scopes(zoom: Sandbox, app_type: str, scope: str, lacks: str) -> None:
    """A missing scope is named in both spellings; each spelling is enough, for either app."""
    give_scopes(zoom, scope)
    steps = looked_at(zoom.connection(app_type))
    if lacks:
        assert lacks in only(steps, "scopes")
    else:
        assert only(steps, "scopes", "ok")


def test_scopes_that_messages_do_without(zoom: Sandbox) -> None:
    """What is useful and missing is a note, and no failure."""
    give_scopes(
        zoom,
        " ".join(
            f"team_chat:{action}:user_message:admin" for action in ("write", "update", "delete")
        ),
    )
    steps = looked_at(zoom.connection(S2S))
    assert "scopes" not in failures(steps)
    notes = [step.text for step in steps if (step.name, step.outcome) == ("scopes", "note")]
    assert [text.partition(":")[0] for text in notes[:-1]] == [
        *("Files", "Reactions", "Asking for answers", "Telling whether a message was posted"),
        *("Finding channels by name", "Looking users up"),
    ]
    assert "add user:read:user:admin (classic: user:read:admin)." in notes[-2]


def test_an_app_whose_scopes_zoom_does_not_name(zoom: Sandbox) -> None:
    """Where nothing is known, nothing is said to be missing."""
    give_scopes(zoom, "")
    steps = looked_at(zoom.connection(S2S))
    assert "is not known" in only(steps, "scopes", "note")


@pytest.mark.parametrize(
    ("app_type", "scope"),
    [(S2S, "imchat:bot"), (BOT, "team_chat:write:user_message:admin")],
)
def test_scopes_tell_the_kind_of_app(zoom: Sandbox, app_type: str, scope: str) -> None:
    """An app that gets its token, but has the scopes of the other kind, is told apart."""
    give_scopes(zoom, scope)
    text = only(looked_at(zoom.connection(app_type)), "app type")
    assert f"App type (extra app_type) is {app_type!r}, but {scope} is a scope of a" in text


def test_a_token_that_does_not_come(zoom: Sandbox) -> None:
    """Passing trouble is no sign of another kind of app, which is not tried."""
    zoom.fail(400, path="/oauth/token")
    zoom.fail(503, path="/oauth/token", times=9)
    steps = looked_at(zoom.connection(S2S), time_budget=3.0)
    assert "(HTTP 503" in only(steps, "token")
    assert "there is no token" in only(steps, "app type", "skipped")


def test_a_user_who_is_not_active(zoom: Sandbox) -> None:
    """A user whom an admin has switched off fails."""
    body = {"id": "u", "display_name": "Air\nflow", "status": "inactive"}
    zoom.fail(200, path="/v2/users/airflow", body=body)
    text = only(looked_at(zoom.connection(S2S)), "sender")
    assert "is Air flow, whose status in Zoom is 'inactive'" in text


def test_a_user_who_may_not_be_looked_up(zoom: Sandbox) -> None:
    """Without the scope for it, the user cannot be checked, which is no failure."""
    zoom.fail(400, path="/v2/users/airflow", times=2, body=NO_SCOPE)
    steps = looked_at(zoom.connection(S2S))
    assert failures(steps) == []
    assert "user:read:user:admin or user:read:admin" in only(steps, "sender", "note")


def test_channels_that_may_not_be_listed(zoom: Sandbox) -> None:
    """Without the scope for the list, the channel is asked for alone; else it stays unknown."""
    zoom.fail(400, path="/channels", times=2, body=NO_SCOPE)
    text = only(looked_at(zoom.connection(S2S)), "channel", "note")
    assert "is 'data-pipelines'" in text
    assert "Not checked: whether 'airflow@example.com' is a member" in text
    zoom.fail(400, path="/channels", times=4, body=NO_SCOPE)
    steps = looked_at(zoom.connection(S2S))
    assert failures(steps) == []
    assert "cannot be looked at without the scope" in only(steps, "channel", "note")


def test_two_channels_of_one_name(zoom: Sandbox) -> None:
    """If a name fits two channels, both ids are told; one in the same letters fits alone."""
    zoom.add_channel("a" * 32, "Incidents")
    text = only(looked_at(change(zoom.connection(S2S), {"channel": "#INCIDENTS"})), "channel")
    assert f"{world.INCIDENTS.id} (public), {'a' * 32} (private)" in text
    steps = looked_at(change(zoom.connection(S2S), {"channel": "Incidents"}))
    assert "a" * 32 in only(steps, "channel", "note")


def test_a_channel_far_down_the_list(zoom: Sandbox) -> None:
    """A channel is found on whatever page it stands, and no page is asked for twice."""
    for number in range(700):
        zoom.add_channel(f"{number:032x}", f"channel {number}")
    connection = change(zoom.connection(S2S), {"channel": "channel 699"})
    assert f"{699:032x}" in only(looked_at(connection), "channel", "note")
    assert len(zoom.requests("/channels")) == 3
    looked_at(change(connection, {"channel": world.INCIDENTS.id}))
    assert len(zoom.requests("/channels")) == 4


def test_a_list_without_end(zoom: Sandbox) -> None:
    """Pages that bring nothing new end the list."""
    body = {"channels": [{"id": "c", "name": "n"}], "total_records": 9, "next_page_token": "t"}
    zoom.fail(200, path="/channels", times=9, body=body)
    text = only(looked_at(zoom.connection(S2S)), "channel")
    assert "Zoom returned the same page twice (1 channels so far)" in text
    assert len(zoom.requests("/channels")) == 2


class Pages:
    """A client that gives one page after the other, and counts them."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.asked = 0

    time_budget = 20.0

    def send(self, request: Request, *, time_budget: float) -> dict[str, Any]:
        """Give the next page; after the last one, pages with new tokens for ever."""
        self.asked += 1
        if self.answers:
            return self.answers.pop(0)
        name = str(self.asked)
        return {"channels": [{"id": name, "name": name}], "next_page_token": name}


def test_new_pages_for_ever() -> None:
    """A list that brings something new on each page ends all the same, and says what it lacks."""
    client = Pages()
    pages = list(list_channels(cast(ZoomClient, client), "https://z", "u"))
    assert len(pages) == MAX_PAGES + 1
    assert client.asked == MAX_PAGES
    assert pages[-1].left_out.startswith(
        "The list ends after 100 pages, with 100 channels. The others"
    )


class SlowPages(Pages):
    """Gives two pages, and no answer to a call for which there is no time."""

    def send(self, request: Request, *, time_budget: float) -> dict[str, Any]:
        """Give the next page."""
        if self.asked == 2:
            while time_budget > 0:  # so that this ends with the time, however slow the machine is
                time_budget = self.deadline.remaining
            raise UnreachableError("Could not list the channels: no answer.")
        return super().send(request, time_budget=time_budget)

    deadline = Deadline(0)


def test_a_list_that_takes_long() -> None:
    """A list ends when its time is over, with what came until then."""
    client = SlowPages()
    pages = list_channels(cast(ZoomClient, client), "https://z", "u", seconds=0.5)
    found = [next(pages), next(pages)]
    client.deadline = Deadline(0.5)
    (last,) = pages
    assert last.channels == found[-1].channels
    assert last.left_out.startswith("The list ends after 0.5 s, with 2 channels. The others")


def test_no_step_begins_late(zoom: Sandbox) -> None:
    """When the time for all steps is over, those that are left are skipped, and say so."""
    steps = looked_at(zoom.connection(S2S), seconds=0, send=True)
    assert [step.outcome for step in steps[-3:]] == ["skipped"] * 3
    assert steps[-1].text == "Not checked: the 0 s for all steps are over."
    assert zoom.messages() == []


@pytest.mark.parametrize(
    ("app_type", "fields", "name"),
    [
        (
            HOOK,
            {"webhook_url": "https://integrations.zoom.us/chat/webhooks/incomingwebhook"},
            "fields",
        ),
        (HOOK, {"webhook_url": "https://zoom.us/j/5551112222"}, "fields"),
        (HOOK, {}, "channel"),
        (BOT, {"robot_jid": "v1wrong@xmpp.zoom.us"}, "sender"),
        (BOT, {"robot_jid": "v1 x@xmpp.zoom.us"}, "fields"),
        (BOT, {}, "sender"),
    ],
)
def test_no_tick_for_what_is_not_checked(
    zoom: Sandbox, app_type: str, fields: dict[str, Any], name: str
) -> None:
    """What only a message can tell has no tick, whether it is right or wrong."""
    with requests_mock.Mocker(real_http=True) as wire:
        wire.get(re.compile("https://.*zoom.us/.*"), status_code=404)
        steps = looked_at(change(zoom.connection(app_type), fields))
    assert "ok" not in [step.outcome for step in steps if step.name == name]
    if name != "fields":
        assert only(steps, name, "skipped").startswith("Not checked: ")


def test_a_bot_without_a_scope_of_bots(zoom: Sandbox) -> None:
    """A token whose scopes say nothing of a bot is no proof of the kind of app."""
    give_scopes(zoom, "")
    assert only(looked_at(zoom.connection(BOT)), "app type", "skipped").startswith("Not checked")


def test_misspelt_fields_beside_missing_ones(zoom: Sandbox) -> None:
    """A field that is missing is told together with the misspelt one that it may be."""
    connection = zoom.connection(BOT)
    connection["extra"]["robotjid"] = connection["extra"].pop("robot_jid")
    steps = looked_at(connection)
    assert "It lacks Bot JID (extra robot_jid)" in only(steps, "fields")
    assert only(steps, "fields", "note") == (
        "Nothing reads 'robotjid' in extra, perhaps for 'robot_jid'."
    )


def test_an_empty_page_and_a_channel_twice() -> None:
    """A page may be empty without being the last, and a channel comes once, wherever it stands."""
    one, two = {"id": "1", "name": "one"}, {"id": "2", "name": "two"}
    client = Pages(
        {"channels": [one, one], "next_page_token": "a"},
        {"channels": [], "next_page_token": "b"},
        {"channels": [two, one]},
    )
    found = list_channels(cast(ZoomClient, client), "https://z", "u")
    ids = [[channel.id for channel in page.channels] for page in found]
    assert ids == [["1"], ["1"], ["1", "2"]]


def test_a_host_is_shown_without_its_secrets(zoom: Sandbox) -> None:
    """Of a Host, neither a password nor a query nor a fragment is shown."""
    host = zoom.url.replace("://", "://user:pr0xy-secret@") + "/?wr0ng-secret#wr0ng-secret"
    text = only(looked_at(change(zoom.connection(S2S), {"host": host})), "fields", "ok")
    assert f"Host '{zoom.url}/'" in text


def test_a_nameless_channel_is_nobodys(zoom: Sandbox) -> None:
    """A text without a name means no channel, not the one that has no name."""
    zoom.add_channel("f" * 32, "")
    for given in ("#", "# "):
        steps = looked_at(zoom.connection(S2S), send=True, to=given)
        assert "is neither the id nor the name" in only(steps, "posting")
    assert zoom.messages() == []


def test_what_zoom_says_is_made_harmless(zoom: Sandbox) -> None:
    """Control characters in names, ids and scopes do not reach a terminal."""
    give_scopes(zoom, "imchat:\x1b]0;title\x07bot")
    entry = {"id": f"{world.DATA_PIPELINES.id}\x1b[2J", "name": "o\x1b[31mps"}
    zoom.fail(200, path="/channels", body={"channels": [entry]})
    steps = looked_at(zoom.connection(S2S))
    assert all(step.text.isprintable() for step in steps)
    assert "is 'ops'" in only(steps, "channel", "ok")


@pytest.mark.parametrize(
    ("number", "who"), [(2, "its owner and admins alone"), (3, "chosen members alone")]
)
def test_who_may_post(zoom: Sandbox, number: int, who: str) -> None:
    """A channel in which not everybody may post is worth a note."""
    settings = {"posting_permissions": number}
    entry = {"id": world.DATA_PIPELINES.id, "name": "ops", "channel_settings": settings}
    zoom.fail(200, path="/channels", body={"channels": [entry]})
    steps = looked_at(zoom.connection(S2S))
    assert f"In 'ops' {who} may post" in only(steps, "posting", "note")


@pytest.mark.parametrize(
    ("app_type", "to", "place"),
    [
        (S2S, None, world.DATA_PIPELINES.id),
        (S2S, "incidents", world.INCIDENTS.id),
        (S2S, world.INCIDENTS.jid, world.INCIDENTS.id),
        (S2S, "ann@example.com", "ann@example.com"),
        (BOT, None, world.DATA_PIPELINES.jid),
        (BOT, world.INCIDENTS.id, world.INCIDENTS.jid),
        (BOT, world.ANN.jid, world.ANN.jid),
    ],
)
def test_a_message_is_posted_and_deleted(
    zoom: Sandbox, app_type: str, to: str | None, place: str
) -> None:
    """On request a message goes where it is wanted, and does not stay."""
    steps = looked_at(zoom.connection(app_type), send=True, to=to)
    assert failures(steps) == []
    assert steps[-1] == Step(
        "posting", "ok", f"A test message was posted to {place!r} and deleted again."
    )
    (message,) = zoom.messages()
    assert message["deleted"]
    assert "zoomchat doctor" in json.dumps(message)


@pytest.mark.parametrize(
    ("app_type", "to", "words"),
    [
        (S2S, world.OLD_PROJECT.id, "The channel is archived: unarchive it."),
        (S2S, world.SEALED.id, "end-to-end encrypted"),
        (S2S, world.FINANCE.id, "Add the acting user to the members of the channel"),
        (S2S, "zzz", "is neither the id nor the name"),
        (S2S, "nobody@example.com", "User does not exist"),
        (BOT, "nobody@example.com", "User does not exist"),
        (BOT, "0" * 32, "(HTTP 403, code 7004"),
        (HOOK, "incidents", "A webhook posts into its own channel alone: drop --to."),
    ],
)
def test_a_message_that_does_not_get_through(
    zoom: Sandbox, app_type: str, to: str, words: str
) -> None:
    """What Zoom or the connection refuses fails with the remedy."""
    assert words in only(looked_at(zoom.connection(app_type), send=True, to=to), "posting")
    assert zoom.messages() == []


def test_a_message_that_stays(zoom: Sandbox) -> None:
    """A test message that cannot be deleted is a failure that says so, and which one it is."""
    zoom.fail(403, path="/messages/")
    text = only(looked_at(zoom.connection(S2S), send=True), "posting")
    (message,) = zoom.messages()
    assert text.startswith(
        f"Test message {message['id']!r} stays in {world.DATA_PIPELINES.id!r}: Could not delete"
    )


@pytest.mark.parametrize("app_type", [S2S, BOT])
def test_a_deletion_whose_answer_was_lost(zoom: Sandbox, app_type: str) -> None:
    """Where the second try hears that there is no such message, it is deleted."""
    zoom.fail(503, path="/messages/", accept=True)
    steps = looked_at(zoom.connection(app_type), send=True, time_budget=10)
    assert failures(steps) == []
    assert steps[-1].text.endswith("deleted again.")
    (message,) = zoom.messages()
    assert message["deleted"]


class Interrupted:
    """A client whose user has no patience with one kind of call."""

    def __init__(self, method: str) -> None:
        self._method = method

    def send(self, request: Request) -> dict[str, str]:
        """Take a message, and never end that call."""
        if request.method == self._method:
            raise KeyboardInterrupt
        return {"id": "m1", "message_id": "m1"}


@pytest.mark.parametrize(
    ("app_type", "method", "said"),
    [
        (S2S, "DELETE", f"Test message 'm1' stays in '{world.DATA_PIPELINES.id}"),
        (BOT, "DELETE", f"Test message 'm1' stays in '{world.DATA_PIPELINES.id}"),
        (S2S, "POST", f"the test message may stand in '{world.DATA_PIPELINES.id}"),
        (BOT, "POST", f"the test message may stand in '{world.DATA_PIPELINES.id}"),
        (HOOK, "POST", "the test message may stand in the channel."),
    ],
)
def test_what_is_interrupted(zoom: Sandbox, app_type: str, method: str, said: str) -> None:
    """Whoever presses Ctrl-C while a message is sent or deleted learns first where it is."""
    hook = connect("-", lambda: json.dumps(zoom.connection(app_type)))
    hook.__dict__["client"] = Interrupted(method)
    steps = send_test_message(hook, None)
    step = next(each for each in steps if each.outcome != "note")
    assert step.outcome == "failed"
    assert said in step.text
    with pytest.raises(KeyboardInterrupt):
        next(steps)


def test_no_message_to_a_channel_that_failed(zoom: Sandbox) -> None:
    """Where the channel is wrong nothing is tried, unless another is named."""
    connection = change(zoom.connection(S2S), {"channel": "zzz"})
    steps = looked_at(connection, send=True)
    assert "the channel must be right first" in only(steps, "posting", "skipped")
    assert looked_at(connection, send=True, to="incidents")[-1].outcome == "ok"


def test_without_an_acting_user_nothing_is_posted(zoom: Sandbox) -> None:
    """Who asks for a message and names no user learns that it fails."""
    steps = looked_at(change(zoom.connection(S2S), {"user_id": ""}), send=True)
    assert "nobody's channels" in only(steps, "channel", "skipped")
    assert only(steps, "posting").startswith("No acting user: ")


def test_what_a_webhook_posts_stays(zoom: Sandbox) -> None:
    """Through a webhook the message cannot be deleted, which is said before and after."""
    steps = [step for step in looked_at(zoom.connection(HOOK), send=True) if step.name == "posting"]
    assert [step.outcome for step in steps] == ["note", "ok"]
    assert all("cannot be deleted" in step.text for step in steps)
    (message,) = zoom.messages(text="zoomchat doctor")
    assert not message["deleted"]


def test_a_webhook_with_a_wrong_token(zoom: Sandbox) -> None:
    """Only a message tells whether a webhook's token is right."""
    connection = change(zoom.connection(HOOK), {"verification_token": "wr0ng-secret"})
    assert failures(looked_at(connection)) == []
    assert "Copy Verification token" in only(looked_at(connection, send=True), "posting")


@pytest.mark.parametrize("app_type", [S2S, BOT, HOOK])
def test_a_muted_connection_stays_silent(zoom: Sandbox, app_type: str) -> None:
    """Nothing is sent through a muted connection, not even on request."""
    steps = looked_at(change(zoom.connection(app_type), {"muted": True}), send=True)
    assert failures(steps) == []
    assert steps[-1] == Step("posting", "skipped", "The connection is muted, so nothing is sent.")
    assert zoom.messages() == []


@pytest.mark.parametrize(
    ("fields", "addresses"),
    [
        (
            {"app_type": S2S},
            [
                "https://zoom.us/oauth/token",
                "https://api.zoom.us/v2/users/me",
                "https://file.zoom.us/v2/users/me",
            ],
        ),
        (
            {"app_type": BOT, "robot_jid": "v1b@xmpp.zoom.us", "host": "zoomgov.com"},
            ["https://zoomgov.com/oauth/token", "https://api.zoomgov.com/v2/users/me"],
        ),
        (
            {
                "app_type": HOOK,
                "webhook_url": "https://integrations.zoom.us/chat/webhooks/incomingwebhook/wr0ng-secret",
                "verification_token": "v",
            },
            ["https://integrations.zoom.us/chat/webhooks/incomingwebhook"],
        ),
    ],
    ids=[S2S, BOT, HOOK],
)
def test_each_of_zooms_hosts_is_looked_for(fields: dict[str, Any], addresses: list[str]) -> None:
    """Every host that a connection needs is called once, and told no secret."""
    connection = change(
        {"conn_type": "zoom", "login": "doctor-hosts", "password": "wr0ng-secret", "extra": {}},
        {"account_id": "a", **fields},
    )
    with requests_mock.Mocker() as wire:
        wire.get(requests_mock.ANY, status_code=500, text="<html>")
        wire.post(requests_mock.ANY, status_code=400, json={"reason": "no"})
        steps = looked_at(connection)
    calls = [call for call in wire.request_history if call.method == "GET"]
    assert [call.url for call in calls] == addresses
    assert not [call for call in calls if "Authorization" in call.headers]
    assert [step.outcome for step in steps if step.name == "host"] == ["ok"] * len(addresses)
    assert "answers over TLS (HTTP 500" in next(s.text for s in steps if s.name == "host")


@pytest.mark.parametrize(
    ("lost", "goes_on"), [("https://file.zoom.us", True), ("https://api.zoom.us", False)]
)
def test_files_alone_need_the_host_of_files(lost: str, goes_on: bool) -> None:
    """Without the host of files, everything else is looked at all the same."""
    connection = change(
        {"conn_type": "zoom", "login": "doctor-lost", "password": "wr0ng-secret", "extra": {}},
        {"account_id": "a"},
    )
    with requests_mock.Mocker() as wire:
        wire.get(requests_mock.ANY, status_code=401)
        wire.get(f"{lost}/v2/users/me", exc=OSError)
        wire.post(requests_mock.ANY, json=token("chat_message:write:admin"))
        steps = looked_at(connection)
    assert failures(steps) == ["host"]
    assert any(step.name == "token" and step.outcome == "ok" for step in steps) == goes_on


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Standard input is empty"),
        ("wr0ng-secret", "Standard input is neither JSON nor a URI."),
        ('{"password": "wr0ng-secret"', "Standard input is not JSON: line 1"),
    ],
    ids=["empty", "neither", "broken"],
)
def test_standard_input_that_is_no_connection(text: str, words: str) -> None:
    """What cannot be read is one failed step, and nothing of it is shown."""
    (step,) = examine("-", lambda: text)
    assert step.outcome == "failed"
    assert step.text.startswith(words)
    assert "wr0ng-secret" not in step.text
