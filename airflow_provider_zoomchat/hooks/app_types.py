"""What is known of each app type and of each API: a row for each; and which scopes an app lacks.

Sources of the scopes: https://developers.zoom.us/docs/api/team-chat/ and .../users/ (granular and
classic; apps that act for one user have them without ``:admin``, devforum.zoom.us 108207),
https://github.com/zoom/chatbot-nodejs-quickstart (imchat).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from ..zoom.error_codes import APP, LACKS_SCOPE
from ..zoom.errors import CredentialsError, ZoomChatError


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


class Api(NamedTuple):
    """One of Zoom's APIs that post messages: app types that call the same one can do the same.

    :param name: as `zoom.http.Request` has it.
    :param class_prefix: how the names of its operator and its notifier begin: ``ZoomChat``.
    :param methods: the hook's method for each operation of the operator.
    :param more_methods: what else the hook can do with it alone.
    :param targets: the arguments for the target of a message, of which one is given.
    :param thread: the argument for the message to reply to.
    :param reader: the argument for the only user who sees a message.
    :param sender: the argument for the user who posts, or on whose behalf the app does.
    :param shapes: what a report may be sent as, the default first.
    :param has_zoom_markdown: whether texts are written in Zoom's own markdown.
    :param needs_lookup: whether its token finds neither users nor channels, so that a Look-up
        connection is asked for them.
    """

    name: Literal["team_chat", "chatbot", "webhook"]
    class_prefix: str
    methods: Mapping[str, str]
    more_methods: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    thread: str | None = None
    reader: str | None = None
    sender: str | None = None
    shapes: tuple[str, ...] = ("card", "text")
    has_zoom_markdown: bool = True
    needs_lookup: bool = False

    @property
    def operator(self) -> str:
        """The name of its operator."""
        return f"{self.class_prefix}MessageOperator"

    @property
    def notifier(self) -> str:
        """The name of its notifier."""
        return f"{self.class_prefix}Notifier"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments for who posts, where, and for whom."""
        return tuple(filter(None, (*self.targets, self.thread, self.reader, self.sender)))

    @property
    def can_edit(self) -> bool:
        """Whether Zoom names the id of a message, so that it can be edited and replied to."""
        return "edit" in self.methods

    @property
    def can_react(self) -> bool:
        """Whether reactions can be added to messages."""
        return "react" in self.more_methods

    @property
    def app_types(self) -> tuple[str, ...]:
        """The app types that call it."""
        return tuple(name for name, one in APP_TYPES.items() if one.api == self)

    @property
    def app_type(self) -> str:
        """The first of these, for what depends on the API alone."""
        return self.app_types[0]


class AppType(NamedTuple):
    """One way to post into Zoom.

    :param app: what Zoom calls an app of this kind.
    :param posts: who posts, as a sentence says it.
    :param needs: the fields that a connection needs; of a tuple, one is enough.
    :param grant: what Zoom calls its way to ask for a token; empty if it has no tokens.
    :param scopes: what its app needs or can use; the first is the one to send with.
    :param acts_for_one_user: whether it acts for the user who has authorized it, and for nobody
        else.
    :param finds_users: whether it may look up every user of the account.
    :param mistaken_for: the app type that people confuse it with.
    :param own_field: a field of the connection that this one needs, and `mistaken_for` does not.
    """

    api: Api
    app: str
    posts: str
    needs: tuple[str | tuple[str, ...], ...]
    grant: str = ""
    scopes: tuple[Scope, ...] = ()
    acts_for_one_user: bool = False
    finds_users: bool = False
    mistaken_for: str | None = None
    own_field: str | None = None

    @property
    def rotates_token(self) -> bool:
        """Whether each token comes with a new refresh token, so that all must share the newest."""
        return self.grant == "refresh_token"

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


TEAM_CHAT = Api(
    "team_chat",
    class_prefix="ZoomChat",
    methods={"send": "send_message", "edit": "edit_message", "delete": "delete_message"},
    more_methods=("react", "unreact", "replies"),
    targets=("to_channel", "to_contact"),
    thread="reply_main_message_id",
    sender="user_id",
    shapes=("text", "card", "csv"),
    has_zoom_markdown=False,
)
CHATBOT = Api(
    "chatbot",
    class_prefix="ZoomChatbot",
    methods={
        "send": "send_chatbot_message",
        "edit": "edit_chatbot_message",
        "delete": "delete_chatbot_message",
    },
    targets=("to_jid",),
    thread="reply_to",
    reader="visible_to_user",
    sender="user_jid",
    needs_lookup=True,
)
WEBHOOK = Api("webhook", class_prefix="ZoomWebhook", methods={"send": "send_webhook_message"})

