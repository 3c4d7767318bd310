"""What the sandbox contains: one account, its apps, users, channels and webhooks.

Ids never change, since people copy them into their DAGs.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

ACCOUNT_ID = "SandboxAccount-0000000"


@dataclass(frozen=True)
class App:
    """An app of the account; its credentials are open fakes."""

    name: str
    client_id: str
    client_secret: str
    grant_types: tuple[str, ...]
    scope: str
    redirect_uris: tuple[str, ...] = ()  # only of an app that users authorize


@dataclass(frozen=True)
class User:
    """A person with a Zoom account."""

    id: str
    member_id: str
    email: str
    display_name: str
    is_contact: bool = True  # of everybody else in this small world

    @property
    def jid(self) -> str:
        """The address the Chatbot API wants."""
        # https://devsupport.zoom.us 360060332871: the lower-case user id.
        return f"{self.id.lower()}@xmpp.zoom.us"

    @property
    def message_fields(self) -> dict[str, Any]:
        """The fields of a message to this person that tell where it stands."""
        return {"channel": None, "channel_name": None, "contact": self.email}


@dataclass(frozen=True)
class Channel:
    """A channel; ``members`` are e-mail addresses, None is everybody."""

    id: str
    name: str
    type: int  # 1 private, 3 public: https://developers.zoom.us/docs/api/team-chat (OAS)
    members: tuple[str, ...] | None
    archived: bool = False
    encrypted: bool = False

    @property
    def jid(self) -> str:
        """The address the Chatbot API wants."""
        # https://devsupport.zoom.us 360060332871
        return f"{self.id}@conference.xmpp.zoom.us"

    @property
    def message_fields(self) -> dict[str, Any]:
        """The fields of a message in this channel that tell where it stands."""
        return {"channel": self.id, "channel_name": self.name, "contact": None}


@dataclass(frozen=True)
class Webhook:
    """One connection of Zoom's app "Incoming Webhook"; it posts into one channel only."""

    id: str
    name: str
    channel: Channel
    verification_token: str
    secret_token: str | None = None  # only a signed connection has one


# https://developers.zoom.us/docs/api/team-chat (OAS): the granular scopes that both apps have which
# speak for a user. That of the account has them with `:admin`, that of a user without (devforum
# 108207), and some more.
_SCOPES = (
    *("team_chat:write:user_message", "team_chat:update:user_message"),
    *("team_chat:delete:user_message", "team_chat:read:user_message", "team_chat:write:files"),
    *("team_chat:update:message_emoji", "team_chat:read:thread_message"),
    *("team_chat:read:list_user_messages", "team_chat:read:list_user_channels"),
    *("team_chat:read:channel", "user:read:user"),
)

SERVER_TO_SERVER = App(
    name="Airflow",
    client_id="sandbox-client-id",
    client_secret="sandbox-client-secret",
    grant_types=("account_credentials",),
    scope=" ".join(f"{scope}:admin" for scope in _SCOPES),
)
CHATBOT = App(
    name="Airflow Bot",
    client_id="sandbox-bot-client-id",
    client_secret="sandbox-bot-client-secret",
    grant_types=("client_credentials",),
    scope="imchat:bot",
)
USER_OAUTH = App(
    name="Airflow for me",
    client_id="sandbox-user-client-id",
    client_secret="sandbox-user-client-secret",
    grant_types=("authorization_code", "refresh_token"),
    scope=" ".join(
        [
            *_SCOPES,
            *("team_chat:read:list_scheduled_messages", "team_chat:delete:scheduled_message"),
        ]
    ),
    redirect_uris=("http://127.0.0.1:8766/callback", "https://airflow.example.com/zoom"),
)
APPS = {app.client_id: app for app in (SERVER_TO_SERVER, CHATBOT, USER_OAUTH)}
ROBOT_JID = "v1sandboxairflowbot0000@xmpp.zoom.us"

AIRFLOW = User("aIRfLoWSandbox00000001", "airflow-member-0000001", "airflow@example.com", "Airflow")
ANN = User("aNNSandboxUser00000002", "ann-member-00000000002", "ann@example.com", "Ann")
BOB = User("bOBSandboxUser00000003", "bob-member-00000000003", "bob@example.com", "Bob")
CAROL = User(
    "cAROLSandboxUser000004", "carol-member-000000004", "carol@example.com", "Carol", False
)
DAN = User("dANSandboxUser00000005", "dan-member-00000000005", "dan@example.com", "Dan")
USERS = (AIRFLOW, ANN, BOB, CAROL, DAN)  # Carol is nobody's contact; Dan is in no channel

