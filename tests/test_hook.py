"""The hook against the sandbox: what the chat shows afterwards."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from airflow_provider_zoomchat.hooks import user_lookup
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sandbox.render.lines import emphasis
from airflow_provider_zoomchat.zoom.errors import ConfigError, CredentialsError, RejectedError
from airflow_provider_zoomchat.zoom.text import Text, link, mention, styled

Connect = Callable[..., ZoomHook]
NESTED: dict[str, Any] = {"type": "section"}
for _ in range(3000):
    NESTED = {"type": "section", "sections": [NESTED]}
CARD = {"head": {"text": "Load"}, "body": [{"type": "message", "text": "done"}]}


def test_a_users_message_lives(zoom: Sandbox) -> None:
    """A user's message is posted, edited, answered and deleted."""
    hook = ZoomHook()
    first = hook.send_message(message="Load started 🚀")
    assert first
    assert hook.edit_message(first, message="Load finished") == first
    reply = hook.send_message(message="48,210 rows", reply_main_message_id=first)
    assert reply
    assert hook.delete_message(reply) == reply
    main, answer = zoom.messages(channel="data-pipelines")
    assert (main["text"], main["history"], main["edited"]) == (
        "Load finished",
        ["Load started 🚀"],
        True,
    )
    assert main["sender_id"] == "airflow@example.com"
    assert (answer["reply_to"], answer["deleted"]) == (first, True)


def test_mentions_and_formats_arrive(zoom: Sandbox) -> None:
    """Mentions and formats reach the chat as they were given."""
    ZoomHook().send_message(
        message="@Ann look",
        at_items=[
            {"at_type": 1, "at_contact": "ann@example.com", "start_position": 0, "end_position": 3}
        ],
        rich_text=[{"format_type": "Bold", "start_position": 5, "end_position": 8}],
    )
    (message,) = zoom.messages()
    assert message["at_items"][0]["at_contact"] == "ann@example.com"
    assert message["rich_text"][0]["format_type"] == "Bold"


def test_a_message_to_a_person(zoom: Sandbox) -> None:
    """A contact gets a message instead of a channel."""
    hook = ZoomHook()
    message_id = hook.send_message(message="Hi Ann", to_contact="ann@example.com")
    assert message_id
    hook.edit_message(message_id, message="Hello Ann", to_contact="ann@example.com")
    (message,) = zoom.messages()
    assert (message["contact"], message["channel"]) == ("ann@example.com", None)
    assert message["text"] == "Hello Ann"


def test_a_bots_message_lives(zoom: Sandbox) -> None:
    """A bot's card is posted, edited, answered and deleted; a bare channel id is enough."""
    hook = ZoomHook("zoom_chatbot_default")
    first = hook.send_chatbot_message(content=CARD)
    assert first
    assert hook.edit_chatbot_message(first, message="plain") == first
    reply = hook.send_chatbot_message(message="*why*", reply_to=first, zoom_markdown=True)
    assert reply
    assert hook.delete_chatbot_message(reply) == reply
    card, answer = zoom.messages()
    assert card["content"] == {"body": [{"type": "message", "text": "plain"}]}
    assert card["channel_name"] == "data-pipelines"
    assert (answer["reply_to"], answer["deleted"]) == (first, True)


@pytest.mark.parametrize("signed", [False, True])
def test_a_webhook_posts(connect: Connect, zoom: Sandbox, signed: bool) -> None:
    """Text, markdown and cards arrive through plain and signed webhooks."""
    hook = connect("incoming_webhook", signed=signed)
    hook.send_webhook_message(message='Say "hé" 🚀')
    hook.send_webhook_message(message="*bold*", zoom_markdown=True)
    hook.send_webhook_message(content=CARD)
    text, markdown, card = zoom.messages()
    assert text["text"] == 'Say "hé" 🚀'
    assert markdown["is_markdown_support"]
    assert card["content"] == CARD


ZOOMS_OWN = "*done* <https://a.example|log> `x` & <!ann@xmpp.zoom.us|Ann>"


def test_zooms_own_markdown_goes_as_it_is(zoom: Sandbox) -> None:
    """What an author writes in Zoom's own markdown is not touched, however it is sent."""
    bot, webhook = ZoomHook("zoom_chatbot_default"), ZoomHook("zoom_webhook_default")
    first = bot.send_chatbot_message(message=ZOOMS_OWN, zoom_markdown=True)
    assert first
    bot.edit_chatbot_message(first, message=f"{ZOOMS_OWN}!", zoom_markdown=True)
    webhook.send_webhook_message(message=ZOOMS_OWN, zoom_markdown=True)
    assert [message["content"]["body"][0]["text"] for message in zoom.messages()] == [
        f"{ZOOMS_OWN}!",
        ZOOMS_OWN,
    ]


