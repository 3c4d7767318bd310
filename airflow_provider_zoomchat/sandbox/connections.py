"""Airflow connections that lead to a sandbox, and those that lead to Zoom and must not."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.http import parse_json

PREFIX = "AIRFLOW_CONN_"  # of the environment variables that define connections

DEFAULT_IDS = {
    "server_to_server": "zoom_default",
    "user_oauth": "zoom_user_oauth",
    "chatbot": "zoom_chatbot_default",
    "incoming_webhook": "zoom_webhook_default",
}

_APPS = {
    "server_to_server": world.SERVER_TO_SERVER,
    "user_oauth": world.USER_OAUTH,
    "chatbot": world.CHATBOT,
}

#: The fields of a connection that stand beside its extra, and all.
_BESIDE = ("host", "login", "password")
FIELDS = (
    *_BESIDE,
    *("app_type", "account_id", "user_id", "robot_jid", "user_jid", "lookup_conn_id"),
    *("webhook_url", "verification_token", "secret_token"),
    *("channel", "label", "muted", "share_tokens", "timeout", "proxy", "ca_bundle"),
)

#: What a connection to the real Zoom keeps when it leads here.
_KEPT = ("channel", "label", "muted", "timeout")


def connection(url: str, app_type: str, *, signed: bool = False, **fields: Any) -> dict[str, Any]:
    """Return a connection as the JSON value Airflow reads.

    :param app_type: "server_to_server", "user_oauth", "chatbot" or "incoming_webhook".
    :param signed: a signed incoming webhook.
    :param fields: what is to differ from a connection that works.
    :raises ValueError: there is no such ``app_type``.
    :raises TypeError: there is no such field.
    """
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise TypeError(
            f"A connection has no field {unknown[0]!r}; its fields are {', '.join(FIELDS)}."
        )
    if app_type not in DEFAULT_IDS:
        raise ValueError(f"app_type must be one of {', '.join(DEFAULT_IDS)}; it is {app_type!r}.")
    found: dict[str, Any] = {"conn_type": "zoom", "host": url}
    extra: dict[str, Any] = {"app_type": app_type, "channel": world.DATA_PIPELINES.id}
    if app_type == "incoming_webhook":
        webhook = world.SIGNED_WEBHOOK if signed else world.PLAIN_WEBHOOK
        extra["webhook_url"] = f"{url}/chat/webhooks/incomingwebhook/{webhook.id}"
        extra["verification_token"] = webhook.verification_token
        if webhook.secret_token is not None:
            extra["secret_token"] = webhook.secret_token
    else:
        app = _APPS[app_type]
        found |= {"login": app.client_id, "password": app.client_secret}
        if app_type != "user_oauth":
            extra["account_id"] = world.ACCOUNT_ID
        if app_type == "chatbot":
            extra["robot_jid"] = world.ROBOT_JID
            # A bot's own token finds nobody by e-mail address.
            extra["lookup_conn_id"] = DEFAULT_IDS["server_to_server"]
        elif app_type == "server_to_server":
            extra["user_id"] = world.AIRFLOW.email
    for name, value in fields.items():
        (found if name in _BESIDE else extra)[name] = value
    return {**found, "extra": extra}


def redirected(text: str, url: str) -> dict[str, Any] | None:
    """Return a connection to Zoom so that it leads to a sandbox, with its channel and label.

    :param text: the connection as JSON or as a URI, as Airflow takes it from the environment.
    :return: None if it is not one to Zoom.
    """
    extra: Any
    if text.lstrip().startswith("{"):
        value = parse_json(text)
        if not isinstance(value, dict) or value.get("conn_type") != "zoom":
            return None
        extra = value.get("extra")
    else:
        address, _, query = text.partition("?")
        if not address.lower().startswith("zoom:"):
            return None
        fields = dict(parse_qsl(query))
        extra = fields.get("__extra__", fields)
    if isinstance(extra, str):
        extra = parse_json(extra)
    extra = extra if isinstance(extra, dict) else {}
    kept = {name: extra[name] for name in _KEPT if extra.get(name)}
    app_type = extra.get("app_type")
    if app_type not in DEFAULT_IDS:
        app_type = "server_to_server"
    return connection(url, app_type, **kept)
