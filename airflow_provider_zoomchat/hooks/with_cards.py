"""The hook's deeds where Zoom takes cards: as a bot, and through a webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..zoom import arguments, chatbot, webhook
from ..zoom.cards.prepare import contacts, prepare, read
from ..zoom.deadline import Deadline
from ..zoom.text import Text
from . import people, place
from .delivery import ZoomDeliveryHook


class CardDoors(ZoomDeliveryHook):
    """Messages as a bot and through a webhook: a part of `ZoomHook`."""

    def send_chatbot_message(
        self,
        *,
        content: dict[str, Any] | str | None = None,
        message: str | Text | None = None,
        markdown: bool | None = None,
        to_jid: str | None = None,
        reply_to: str | Mapping[str, Any] | None = None,
        visible_to_user: str | None = None,
        user_jid: str | None = None,
        is_markdown_support: bool | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Post a message as the bot and return its id; a placeholder if the connection is muted.

        :param content: a card: a dict with ``head`` or ``body``; see
            :mod:`~airflow_provider_zoomchat.zoom.cards`.
        :param message: a text instead; it becomes the body of a card.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param to_jid: the JID of a channel or a user, or a channel's id; by default the
            connection's channel. Here and below, a Look-up connection finds a user by e-mail
            address.
        :param reply_to: the id of the message to reply to.
        :param visible_to_user: the only user who sees it (admin-managed apps).
        :param user_jid: the user on whose behalf a user-managed app speaks; by default the
            connection's.
        :param is_markdown_support: whether Zoom reads its own markdown in all texts of the card.
        :param validate: whether the card is held against ``card.schema.json`` first, as it is by
            default; False lets something through that is newer than the schema.
        """
        settings = self.settings_for("chatbot")
        to_jid = to_jid or place.known(reply_to, settings.app_type).get("to_jid")
        deadline = Deadline(self.client.time_budget)
        request = chatbot.send(
            settings.at.api,
            self._bot(user_jid, deadline),
            card=self._card(content, message, markdown, is_markdown_support, validate),
            to_jid=self._person("to_jid", place.jid(settings, to_jid), deadline),
            reply_to=self._thread("reply_to", reply_to),
            visible_to_user=self._person("visible_to_user", visible_to_user, deadline),
            is_markdown_support=is_markdown_support,
        )
        return self._deliver(request, deadline.remaining)

    def edit_chatbot_message(
        self,
        message_id: str | Mapping[str, Any],
        *,
        content: dict[str, Any] | str | None = None,
        message: str | Text | None = None,
        markdown: bool | None = None,
        to_jid: str | None = None,
        visible_to_user: str | None = None,
        user_jid: str | None = None,
        is_markdown_support: bool | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Replace the whole card of a message that the bot posted, and return its id.

        :param message_id: what :meth:`send_chatbot_message` returned, or the XCom ``zoom_message``.
        :param to_jid: where the message is; by default the connection's channel.
        :param visible_to_user: the only user who sees it, as when it was sent.
        """
        settings = self.settings_for("chatbot")
        existing = arguments.message_id(place.id_of(message_id))
        to_jid = to_jid or place.known(message_id, settings.app_type).get("to_jid")
        deadline = Deadline(self.client.time_budget)
        where = place.jid(settings, to_jid) if to_jid or settings.channel else None
        return self._change(
            existing,
            chatbot.edit(
                settings.at.api,
                self._bot(user_jid, deadline),
                existing,
                card=self._card(content, message, markdown, is_markdown_support, validate),
                to_jid=self._person("to_jid", where, deadline),
                visible_to_user=self._person("visible_to_user", visible_to_user, deadline),
                is_markdown_support=is_markdown_support,
            ),
        )

    def delete_chatbot_message(
        self, message_id: str | Mapping[str, Any], *, user_jid: str | None = None
    ) -> str | None:
        """Delete a message that the bot posted, and return its id.

        One that has been deleted already is no error: the log says so.

        :param message_id: what :meth:`send_chatbot_message` returned, or the XCom ``zoom_message``.
        """
        settings = self.settings_for("chatbot")
        place.known(message_id, settings.app_type)
        existing = arguments.message_id(place.id_of(message_id))
        return self._remove(
            existing,
            chatbot.delete(
                settings.at.api,
                self._bot(user_jid, Deadline(self.client.time_budget)),
                existing,
            ),
        )

    def send_webhook_message(
        self,
        *,
        message: str | Text | None = None,
        markdown: bool | None = None,
        content: dict[str, Any] | str | None = None,
        is_markdown_support: bool | None = None,
        validate: bool | None = None,
    ) -> None:
        """Post a message through the incoming webhook. Zoom names no id, so it cannot be changed.

        :param message: a text, or:
        :param content: a card: a dict with ``head`` or ``body``.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param is_markdown_support: whether Zoom reads its own markdown in all texts.
        :param validate: whether the card is held against ``card.schema.json`` first.
        """
        settings = self.settings_for("incoming_webhook")
        card = self._card(content, message, markdown, is_markdown_support, validate)
        words = None if content else card["body"][0]
        # Formats are what a bare text cannot have.
        plain = words["text"] if words and "is_markdown_support" not in words else None
        self._deliver(
            webhook.send(
                settings.webhook_url or "",
                message=plain,
                content=None if plain else card,
                is_markdown_support=is_markdown_support,
            )
        )

    def _bot(self, user_jid: object, deadline: Deadline) -> chatbot.Bot:
        bot = place.bot(self.settings, user_jid)
        return replace(bot, user_jid=self._person("user_jid", bot.user_jid, deadline))

    def _person(self, name: str, given: Any, deadline: Deadline) -> Any:
        """Return an argument with the JID in place of a person's e-mail address."""
        return people.jid(name, given, self, deadline) if isinstance(given, str) else given

    def _card(
        self,
        content: object,
        message: object,
        markdown: object,
        is_markdown_support: object,
        validate: object,
    ) -> dict[str, Any]:
        """Return a card as Zoom takes it, with its texts written and, unless unwanted, checked."""
        zoom_markdown = arguments.flag("is_markdown_support", is_markdown_support) is True
        if zoom_markdown and isinstance(message, str) and not arguments.flag("markdown", markdown):
            message = Text(message).formatted("ZoomMarkdown")
        card = read(arguments.card_or_text(content, message, markdown))
        return prepare(
            card,
            people.find(contacts(card), self, strict=True),
            zoom_markdown=zoom_markdown,
            validate=arguments.flag("validate", validate) is not False,
        )