def test_a_signed_webhook_needs_only_its_secret(connect: Connect, zoom: Sandbox) -> None:
    """A signed webhook works without the verification token, which it does not use."""
    hook = connect("incoming_webhook", signed=True, verification_token="")
    hook.send_webhook_message(message="Hi")
    assert len(zoom.messages()) == 1


@pytest.mark.parametrize(
    ("app_type", "action", "needs"),
    [
        ("chatbot", lambda hook: hook.send_message(message="Hi"), "server_to_server"),
        ("incoming_webhook", lambda hook: hook.delete_message("m"), "server_to_server"),
        ("server_to_server", lambda hook: hook.send_chatbot_message(message="Hi"), "chatbot"),
        ("incoming_webhook", lambda hook: hook.edit_chatbot_message("m", message="x"), "chatbot"),
        ("chatbot", lambda hook: hook.send_webhook_message(message="Hi"), "incoming_webhook"),
    ],
)
def test_the_wrong_kind_of_app(
    connect: Connect,
    zoom: Sandbox,
    app_type: str,
    action: Callable[[ZoomHook], object],
    needs: str,
) -> None:
    """A method that this app type cannot do is refused with the one that can, before any call."""
    with pytest.raises(ConfigError) as caught:
        action(connect(app_type))
    text = str(caught.value)
    assert text.startswith(
        f"Zoom has no app of this kind for that: connection 'zoom_test' has App type {app_type!r}"
    )
    assert f"needs {needs!r}" in text
    assert zoom.requests() == []


FIELD = [{"key": "Rows", "value": "48210"}]