APIS = (TEAM_CHAT, CHATBOT, WEBHOOK)

#: The arguments for the target of a message, for the message to reply to, and for who posts.
TARGETS = tuple(target for api in APIS for target in api.targets)
THREADS = tuple(api.thread for api in APIS if api.thread)
SENDERS = tuple(api.sender for api in APIS if api.sender)

#: The app types by name, the default first. Sources of the grants:
#: https://developers.zoom.us/docs/internal-apps/s2s-oauth/ (account_credentials),
#: .../integrations/oauth/ (refresh_token), and
#: .../team-chat/installation-and-authentication/ (client_credentials).
APP_TYPES: Mapping[str, AppType] = {
    "server_to_server": AppType(
        TEAM_CHAT,
        app="Server-to-Server OAuth app",
        posts="as a user",
        needs=("client_id", "client_secret", "account_id"),
        grant="account_credentials",
        scopes=_of_user(":admin", _READ_USER[0]),
        finds_users=True,
        mistaken_for="chatbot",
        own_field="user_id",
    ),
    "user_oauth": AppType(
        TEAM_CHAT,
        app="user-managed General App",
        posts="as the user who has authorized it",
        needs=("client_id", "client_secret"),
        grant="refresh_token",
        scopes=_of_user("", _READ_USER[1]),
        acts_for_one_user=True,
    ),
    "chatbot": AppType(
        CHATBOT,
        app="General App with a bot",
        posts="as a bot",
        needs=("client_id", "client_secret", "account_id", "robot_jid"),
        grant="client_credentials",
        scopes=(Scope("send, edit and delete messages", ("imchat:bot", "imchat:userapp")),),
        mistaken_for="server_to_server",
        own_field="robot_jid",
    ),
    "incoming_webhook": AppType(
        WEBHOOK,
        app="Incoming Webhook",
        posts="through a webhook",
        needs=("webhook_url", ("verification_token", "secret_token")),
    ),
}

#: Where an app gets its scopes.
WHERE = f"{APP} > Scopes > Add Scopes"


def lacking(app: AppType, held: Iterable[str]) -> tuple[Scope, ...]:
    """Return what an app is not allowed; nothing if Zoom named no scopes at all.

    With or without ``:admin``: user-managed apps have the names without.
    """
    known = {_plain(scope) for scope in held}
    if not known:
        return ()
    return tuple(scope for scope in app.scopes if known.isdisjoint(map(_plain, scope.spellings)))


def lacks_scope(error: ZoomChatError) -> bool:
    """Tell whether Zoom refused a call because the app lacks a scope."""
    return (
        isinstance(error, CredentialsError) and error.code in LACKS_SCOPE and "scope" in str(error)
    )


def typical(app: AppType, held: Iterable[str]) -> list[str]:
    """Return those of the scopes that only an app of this type can have."""
    spellings = [name for scope in app.scopes for name in scope.spellings]
    # Any app may have those for users.
    families = {name.partition(":")[0] for name in spellings} - {"user"}
    return [scope for scope in held if scope.partition(":")[0] in families]


def remedy(app: AppType, missing: Sequence[Scope]) -> str:
    """Return which scopes an app lacks, and where it gets them, in whole sentences."""
    many = "s" if len(missing) > 1 else ""
    return (
        f"The app lacks the scope{many} {'; '.join(map(str, missing))}. Add "
        f"{'them' if many else 'it'} {where(app)}."
    )


def where(app: AppType) -> str:
    """Return where an app gets its scopes, and what is to be done then."""
    # Zoom refuses a refresh token whose scopes are not the app's (4711):
    # https://developers.zoom.us/docs/integrations/oauth-error-messages/.
    then = (
        "then authorize the app again with zoomchat login"
        if app.rotates_token
        else "a new token is fetched by itself"
    )
    return f"at {WHERE}; {then}"


def _plain(scope: str) -> str:
    return scope.removesuffix(":admin")
