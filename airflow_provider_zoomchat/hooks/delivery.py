"""What the deeds of the hook share: the right kind of app, who somebody is, a request to Zoom."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

from ..zoom import arguments, users
from ..zoom.cards import as_text
from ..zoom.errors import ConfigError
from ..zoom.http import Request
from . import place
from .base import ZoomConnectionHook
from .connection import Settings

#: What the ids of messages begin with that a muted connection has not sent.
MUTED = "muted-"


class ZoomDeliveryHook(ZoomConnectionHook):
    """A Zoom connection with what sends a request through it."""

    def settings_for(self, app_type: str) -> Settings:
        """Return the connection's fields, if its kind of app is the one that a deed needs.

        :raises ConfigError: it is another kind, and Zoom has no app that can do both.
        """
        settings = self.settings
        if settings.app_type != app_type:
            operator, methods = _USERS_OF[app_type]
            raise ConfigError(
                f"Zoom has no app of this kind for that: connection {self.zoom_conn_id!r} has App "
                f"type {settings.app_type!r}, and {operator} ({methods}) needs {app_type!r}. Use a "
                f"connection of that type, or {_USERS_OF[settings.app_type][0]}."
            )
        return settings

    def find_user(self, user_id: str, *, time_budget: float | None = None) -> dict[str, Any]:
        """Return what Zoom knows of a user, such as ``id``, ``jid`` and ``display_name``.

        The app needs the scope ``user:read:user:admin`` (classic: ``user:read:admin``).

        :param user_id: an e-mail address or a user id.
        :param time_budget: seconds for it, by default the hook's.
        """
        name = arguments.optional_text("user_id", user_id)
        if not name:
            raise ConfigError("user_id is missing. Give it an e-mail address or a user id.")
        request = users.read(self.settings.at.api, name)
        return self.client.send(request, time_budget=time_budget)

    def _deliver(self, request: Request) -> str | None:
        """Send a request and return the id in Zoom's answer, if it has one.

        A muted connection gives a placeholder instead, so that what follows goes on as ever.
        """
        if self.settings.muted:
            self.log.info(
                "Connection %r is muted; without that, this would %s%s",
                self.zoom_conn_id,
                request.doing,
                f": {_shown(request.body)}" if request.body else "",
            )
            return f"{MUTED}{uuid4().hex}" if request.id_key else None
        answer = self.client.send(request, delivery=self.delivery)
        return str(answer[request.id_key]) if request.id_key else None

    def _change(self, existing: str, request: Request) -> str | None:
        """Send a request that changes a message, and return the id of the message."""
        if existing.startswith(MUTED) and not self.settings.muted:
            self.log.info(
                "Nothing to do: message %s was never sent, since the connection was muted.",
                existing,
            )
        else:
            self._deliver(request)
        return existing

    def _thread(self, name: str, message_id: object) -> str | None:
        """Return the id of a message to reply to; None for one that was never sent."""
        given = arguments.optional_text(name, place.id_of(message_id))
        if given and given.startswith(MUTED):
            self.log.info("It goes without its thread, whose first message was muted.")
            return None
        return given


_USERS_OF = {
    "server_to_server": (
        "ZoomChatMessageOperator",
        "send_message, edit_message, delete_message",
    ),
    "chatbot": (
        "ZoomChatbotMessageOperator",
        "send_chatbot_message, edit_chatbot_message, delete_chatbot_message",
    ),
    "incoming_webhook": ("ZoomWebhookMessageOperator", "send_webhook_message"),
}


def _shown(body: bytes) -> str:
    """Return a body as people read it: a card as its words."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError):
        value = json.loads(text)
        words = as_text(value.get("content")) if isinstance(value, dict) else ""
        text = words or json.dumps(value, ensure_ascii=False)
    return text