def test_a_muted_connection_sends_nothing(
    connect: Connect,
    zoom: Sandbox,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A muted connection logs what it would have sent, and gives an id to go on with."""
    hook = connect(muted=True)
    with caplog.at_level(logging.INFO):
        message_id = hook.send_message(message="Load started")
        assert message_id
        assert hook.edit_message(message_id, message="Load finished") == message_id
        assert hook.delete_message(message_id) == message_id
    assert zoom.requests() == []
    # Airflow 2 logs through logging, Airflow 3 through structlog.
    logged = caplog.text + capsys.readouterr().out
    assert "would send a message to channel" in logged
    assert "Load started" in logged
    assert "Load finished" in logged


def test_what_is_known_of_a_message_serves_as_its_id(zoom: Sandbox) -> None:
    """It holds the place and the sender, so neither needs to be given again."""
    hook, sender = ZoomHook(), world.AIRFLOW.id
    other: dict[str, Any] = {"to_channel": world.DATA_TEAM.id}
    first = hook.send_message(message="one", user_id=sender, **other)
    known = hook.describe(first, user_id=sender, **other)
    hook.edit_message(known, message="two")
    hook.send_message(message="reply", reply_main_message_id=known)
    direct = hook.send_message(message="direct", to_contact="ann@example.com")
    hook.delete_message(hook.describe(direct, to_contact="ann@example.com"))
    posted = {(each["channel_name"], each["text"], each["deleted"]) for each in zoom.messages()}
    assert posted == {
        ("data-team", "two", False),
        (None, "direct", True),
        ("data-team", "reply", False),
    }
    with pytest.raises(ConfigError, match="was posted with App type 'server_to_server'"):
        ZoomHook("zoom_chatbot_default").edit_chatbot_message(known, message="three")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"to_jid": ""}, "No target: give to_jid, or fill Default channel in the connection."),
        ({"to_jid": 3}, "to_jid must be a text"),
        ({"reply_to": "m1"}, "No target: give to_jid, or fill Default channel in the connection."),
    ],
)
def test_a_bots_message_without_a_target(
    connect: Connect, zoom: Sandbox, given: Any, words: str
) -> None:
    """A bot's message that goes nowhere is refused before anything is sent."""
    hook = connect("chatbot", channel="")
    with pytest.raises(ConfigError, match=words):
        hook.send_chatbot_message(message="Hi", **given)
    assert zoom.requests() == []


@pytest.mark.parametrize("app_type", ["server_to_server", "chatbot", "incoming_webhook"])
def test_a_muted_connection_logs_the_words_of_a_card(
    connect: Connect,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    app_type: str,
) -> None:
    """Of a card a muted connection logs what people would read, not its JSON."""
    hook = connect(app_type, muted=True)
    content = {"head": {"text": "Load"}, "body": [{"type": "fields", "items": FIELD}]}
    with caplog.at_level(logging.INFO):
        if app_type == "server_to_server":
            hook.send_message(content=content)
        elif app_type == "chatbot":
            hook.send_chatbot_message(content=content)
        else:
            hook.send_webhook_message(content=content)
    logged = caplog.text + capsys.readouterr().out
    assert "Load\nRows: 48210" in logged.replace("\\n", "\n")
    assert '"items"' not in logged


def test_a_muted_connection_still_checks(connect: Connect) -> None:
    """What would be refused unmuted is refused muted, so that staging finds it."""
    with pytest.raises(ConfigError, match="message is empty"):
        connect(muted=True).send_message(message="")


def test_an_ended_token_is_renewed_once(zoom: Sandbox) -> None:
    """When Zoom ends a token early, a fresh one is fetched and the message is sent once."""
    hook = ZoomHook()
    hook.send_message(message="one")
    zoom.expire_tokens()
    hook.send_message(message="two")
    assert [message["text"] for message in zoom.messages()] == ["one", "two"]
    assert len(zoom.requests("/oauth/token")) == 2


def test_refused_twice_is_refused(zoom: Sandbox) -> None:
    """If a fresh token is refused too, that is the answer: no loop."""
    zoom.fail(
        401, path="/chat/users", times=5, body={"code": 124, "message": "Invalid access token."}
    )
    with pytest.raises(CredentialsError, match="A fresh token did not help"):
        ZoomHook().send_message(message="one")
    assert len(zoom.requests("/chat/users")) == 2
    assert len(zoom.requests("/oauth/token")) == 2


def test_wrong_secret(connect: Connect, zoom: Sandbox) -> None:
    """A wrong secret is named by its field, is not shown, and is not tried again."""
    with pytest.raises(CredentialsError) as caught:
        connect(password="wr0ng-secret").send_message(message="Hi")
    text = str(caught.value)
    assert "Copy Client ID and Client secret again" in text
    assert "wr0ng-secret" not in text
    assert len(zoom.requests()) == 1


def test_a_changed_secret_finds_no_old_token(connect: Connect, zoom: Sandbox) -> None:
    """A token belongs to its secret: a connection that has changed asks anew."""
    connect().send_message(message="Hi")
    with pytest.raises(CredentialsError):
        connect(password="changed").send_message(message="Hi")


def test_hooks_of_one_app_share_a_token(zoom: Sandbox) -> None:
    """Two hooks in one process need one token."""
    for _ in range(3):
        ZoomHook().send_message(message="Hi")
    assert len(zoom.requests("/oauth/token")) == 1


def test_fifty_threads(zoom: Sandbox) -> None:
    """200 messages from 50 threads: none lost, none doubled, at most 2 tokens, even if they end."""
    hook = ZoomHook()
    start = threading.Barrier(50)

    def send(number: int) -> None:
        if number < 50:
            start.wait()
        if number == 100:
            zoom.expire_tokens()
        hook.send_message(message=f"message {number}")

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(send, range(200)))
    texts = Counter(message["text"] for message in zoom.messages())
    assert texts == Counter(f"message {number}" for number in range(200))
    assert len(zoom.requests("/oauth/token")) <= 2


def test_describe(connect: Connect, zoom: Sandbox) -> None:
    """All that is known of a message is told without asking Zoom, and the link opens its place."""
    user = connect().describe("m1")
    assert user["app_type"] == "server_to_server"
    assert user["message_id"] == "m1"
    assert user["sender"] == "airflow@example.com"
    assert user["link"].startswith(f"{zoom.url}/launch/chat/v2/")
    bot = connect("chatbot").describe("m2")
    assert bot["target"].endswith("@conference.xmpp.zoom.us")
    assert bot["link"] == user["link"]
    person = connect("chatbot").describe("m3", to_jid="u@xmpp.zoom.us")
    assert person["link"].startswith(f"{zoom.url}/launch/chat?jid=robot_v1")
    assert zoom.requests() == []