DATA_PIPELINES = Channel(
    "5a0d3c1f8e2b47d69c04b1a7e6f35d20",
    "data-pipelines",
    1,
    (AIRFLOW.email, ANN.email, BOB.email),
)
DATA_TEAM = Channel("b7e41f90c25d4a8e83d6017fa9c2be54", "data-team", 1, (AIRFLOW.email, ANN.email))
INCIDENTS = Channel(
    "0c9f6e2ad8b7431590e7d34b5fa81c63", "incidents", 3, (AIRFLOW.email, ANN.email, BOB.email)
)
OLD_PROJECT = Channel(
    "e31d7a58b04c4f26a9f58c20d7e6b913",
    "old-project",
    1,
    (AIRFLOW.email, ANN.email),
    archived=True,
)
FINANCE = Channel(
    "92b6c0e47fd14a3b8a15de706c43f98b", "finance", 1, (ANN.email, BOB.email, CAROL.email)
)
SEALED = Channel(
    "4f7c28d1a6e94b05b3f90e8d52c71ab6",
    "sealed",
    1,
    (AIRFLOW.email, ANN.email),
    encrypted=True,
)
CHANNELS = {
    channel.id: channel
    for channel in (DATA_PIPELINES, DATA_TEAM, INCIDENTS, OLD_PROJECT, FINANCE, SEALED)
}

PLAIN_WEBHOOK = Webhook(
    "SandboxWebhook0000001", "Airflow alerts", DATA_PIPELINES, "sandbox-verification-token"
)
SIGNED_WEBHOOK = Webhook(
    "SandboxWebhook0000002",
    "Airflow alerts (signed)",
    DATA_PIPELINES,
    "sandbox-signed-verification-token",
    secret_token="sandbox-secret-token",
)
WEBHOOKS = {webhook.id: webhook for webhook in (PLAIN_WEBHOOK, SIGNED_WEBHOOK)}

#: What an open world does not know either, unless it is added: to see what a wrong id looks like.
UNKNOWN_CHANNEL, UNKNOWN_EMAIL = "0" * 32, "nobody@example.com"

#: Ids and addresses that an open world accepts. They look like Zoom's.
_CHANNEL_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_EMAIL = re.compile(r"[^@\s/]+@[^@\s/]+\.[^@\s/]+")
_USER_ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)


class World:
    """Who and what one sandbox knows: the constants of this module, and who was added.

    :param is_open: every other channel and person exists too, if only the id, e-mail or JID that
        names it is well formed, but for `UNKNOWN_CHANNEL` and `UNKNOWN_EMAIL`.
    """

    def __init__(self, *, is_open: bool = False) -> None:
        self.is_open = is_open
        self.channels = dict(CHANNELS)
        self._channels = {name.lower(): channel for name, channel in CHANNELS.items()}
        self.users: list[User] = []
        self._users_by_name: dict[str, User] = {}
        for user in USERS:
            self._add(user)

    def add_channel(self, channel_id: str, name: str = "") -> Channel:
        """Add a channel of which everybody is a member.

        :param name: by default one made of its id.
        """
        known = self._channels.get(channel_id.lower())
        channel = Channel(
            known.id if known else channel_id, name or f"channel-{channel_id[:8]}", 1, None
        )
        self.channels[channel.id] = self._channels[channel.id.lower()] = channel
        return channel

    def add_named(self, name: str) -> None:
        """Add a channel with a name, and an id made of it, unless one has that name or id."""
        there = {channel.name.lower() for channel in self.channels.values()}
        name = name.strip().removeprefix("#").strip()
        is_id = "@" in name or re.fullmatch("[0-9a-fA-F]{32}", name)
        if name and not is_id and name.lower() not in there:
            self.add_channel(hashlib.sha256(name.lower().encode()).hexdigest()[:32], name)

    def add_user(self, email: str, display_name: str = "", user_id: str = "") -> User:
        """Add a person who is everybody's contact, in place of one with the same address.

        :param display_name: by default what stands before the ``@``.
        :param user_id: by default one made of the address.
        """
        digest = hashlib.sha256(email.encode()).hexdigest()
        known = self._users_by_name.get(email.lower())
        if known is not None:
            self.users.remove(known)
        name = display_name or email.partition("@")[0]
        return self._add(User(user_id or digest[:22], f"member-{digest[:15]}", email, name))

    def channel(self, channel_id: str) -> Channel | None:
        """Return the channel with this id, in capitals or not."""
        # Assumed: no page tells whether capitals count in an id.
        found = self._channels.get(channel_id.lower())
        is_taken_in = self.is_open and channel_id != UNKNOWN_CHANNEL
        if found is None and is_taken_in and _CHANNEL_ID.fullmatch(channel_id):
            return self.add_channel(channel_id)
        return found

    def user(self, name: str) -> User | None:
        """Return the user with this id, member id, e-mail or JID."""
        found = self._users_by_name.get(name) or self._users_by_name.get(name.lower())
        if found is None and self.is_open and name.lower() != UNKNOWN_EMAIL:
            user_id = name.partition("@xmpp.")[0]
            if _USER_ID.fullmatch(user_id):
                return self.add_user(f"{user_id.lower()}@example.com", user_id=user_id)
            if _EMAIL.fullmatch(name) and "xmpp." not in name:
                return self.add_user(name)
        return found

    def by_jid(self, jid: str) -> Channel | User | None:
        """Return the channel or the user with this JID."""
        name, _, host = jid.partition("@")
        host = host.lower()
        if host == "conference.xmpp.zoom.us":
            return self.channel(name)
        user = self.user(jid) if host == "xmpp.zoom.us" else None
        return user if user is not None and user.jid == jid.lower() else None

    def _add(self, user: User) -> User:
        self.users.append(user)
        for name in (user.id, user.member_id, user.email.lower(), user.jid):
            self._users_by_name[name] = user
        return user
