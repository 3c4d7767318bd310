"""What is known of each app type: a row for each of the four kinds of access that Zoom gives.

Sources of the scopes: https://developers.zoom.us/docs/api/team-chat/ and .../users/ (granular and
classic; apps that act for one user have them without ``:admin``, devforum.zoom.us 108207),
https://github.com/zoom/chatbot-nodejs-quickstart (imchat).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple


class Scope(NamedTuple):
    """A right of an app.

    :param action: what it is for, to stand behind "to".
    :param spellings: one of them is enough; the first is the granular one.
    :param feature: what cannot be had without, to stand at the start of a sentence; empty where
        the provider is of little use without.
    """

    action: str
    spellings: tuple[str, ...]
    feature: str = ""

    @property
    def needed(self) -> bool:
        """Whether the provider is of little use without."""
        return not self.feature

    def __str__(self) -> str:
        return f"{' or '.join(self.spellings)} (to {self.action})"


class AppType(NamedTuple):
    """One way to post into Zoom.

    :param api: the API of Zoom's that it calls. App types of one API can do the same.
    :param app: what Zoom calls an app of this kind.
    :param posts: who posts, as a sentence says it.
    :param needs: the fields that a connection needs; of a tuple, one is enough.
    :param classes: how the names of its operator and its notifier begin.
    :param methods: the hook's method for each operation of the operator.
    :param more_methods: what else the hook can do with it alone.
    :param scopes: what its app needs or can use; the first is the one to send with.
    :param mistaken_for: the app type that people confuse it with.
    :param own_field: a field that this one needs and that one does not.
    """

    api: Literal["team_chat", "chatbot", "webhook"]
    app: str
    posts: str
    needs: tuple[str | tuple[str, ...], ...]
    classes: str
    methods: Mapping[str, str]
    more_methods: tuple[str, ...] = ()
    scopes: tuple[Scope, ...] = ()
    mistaken_for: str | None = None
    own_field: str | None = None

    @property
    def operator(self) -> str:
        """The name of its operator."""
        return f"{self.classes}MessageOperator"

    @property
    def notifier(self) -> str:
        """The name of its notifier."""
        return f"{self.classes}Notifier"

    @property
    def list_channels(self) -> Scope:
        """The scope to list channels with, of a type that can."""
        return next(one for one in self.scopes if one.action == _LIST_CHANNELS)

    @property
    def list_messages(self) -> Scope:
        """The scope to look for messages with, of a type that can."""
        return next(one for one in self.scopes if one.action == _LIST_MESSAGES)

    @property
    def read_user(self) -> Scope:
        """The scope to look up users with, of a type that can."""
        return next(one for one in self.scopes if one.action in _READ_USER)


_LIST_CHANNELS = "find channels by name"
_LIST_MESSAGES = "tell whether a message was posted"
_READ_USER = ("look up users", "tell who has authorized it")


def _of_user(admin: str, read_user: str) -> tuple[Scope, ...]:
    """Return the scopes of an app that posts as a user.

    :param admin: what ends them all.
    """
    write = f"chat_message:write{admin}"
    granular = "team_chat:{}" + admin
    return (
        Scope("send messages", (granular.format("write:user_message"), write)),
        Scope("edit messages", (granular.format("update:user_message"), write)),
        Scope("delete messages", (granular.format("delete:user_message"), write)),
        Scope("upload files", (granular.format("write:files"), write), "Files"),
        Scope("add reactions", (granular.format("update:message_emoji"), write), "Reactions"),
        Scope(
            "read replies",
            (granular.format("read:thread_message"), f"chat_message:read{admin}"),
            "Asking for answers",
        ),
        Scope(
            _LIST_MESSAGES,
            (granular.format("read:list_user_messages"), f"chat_message:read{admin}", write),
            "Telling whether a message was posted",
        ),
        Scope(
            _LIST_CHANNELS,
            (granular.format("read:list_user_channels"), f"chat_channel:read{admin}"),
            "Finding channels by name",
        ),
        Scope(read_user, (f"user:read:user{admin}", f"user:read{admin}"), "Looking users up"),
    )


_MORE_AS_USER = ("react", "unreact", "replies")
_AS_USER = {"send": "send_message", "edit": "edit_message", "delete": "delete_message"}

#: The app types by name, the default first.
APP_TYPES: Mapping[str, AppType] = {
    "server_to_server": AppType(
        api="team_chat",
        app="Server-to-Server OAuth app",
        posts="as a user",
        needs=("client_id", "client_secret", "account_id"),
        classes="ZoomChat",
        methods=_AS_USER,
        more_methods=_MORE_AS_USER,
        scopes=_of_user(":admin", _READ_USER[0]),
        mistaken_for="chatbot",
        own_field="user_id",
    ),
    "user_oauth": AppType(
        api="team_chat",
        app="user-managed General App",
        posts="as the user who has authorized it",
        needs=("client_id", "client_secret"),
        classes="ZoomChat",
        methods=_AS_USER,
        more_methods=_MORE_AS_USER,
        scopes=_of_user("", _READ_USER[1]),
    ),
    "chatbot": AppType(
        api="chatbot",
        app="General App with a bot",
        posts="as a bot",
        needs=("client_id", "client_secret", "account_id", "robot_jid"),
        classes="ZoomChatbot",
        methods={
            "send": "send_chatbot_message",
            "edit": "edit_chatbot_message",
            "delete": "delete_chatbot_message",
        },
        scopes=(Scope("send, edit and delete messages", ("imchat:bot", "imchat:userapp")),),
        mistaken_for="server_to_server",
        own_field="robot_jid",
    ),
    "incoming_webhook": AppType(
        api="webhook",
        app="Incoming Webhook",
        posts="through a webhook",
        needs=("webhook_url", ("verification_token", "secret_token")),
        classes="ZoomWebhook",
        methods={"send": "send_webhook_message"},
    ),
}


def one_for_each_api() -> tuple[str, ...]:
    """Return the first app type of each API, for what depends on the API alone."""
    first: dict[str, str] = {}
    for name, one in APP_TYPES.items():
        first.setdefault(one.api, name)
    return tuple(first.values())