@pytest.mark.parametrize(
    ("app_type", "words"),
    [
        ("server_to_server", "server_to_server app with Client ID 'sandbox-client-id' of account"),
        ("chatbot", "chatbot app with Client ID 'sandbox-bot-client-id' of account"),
        ("incoming_webhook", "Zoom has no way to try a webhook without posting"),
    ],
)
def test_test_connection(connect: Connect, zoom: Sandbox, app_type: str, words: str) -> None:
    """The test names app, account and scopes, shows no secret and posts nothing."""
    works, text = connect(app_type).test_connection()
    assert works
    assert words in text
    assert "sandbox-client-secret" not in text
    assert len(text) < 2000
    assert zoom.messages() == []


def test_test_connection_asks_anew(connect: Connect, zoom: Sandbox) -> None:
    """The test proves the secret of now, whatever token is kept."""
    hook = connect()
    hook.send_message(message="Hi")
    assert hook.test_connection()[0]
    assert len(zoom.requests("/oauth/token")) == 2


def test_test_connection_tells_a_missing_scope(connect: Connect, zoom: Sandbox) -> None:
    """A token without the scope to send is no success."""
    zoom.fail(
        200,
        path="/oauth/token",
        body={"access_token": "t", "expires_in": 3600, "scope": "user:read:user:admin"},
    )
    works, text = connect().test_connection()
    assert not works
    assert "team_chat:write:user_message:admin or chat_message:write:admin" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "wrong"}, "Copy Client ID and Client secret again"),
        ({"login": ""}, "This connection: It lacks Client ID (login)"),
        ({"host": "http://127.0.0.1:9"}, "no connection to 127.0.0.1:9"),
    ],
)
def test_test_connection_says_why_not(connect: Connect, fields: dict[str, str], words: str) -> None:
    """A failing test gives the remedy, and names no made-up connection id."""
    works, text = connect(**fields, time_budget=0.5).test_connection()
    assert not works
    assert words in text
    assert "zoom_test" not in text


SOURCE = """
    # Load
    **late**: [log](https://a.example/log)

    - `a_b`
    - *c*
"""
SHOWN = [
    ("Load", {"heading"}),
    ("late", {"bold"}),
    (": ", set()),
    ("log", {"link"}),
    ("a_b", {"bullet", "code"}),
    ("c", {"bullet", "italic"}),
]


def sent(zoom: Sandbox) -> list[tuple[str, set[str]]]:
    """Return the words of the last message with the formats that they show in."""
    *_, message = zoom.messages()
    return [(words, set(formats)) for words, formats in emphasis(message) if words.strip("\n")]


@pytest.mark.parametrize(
    ("conn_id", "method"),
    [
        ("zoom_default", "send_message"),
        ("zoom_chatbot_default", "send_chatbot_message"),
        ("zoom_webhook_default", "send_webhook_message"),
    ],
)
def test_the_same_markdown_at_every_api(zoom: Sandbox, conn_id: str, method: str) -> None:
    """The same source shows the same words with the same emphasis, whoever posts it."""
    getattr(ZoomHook(conn_id), method)(message=SOURCE, markdown=True)
    shown = sent(zoom)
    head = shown.pop(0)
    # A bot has no headings, so theirs are bold.
    assert (head[0], head[1] & {"heading", "bold"} != set()) == ("Load", True)
    assert shown == SHOWN[1:]


def test_a_text_at_every_api(zoom: Sandbox) -> None:
    """A text that was put together by functions shows the same on every API."""
    message = "See " + link("log", "https://a.example/log") + " of " + styled("a_b", Code="")
    ZoomHook().send_message(message=message)
    ZoomHook("zoom_chatbot_default").send_chatbot_message(message=message)
    ZoomHook("zoom_webhook_default").send_webhook_message(message=message)
    for found in zoom.messages():
        shown = [(words, set(formats)) for words, formats in emphasis(found)]
        assert shown == [
            ("See ", set()),
            ("log", {"link"}),
            (" of ", set()),
            ("a_b", {"code"}),
        ]


def test_an_edit_in_words(zoom: Sandbox) -> None:
    """Zoom's edit knows no formats: of markdown it keeps what can be said in words."""
    hook = ZoomHook()
    message_id = hook.send_message(message=SOURCE, markdown=True)
    assert message_id
    hook.edit_message(message_id, message=SOURCE, markdown=True)
    (message,) = zoom.messages()
    assert message["text"] == "Load\nlate: log (https://a.example/log)\n\n• a_b\n• c"
    assert message["edited"]
    bot = ZoomHook("zoom_chatbot_default")
    first = bot.send_chatbot_message(message="one")
    assert first
    bot.edit_chatbot_message(first, message="**two**", markdown=True)
    assert sent(zoom) == [("two", {"bold"})]


