"""The hook: one method per deed, for everyone who needs more than the operators."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ..zoom import arguments, chatbot, team_chat, users, webhook
from ..zoom.errors import ConfigError
from ..zoom.http import Request
from . import form, place
from .base import ZoomConnectionHook
from .connection import Settings

#: Stands for the message that a muted connection has not sent.
_MUTED = "(muted)"


class ZoomHook(ZoomConnectionHook):
    """Send, edit and delete messages in Zoom Team Chat.

    A hook may be shared between threads; all hooks of one Zoom app and process share its token.

    .. code-block:: python

        hook = ZoomHook()
        message_id = hook.send_message(message="Load started")
        hook.edit_message(message_id, message="Load finished")

    Every method raises a :class:`~airflow_provider_zoomchat.zoom.errors.ZoomChatError` if it
    fails, and sends nothing if the connection is muted.

    :param zoom_conn_id: the connection to use.
    :param time_budget: seconds for everything that one call of a method does, waits included.
    """

    def send_message(
        self,
        *,
        message: str,
        to_channel: str | None = None,
        to_contact: str | None = None,
        reply_main_message_id: str | None = None,
        at_items: list[dict[str, Any]] | None = None,
        rich_text: list[dict[str, Any]] | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Post a message as a user and return its id, or None if the connection is muted.

        :param message: the text, at most 4096 characters.
        :param to_channel: the channel's id; by default the connection's.
        :param to_contact: a contact of the sender instead: e-mail address, user or member id.
        :param reply_main_message_id: the id of the first message of the thread to reply to.
        :param at_items: mentions: ``at_type`` (1 a contact, 2 everybody), ``at_contact``,
            ``start_position`` and ``end_position`` (inclusive) in the text.
        :param rich_text: formats: ``format_type``, ``format_attr``, ``start_position`` and
            ``end_position`` (inclusive) in the text.
        :param file_ids: at most 6 ids of uploaded files.
        :param user_id: who posts; by default the connection's acting user.
        """
        settings = self.settings_for("server_to_server")
        return self._deliver(
            team_chat.send(
                settings.at.api,
                place.user(settings, user_id),
                message=message,
                target=place.target(settings, to_channel, to_contact),
                reply_main_message_id=reply_main_message_id,
                at_items=at_items,
                rich_text=rich_text,
                file_ids=file_ids,
            )
        )

    def edit_message(
        self,
        message_id: str,
        *,
        message: str,
        to_channel: str | None = None,
        to_contact: str | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Replace the text of a message that the same user posted, and return its id.

        Zoom's edit knows no formats and no mentions: a formatted message becomes plain.

        :param message_id: what :meth:`send_message` returned.
        :param to_channel: where the message is; by default the connection's channel.
        :param file_ids: an empty list takes the message's files away.
        """
        settings = self.settings_for("server_to_server")
        existing = self._existing(message_id)
        return self._change(
            existing,
            team_chat.edit(
                settings.at.api,
                place.user(settings, user_id),
                existing,
                message=message,
                target=place.target(settings, to_channel, to_contact),
                file_ids=file_ids,
            ),
        )

    def delete_message(
        self,
        message_id: str,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Delete a message that the same user posted, and return its id.

        :param message_id: what :meth:`send_message` returned.
        :param to_channel: where the message is; by default the connection's channel.
        """
        settings = self.settings_for("server_to_server")
        existing = self._existing(message_id)
        return self._change(
            existing,
            team_chat.delete(
                settings.at.api,
                place.user(settings, user_id),
                existing,
                target=place.target(settings, to_channel, to_contact),
            ),
        )

    def send_chatbot_message(
        self,
        *,
        content: dict[str, Any] | str | None = None,
        message: str | None = None,
        to_jid: str | None = None,
        reply_to: str | None = None,
        visible_to_user: str | None = None,
        user_jid: str | None = None,
        is_markdown_support: bool | None = None,
    ) -> str | None:
        """Post a message as the bot and return its id, or None if the connection is muted.

        :param content: a card: a dict with ``head`` or ``body``.
        :param message: a text instead; it becomes the body of a card.
        :param to_jid: the JID of a channel or a user, or a channel's id; by default the
            connection's channel.
        :param reply_to: the id of the message to reply to.
        :param visible_to_user: the only user who sees it (admin-managed apps).
        :param user_jid: the user on whose behalf a user-managed app speaks; by default the
            connection's.
        :param is_markdown_support: whether Zoom reads its markdown in the texts.
        """
        settings = self.settings_for("chatbot")
        return self._deliver(
            chatbot.send(
                settings.at.api,
                place.bot(settings, user_jid),
                card=arguments.card_or_text(content, message),
                to_jid=place.jid(settings, to_jid),
                reply_to=reply_to,
                visible_to_user=visible_to_user,
                is_markdown_support=is_markdown_support,
            )
        )

    def edit_chatbot_message(
        self,
        message_id: str,
        *,
        content: dict[str, Any] | str | None = None,
        message: str | None = None,
        to_jid: str | None = None,
        user_jid: str | None = None,
        is_markdown_support: bool | None = None,
    ) -> str | None:
        """Replace the whole card of a message that the bot posted, and return its id.

        :param message_id: what :meth:`send_chatbot_message` returned.
        :param to_jid: where the message is; by default the connection's channel.
        """
        settings = self.settings_for("chatbot")
        existing = self._existing(message_id)
        return self._change(
            existing,
            chatbot.edit(
                settings.at.api,
                place.bot(settings, user_jid),
                existing,
                card=arguments.card_or_text(content, message),
                to_jid=place.jid(settings, to_jid) if to_jid or settings.channel else None,
                is_markdown_support=is_markdown_support,
            ),
        )

    def delete_chatbot_message(self, message_id: str, *, user_jid: str | None = None) -> str | None:
        """Delete a message that the bot posted, and return its id.

        :param message_id: what :meth:`send_chatbot_message` returned.
        """
        settings = self.settings_for("chatbot")
        existing = self._existing(message_id)
        return self._change(
            existing, chatbot.delete(settings.at.api, place.bot(settings, user_jid), existing)
        )

    def send_webhook_message(
        self,
        *,
        message: str | None = None,
        content: dict[str, Any] | str | None = None,
        is_markdown_support: bool | None = None,
    ) -> None:
        """Post a message through the incoming webhook. Zoom names no id, so it cannot be changed.

        :param message: a text, or:
        :param content: a card: a dict with ``head`` or ``body``.
        :param is_markdown_support: whether Zoom reads its markdown in the texts.
        """
        settings = self.settings_for("incoming_webhook")
        self._deliver(
            webhook.send(
                settings.webhook_url or "",
                message=message,
                content=content,
                is_markdown_support=is_markdown_support,
            )
        )

    def find_user(self, user_id: str) -> dict[str, Any]:
        """Return what Zoom knows of a user, such as ``id``, ``jid`` and ``display_name``.

        The app needs the scope ``user:read:user:admin`` (classic: ``user:read:admin``).

        :param user_id: an e-mail address or a user id.
        """
        name = arguments.optional_text("user_id", user_id)
        if not name:
            raise ConfigError("user_id is missing. Give it an e-mail address or a user id.")
        return self.client.send(users.read(self.settings.at.api, name))

    def describe(
        self,
        message_id: str | None,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
        to_jid: str | None = None,
    ) -> dict[str, Any]:
        """Return what is known of a message without asking Zoom, as plain JSON values.

        ``door`` (the connection's app type), ``target``, ``message_id``, ``sender`` and ``link``,
        which opens the place of the message in Zoom; None where something is not known.
        """
        return place.describe(
            self.settings,
            message_id,
            to_channel=to_channel,
            to_contact=to_contact,
            user_id=user_id,
            to_jid=to_jid,
        )

    # Airflow 2.11 to 3.1 looks for these two in the class itself and not in its bases.

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form's fields for Airflow 2.11 to 3.1."""
        return form.widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return the form's behaviour for Airflow 2.11 to 3.1."""
        return form.behaviour()

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

    def _deliver(self, request: Request) -> str | None:
        """Send a request and return the message id in Zoom's answer, if it has one."""
        if self.settings.muted:
            text = (request.body or b"").decode("utf-8", "replace")
            with suppress(ValueError):
                text = json.dumps(json.loads(text), ensure_ascii=False)
            self.log.info(
                "Connection %r is muted; without that, this would %s: %s",
                self.zoom_conn_id,
                request.doing,
                text,
            )
            return None
        answer = self.client.send(request)
        return str(answer[request.id_key]) if request.id_key else None

    def _change(self, existing: str, request: Request) -> str | None:
        """Send a request that changes a message, and return the id of the message."""
        self._deliver(request)
        return None if existing == _MUTED else existing

    def _existing(self, message_id: object) -> str:
        """Return the id of a message to change; a muted send has given none, which is right."""
        if self.settings.muted and message_id in (None, "", "None"):
            return _MUTED
        return arguments.message_id(message_id)


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
