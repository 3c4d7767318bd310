"""A plain client of the sandbox: requests over a real socket, nothing of the provider."""

from __future__ import annotations

import uuid
from typing import Any

import requests

from airflow_provider_zoomchat.sandbox import Sandbox, oauth, world
from airflow_provider_zoomchat.sandbox.state import Message


class Caller:
    """Speaks to one sandbox as its two apps do."""

    def __init__(self, zoom: Sandbox) -> None:
        self.zoom = zoom
        self.session = requests.Session()
        self.user = zoom.connection("server_to_server")
        self.bot = zoom.connection("chatbot")
        self.channel: str = self.user["extra"]["channel"]
        with zoom.chat:
            self.user_token = oauth.new_token(zoom.chat, world.SERVER_TO_SERVER)
            self.bot_token = oauth.new_token(zoom.chat, world.CHATBOT)

    def token(self, connection: dict[str, Any], **form: str) -> requests.Response:
        """Ask for a token as the app of a connection."""
        credentials = (connection["login"], connection["password"])
        return self.session.post(self.zoom.url + "/oauth/token", data=form, auth=credentials)

    def call(
        self, method: str, path: str, token: str | None = None, **parts: Any
    ) -> requests.Response:
        """Call any address with a token; the user's unless told otherwise."""
        headers = {"Authorization": f"Bearer {token or self.user_token}"}
        parts.setdefault("timeout", 5)
        return self.session.request(method, self.zoom.url + path, headers=headers, **parts)

    def chat(
        self, method: str, message_id: str = "", user: str = "airflow@example.com", **parts: Any
    ) -> requests.Response:
        """Call the Team Chat API."""
        slash = f"/{message_id}" if message_id else ""
        return self.call(method, f"/v2/chat/users/{user}/messages{slash}", **parts)

    def send(self, message: Any = "Load is late", **fields: Any) -> requests.Response:
        """Send a message as the user, by default to the connection's channel."""
        if "to_contact" not in fields:
            fields.setdefault("to_channel", self.channel)
        return self.chat("POST", json={"message": message, **fields})

    def as_bot(self, method: str, message_id: str = "", **parts: Any) -> requests.Response:
        """Call the Chatbot API."""
        slash = f"/{message_id}" if message_id else ""
        return self.call(method, f"/v2/im/chat/messages{slash}", self.bot_token, **parts)

    def card(self, text: str = "Load is late", **fields: Any) -> dict[str, Any]:
        """Return the body of a bot message."""
        return {
            "robot_jid": self.bot["extra"]["robot_jid"],
            "account_id": self.bot["extra"]["account_id"],
            "to_jid": f"{self.channel}@conference.xmpp.zoom.us",
            "content": {"head": {"text": text}},
            **fields,
        }


def code(response: requests.Response) -> tuple[int, int]:
    """Return the HTTP status and Zoom's own code."""
    return response.status_code, response.json()["code"]


def fill(zoom: Sandbox, *texts: str, place: world.Channel = world.DATA_PIPELINES) -> list[str]:
    """Put messages into a channel at once, as if the user had sent them; return the ids."""
    with zoom.chat:
        return [
            zoom.chat.post(
                Message(
                    id=str(uuid.uuid4()),
                    api="team_chat",
                    sender=world.AIRFLOW.display_name,
                    sender_id=world.AIRFLOW.email,
                    text=text,
                    **place.message_fields,
                )
            ).id
            for text in texts
        ]