LONG = "**" + "x" * 4097 + "**"
USER = "server_to_server"
REFUSED: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "formats": (
        USER,
        "send_message",
        {"message": "**a**", "markdown": True, "rich_text": [{"format_type": "Bold"}]},
        "Both a message with formats and rich_text or at_items are given",
    ),
    "mentions": (
        USER,
        "send_message",
        {"message": mention("ann@example.com"), "at_items": [{"at_type": 2}]},
        "Leave them out: markdown and mention() compute them",
    ),
    "length": (USER, "send_message", {"message": LONG, "markdown": True}, "has 4097 characters"),
    "source": (
        USER,
        "send_message",
        {"message": "*" * 1_000_000, "markdown": True},
        "message has 1000000 characters of markdown",
    ),
    "nothing": (USER, "send_message", {"message": "```\n```", "markdown": True}, "is empty"),
    "flag": (USER, "send_message", {"message": "a", "markdown": "maybe"}, "markdown must be true"),
    "edit": (
        USER,
        "edit_message",
        {"message_id": "m", "message": f"**{'x' * 4097}**", "markdown": True},
        "message has 4097 characters, and Zoom takes no more than 4096",
    ),
    "card": (
        "chatbot",
        "send_chatbot_message",
        {"content": CARD, "markdown": True},
        'In a card, mark the blocks: {"type": "message", "text": "**done**", "markdown": true}',
    ),
    "both": (
        "chatbot",
        "send_chatbot_message",
        {"content": CARD, "message": styled("a", Bold="")},
        "Both message and content are given",
    ),
    "a bot's length": (
        "chatbot",
        "send_chatbot_message",
        {"message": LONG, "markdown": True},
        "message has 4097 characters",
    ),
    "a bottomless card": (
        "chatbot",
        "send_chatbot_message",
        {"content": {"body": [NESTED]}},
        "content is nested too deeply for a card",
    ),
    "no JSON": (
        "chatbot",
        "send_chatbot_message",
        {"content": {"head": {"text": float("nan")}}, "validate": False},
        "content cannot be written as JSON",
    ),
    "a webhook's card": (
        "incoming_webhook",
        "send_webhook_message",
        {"content": CARD, "markdown": True},
        "markdown is for message, and content is given",
    ),
    "a webhook's length": (
        "incoming_webhook",
        "send_webhook_message",
        {"message": LONG, "markdown": True},
        "message has 4097 characters",
    ),
}


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_formats_that_are_refused(
    connect: Connect, zoom: Sandbox, case: tuple[str, str, dict[str, Any], str]
) -> None:
    """What cannot be sent as it is given is refused before any call, in one line."""
    app_type, method, given, words = case
    with pytest.raises(ConfigError) as caught:
        getattr(connect(app_type), method)(**given)
    assert words in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert zoom.requests() == []


NOBODY = {"code": 1001, "message": "User does not exist: gone@example.com."}
NO_JID = {"id": "x"}
CALL = "Look, " + mention("gone@example.com") + " " + styled("now", Bold="")


def test_a_contact_that_zoom_does_not_know(zoom: Sandbox) -> None:
    """A message that mentions nobody goes again once, with plain words and its other formats."""
    zoom.fail(404, path="/messages", body=NOBODY)
    assert ZoomHook().send_message(message=CALL)
    (message,) = zoom.messages()
    assert message["text"] == "Look, @gone@example.com now"
    assert message["at_items"] == []
    assert [entry["format_type"] for entry in message["rich_text"]] == ["Bold"]
    assert len(zoom.requests("/messages")) == 2


@pytest.mark.parametrize(
    ("message", "status", "body", "times", "calls"),
    [
        pytest.param(CALL, 404, NOBODY, 2, 2, id="again and again"),
        pytest.param(Text("Hi"), 404, NOBODY, 1, 1, id="the target"),
        pytest.param(CALL, 400, {"code": 200, "message": "No permission."}, 1, 1, id="other"),
    ],
)
def test_a_refusal_that_mentions_do_not_explain(
    zoom: Sandbox, message: Text, status: int, body: dict[str, Any], times: int, calls: int
) -> None:
    """A message is sent again for its mentions alone, and no more than once."""
    zoom.fail(status, path="/messages", body=body, times=times)
    with pytest.raises(RejectedError):
        ZoomHook().send_message(message=message)
    assert len(zoom.requests("/messages")) == calls
    assert zoom.messages() == []


