"""Airflow connections that lead to a sandbox."""

from __future__ import annotations

from typing import Any

from airflow_provider_zoomchat.sandbox import world

DEFAULT_IDS = {
    "server_to_server": "zoom_default",
    "chatbot": "zoom_chatbot_default",
    "incoming_webhook": "zoom_webhook_default",
}


def connection(url: str, app_type: str, *, signed: bool = False) -> dict[str, Any]:
    """Return a connection as the JSON value Airflow reads.

    :param app_type: "server_to_server", "chatbot" or "incoming_webhook".
    :param signed: a signed incoming webhook.
    """
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
        app = world.CHATBOT if app_type == "chatbot" else world.SERVER_TO_SERVER
        found |= {"login": app.client_id, "password": app.client_secret}
        extra["account_id"] = world.ACCOUNT_ID
        if app_type == "chatbot":
            extra["robot_jid"] = world.ROBOT_JID
            # A bot's own token finds nobody by e-mail address.
            extra["lookup_conn_id"] = DEFAULT_IDS["server_to_server"]
        else:
            extra["user_id"] = world.AIRFLOW.email
    return {**found, "extra": extra}
