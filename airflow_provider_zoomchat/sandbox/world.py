"""Who lives in the sandbox: one account, its apps, users, channels and webhooks.

Constants only. Ids never change, since people copy them into their DAGs.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT_ID = "SandboxAccount-0000000"


@dataclass(frozen=True)
class App:
    """An app of the account; its credentials are open fakes."""

    name: str
    client_id: str
    client_secret: str
    grant_type: str
    scope: str


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
        """The address the chatbot door wants."""
        # https://devsupport.zoom.us 360060332871: the lower-case user id.
        return f"{self.id.lower()}@xmpp.zoom.us"


@dataclass(frozen=True)
class Channel:
    """A channel; ``members`` are e-mail addresses."""

    id: str
    name: str
    type: int  # 1 private, 3 public: https://developers.zoom.us/docs/api/team-chat (OAS)
    members: tuple[str, ...]
    archived: bool = False
    encrypted: bool = False

    @property
    def jid(self) -> str:
        """The address the chatbot door wants."""
        # https://devsupport.zoom.us 360060332871
        return f"{self.id}@conference.xmpp.zoom.us"


@dataclass(frozen=True)
class Webhook:
    """One connection of Zoom's app "Incoming Webhook"; it posts into one channel only."""

    id: str
    name: str
    channel: Channel
    verification_token: str
    secret_token: str | None = None  # only a signed connection has one


SERVER_TO_SERVER = App(
    name="Airflow",
    client_id="sandbox-client-id",
    client_secret="sandbox-client-secret",
    grant_type="account_credentials",
    # https://developers.zoom.us/docs/api/team-chat (OAS): granular scopes
    scope=(
        "team_chat:write:user_message:admin team_chat:update:user_message:admin "
        "team_chat:delete:user_message:admin team_chat:read:user_message:admin "
        "team_chat:write:files:admin team_chat:read:list_user_channels:admin "
        "team_chat:read:channel:admin user:read:user:admin"
    ),
)
CHATBOT = App(
    name="Airflow Bot",
    client_id="sandbox-bot-client-id",
    client_secret="sandbox-bot-client-secret",
    grant_type="client_credentials",
    scope="imchat:bot",
)
APPS = {app.client_id: app for app in (SERVER_TO_SERVER, CHATBOT)}
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

_USERS_BY_NAME = {
    name: user for user in USERS for name in (user.id, user.member_id, user.email, user.jid)
}
_CHANNELS_BY_JID = {channel.jid: channel for channel in CHANNELS.values()}


def find_user(name: str) -> User | None:
    """Return the user with this id, member id, e-mail or JID."""
    return _USERS_BY_NAME.get(name) or _USERS_BY_NAME.get(name.lower())


def find_by_jid(jid: str) -> Channel | User | None:
    """Return the channel or the user with this JID."""
    channel = _CHANNELS_BY_JID.get(jid)
    if channel is not None:
        return channel
    user = find_user(jid)
    return user if user is not None and user.jid == jid.lower() else None