def test_mentions_of_a_user(zoom: Sandbox) -> None:
    """Whom a user mentions is named with the positions of the words."""
    ZoomHook().send_message(message="🚀 " + mention("ann@example.com") + " " + mention("all"))
    (message,) = zoom.messages()
    assert [
        (entry["at_type"], entry.get("at_contact"), entry["start_position"], entry["end_position"])
        for entry in message["at_items"]
    ] == [(1, "ann@example.com", 3, 18), (2, None, 20, 23)]
    assert sent(zoom)[1] == ("@ann@example.com", {"mention"})


ANN = {"id": world.ANN.id, "jid": world.ANN.jid, "display_name": "Ann Lee"}


def test_a_bot_looks_people_up_once(zoom: Sandbox) -> None:
    """Each address costs one call for all messages of the process, in texts and cards."""
    user_lookup.forget()
    zoom.fail(200, path="/v2/users/", body=ANN)
    hook = ZoomHook("zoom_chatbot_default")
    ann = mention("ann@example.com")
    hook.send_chatbot_message(message=ann + " and " + ann)
    hook.send_chatbot_message(content={"body": [{"type": "message", "text": ann}]})
    assert len(zoom.requests("/v2/users/")) == 1
    tag = f"<!{world.ANN.jid}|Ann Lee>"
    assert [message["content"]["body"][0]["text"] for message in zoom.messages()] == [
        f"{tag} and {tag}",
        tag,
    ]
    assert sent(zoom) == [("@Ann Lee", {"mention"})]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"code": 4711, "message": "Invalid access token, does not contain scopes."}),
        (404, NOBODY),
        (500, {}),
        (200, NO_JID),
    ],
    ids=["scope", "nobody", "trouble", "no JID"],
)
def test_a_look_up_that_fails(zoom: Sandbox, status: int, body: dict[str, Any]) -> None:
    """A bot that cannot look people up names them in plain words, and asks no more for a while.

    Somebody who does not exist, or has no JID, is not asked for again; that says nothing about the
    others.
    """
    user_lookup.forget()
    is_about_one = body in (NOBODY, NO_JID)
    zoom.fail(status, path="/v2/users/", body=body, times=9)
    hook = ZoomHook("zoom_chatbot_default", time_budget=5)
    addresses = ["ann@example.com", "bob@example.com", "ann@example.com"]
    for address in addresses:
        assert hook.send_chatbot_message(message=mention(address) + " look")
    assert [message["text"] for message in zoom.messages()] == [
        f"@{address} look" for address in addresses
    ]
    paths = [request["path"] for request in zoom.requests("/v2/users/")]
    asked = ["ann", "bob"] if is_about_one else ["ann"]
    assert list(dict.fromkeys(paths)) == [f"/v2/users/{name}@example.com" for name in asked]
    assert not is_about_one or len(paths) == 2


def test_mentions_that_need_no_look_up(zoom: Sandbox) -> None:
    """A JID or a user id is mentioned as it is; a name and everybody stay plain words."""
    user_lookup.forget()
    jid, bob = mention(f"{world.ANN.jid}|Ann"), mention(world.BOB.id)
    message = jid + " " + bob + " " + mention("data team") + " " + mention("all")
    ZoomHook("zoom_chatbot_default").send_chatbot_message(message=message)
    (found,) = zoom.messages()
    assert found["content"]["body"][0]["text"] == (
        f"<!{world.ANN.jid}|Ann> <!{world.BOB.jid}|{world.BOB.id}> @data team @all"
    )
    assert zoom.requests("/v2/users/") == []


def test_a_webhook_looks_nobody_up(zoom: Sandbox) -> None:
    """A webhook has no app that could look people up, so addresses stay plain words."""
    user_lookup.forget()
    ZoomHook("zoom_webhook_default").send_webhook_message(message=mention("ann@example.com") + "!")
    (message,) = zoom.messages()
    assert message["text"] == "@ann@example.com!"
    assert zoom.requests("/v2/users/") == []


def test_a_way_to_deliver_that_there_is_not() -> None:
    """A hook takes the same words as operators and notifiers, and no others."""
    assert ZoomHook(delivery="at_least_once").delivery.at_least_once
    assert not ZoomHook().delivery.at_least_once
    with pytest.raises(ConfigError, match="delivery must be one of at_most_once, at_least_once"):
        ZoomHook(delivery="often")
