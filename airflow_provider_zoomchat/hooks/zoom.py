"""The hook: a method for each action, for everyone who needs more than the operators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..zoom import chatbot, team_chat, validation, webhook
from ..zoom.deadline import Deadline
from ..zoom.error_codes import CARD_REFUSED, NO_SUCH_USER
from ..zoom.errors import RejectedError
from ..zoom.files import File, FileLike, upload
from ..zoom.files import file as checked_file
from ..zoom.files import files as checked_files
from ..zoom.http import Request
from ..zoom.text import Text
from . import connection, targets, user_lookup
from .app_types import CHATBOT, TEAM_CHAT, WEBHOOK
from .threads import ZoomThreadsHook


class ZoomHook(ZoomThreadsHook):
    """Send, edit and delete messages in Zoom Team Chat, react to them, and read replies.

    A hook may be shared between threads; all hooks of one Zoom app and process share its token.

    .. code-block:: python

        hook = ZoomHook()
        message_id = hook.send_message(message="Load started")
        hook.edit_message(message_id, message="Load finished")

    Every method raises a :class:`~airflow_provider_zoomchat.zoom.errors.ZoomChatError` if it
    fails, and sends nothing if the connection is muted.

    :param zoom_conn_id: the connection to use.
    :param time_budget: seconds for everything that one call of a method does, waits included. A
        file has more, in proportion to its size.
    :param delivery: ``"at_most_once"`` raises if a message may have been posted,
        ``"at_least_once"`` sends it again.
    """

    def send_message(
        self,
        *,
        message: str | Text | None = None,
        content: dict[str, Any] | str | None = None,
        markdown: bool | None = None,
        to_channel: str | None = None,
        to_contact: str | None = None,
        reply_main_message_id: str | Mapping[str, Any] | None = None,
        at_items: list[dict[str, Any]] | None = None,
        rich_text: list[dict[str, Any]] | None = None,
        files: Sequence[FileLike] | FileLike | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Post a message as a user and return its id; a placeholder if the connection is muted.

        If Zoom does not know somebody whom `message` mentions, it goes again with all its mentions
        as plain words: Zoom does not say who it was. If Zoom refuses the card, the card's words go
        as formatted text: whether an app may post cards as a user shows only then.

        :param message: the text, at most 4096 characters; with formats and mentions, if it is a
            :class:`~airflow_provider_zoomchat.zoom.text.Text`.
        :param content: a card: a dict with ``head`` or ``body``; see
            :mod:`~airflow_provider_zoomchat.zoom.cards`. The message stands above it; without one,
            the card's first line does, since Zoom wants a text. People are mentioned in the
            message: a card as a user mentions by JID alone.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param to_channel: the channel's id, or its name, which is looked up once a day (scope
            ``team_chat:read:list_user_channels:admin``, classic ``chat_channel:read:admin``); by
            default the connection's channel.
        :param to_contact: a contact of the sender instead: e-mail address, user or member id.
        :param reply_main_message_id: the id of the first message of the thread to reply to.
        :param at_items: mentions: ``at_type`` (1 a contact, 2 everybody), ``at_contact``,
            ``start_position`` and ``end_position`` (inclusive) in the text.
        :param rich_text: formats: ``format_type``, ``format_attr``, ``start_position`` and
            ``end_position`` (inclusive) in the text.
        :param files: a list of files to upload and send with it, each a path, or a pair of a name
            and a path or bytes. With `file_ids` at most 6; png, jpg, jpeg and gif show as images.
        :param file_ids: ids of files that were uploaded before.
        :param user_id: who posts; by default the connection's acting user.
        :param validate: whether the card is held against ``card.schema.json`` first, as it is by
            default; False lets something through that is newer than the schema.
        """
        settings = self.settings_for(TEAM_CHAT)
        target = targets.of_user(
            settings, user_id, to_channel, to_contact, parent=reply_main_message_id
        )
        thread = self._thread("reply_main_message_id", reply_main_message_id)
        deadline = Deadline(self.client.time_budget)
        card = self._users_card(content, validate)
        text = team_chat.text_of(message, markdown, card)
        ids = validation.file_ids(file_ids) or []
        uploads = checked_files(files, beside=len(ids))
        self._look_up(target)
        seconds = deadline.remaining  # uploads have a time of their own

        def request() -> Request:
            return team_chat.send(
                settings.hosts.api,
                target.sender,
                message=text,
                card=card,
                target=target.place,
                reply_main_message_id=thread,
                at_items=at_items,
                rich_text=rich_text,
                file_ids=ids,
            )

        def in_words(error: RejectedError) -> str | None:
            nonlocal text, card
            # A notifier gives a card that is prepared, and sends its own simpler form.
            if not card or card is content or error.code not in CARD_REFUSED:
                return None
            plain = bool(at_items or rich_text)
            above = text if message else None
            text, card = team_chat.card_in_words(card, above, plain=plain), None
            return "with text in place of its card"

        def without_mentions(error: RejectedError) -> str | None:
            nonlocal text
            if error.code != NO_SUCH_USER or not text.contacts():
                return None
            text = text.without_mentions()
            return "with its mentions as plain words"

        def elsewhere(error: RejectedError) -> str | None:
            if not self._has_moved(error, target):
                return None
            return f"with channel {target.value}, which has that name now"

        if uploads:
            request()  # before a file is uploaded, so that what is wrong shows first
            ids = [*ids, *self._uploaded(uploads, target.sender)]
        fallbacks = in_words, without_mentions, elsewhere
        return self._deliver_best(request, Deadline(seconds), *fallbacks)

    def upload_file(self, file: FileLike, *, user_id: str | None = None) -> str | None:
        """Upload a file and return its id for `file_ids`.

        :param file: a path, or a pair of a name and a path or bytes; a path's content is streamed,
            never held in memory. Of a file that no message names, nobody sees anything.
        :param user_id: who uploads, and then sends it; by default the connection's acting user.
        """
        settings = self.settings_for(TEAM_CHAT)
        ids = self._uploaded([checked_file(file)], targets.user(settings, user_id))
        return ids[0] if ids else None

    def edit_message(
        self,
        message_id: str | Mapping[str, Any],
        *,
        message: str | Text | None = None,
        content: dict[str, Any] | str | None = None,
        markdown: bool | None = None,
        to_channel: str | None = None,
        to_contact: str | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Replace text and card of a message that the same user posted, and return its id.

        Zoom's edit knows no formats and no mentions: of these it keeps what can be said in words.
        A card keeps its looks. If Zoom refuses the card, its words go as text.

        :param message_id: what :meth:`send_message` returned, or the XCom ``zoom_message``, which
            tells where the message is and who sent it.
        :param content: the new card; an empty dict takes the card away.
        :param to_channel: where the message is; by default the connection's channel.
        :param file_ids: an empty list takes the message's files away.
        """
        deadline = Deadline(self.client.time_budget)
        existing, target = self._existing(message_id, user_id, to_channel, to_contact)
        card = team_chat.NO_CARD if content == {} else self._users_card(content, validate)
        text = team_chat.text_of(message, markdown, card)
        ids = validation.file_ids(file_ids)

        def request() -> Request:
            return team_chat.edit(
                self.settings.hosts.api,
                target.sender,
                existing,
                message=text,
                card=card,
                target=target.place,
                file_ids=ids,
            )

        def in_words(error: RejectedError) -> str | None:
            nonlocal text, card
            if not card or error.code not in CARD_REFUSED:
                return None
            text = team_chat.card_in_words(card, text if message else None)
            card = team_chat.NO_CARD  # or an earlier one would stay below the new words
            return "with text in place of its card"

        if not self._was_never_sent(existing):
            self._deliver_best(request, deadline, in_words)
        return existing

    def delete_message(
        self,
        message_id: str | Mapping[str, Any],
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Delete a message that the same user posted, and return its id.

        One that has been deleted already is no error: the log says so.

        :param message_id: what :meth:`send_message` returned, or the XCom ``zoom_message``, which
            tells where the message is and who sent it.
        :param to_channel: where the message is; by default the connection's channel.
        """
        deadline = Deadline(self.client.time_budget)
        existing, target = self._existing(message_id, user_id, to_channel, to_contact)
        request = team_chat.delete(
            self.settings.hosts.api, target.sender, existing, target=target.place
        )
        return self._remove(existing, request, deadline)

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
        zoom_markdown: bool | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Post a message as the bot and return its id; a placeholder if the connection is muted.

        :param content: a card: a dict with ``head`` or ``body``; see
            :mod:`~airflow_provider_zoomchat.zoom.cards`.
        :param message: a text instead; it becomes the body of a card.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param to_jid: the JID of a channel or a user, or a channel's id; by default the
            connection's channel. Here and below, a Look-up connection finds a user by e-mail
            address, and a channel by name.
        :param reply_to: the id of the message to reply to.
        :param visible_to_user: the only user who sees it (admin-managed apps).
        :param user_jid: the user on whose behalf a user-managed app speaks; by default the
            connection's.
        :param zoom_markdown: whether Zoom reads its own markdown in all texts of the card.
        :param validate: whether the card is held against ``card.schema.json`` first, as it is by
            default; False lets something through that is newer than the schema.
        """
        settings = self.settings_for(CHATBOT)
        deadline = Deadline(self.client.time_budget)
        request = partial(
            chatbot.send,
            settings.hosts.api,
            self._bot(user_jid, deadline),
            card=self._card(content, validate, message, markdown, zoom_markdown),
            reply_to=self._thread("reply_to", reply_to),
            visible_to_user=user_lookup.jid("visible_to_user", visible_to_user, self, deadline),
            zoom_markdown=zoom_markdown,
        )
        target = targets.of_bot(settings, to_jid, reply_to).required()
        # A person is looked up once.
        where = self._bot_jid(target, deadline)

        def elsewhere(error: RejectedError) -> str | None:
            nonlocal where
            if not self._has_moved(error, target):
                return None
            where = target.value
            return f"to {where}, which has that name now"

        return self._deliver_best(lambda: request(to_jid=where), deadline, elsewhere)

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
        zoom_markdown: bool | None = None,
        validate: bool | None = None,
    ) -> str | None:
        """Replace the whole card of a message that the bot posted, and return its id.

        :param message_id: what :meth:`send_chatbot_message` returned, or the XCom ``zoom_message``.
        :param to_jid: where the message is; by default the connection's channel.
        :param visible_to_user: the only user who sees it, as when it was sent.
        """
        settings = self.settings_for(CHATBOT)
        existing = validation.message_id(targets.id_of(message_id))
        deadline = Deadline(self.client.time_budget)
        where = self._bot_jid(targets.of_bot(settings, to_jid, message_id), deadline)
        return self._change(
            existing,
            chatbot.edit(
                settings.hosts.api,
                self._bot(user_jid, deadline),
                existing,
                card=self._card(content, validate, message, markdown, zoom_markdown),
                to_jid=where or None,
                visible_to_user=user_lookup.jid("visible_to_user", visible_to_user, self, deadline),
                zoom_markdown=zoom_markdown,
            ),
            deadline,
        )

    def delete_chatbot_message(
        self, message_id: str | Mapping[str, Any], *, user_jid: str | None = None
    ) -> str | None:
        """Delete a message that the bot posted, and return its id.

        One that has been deleted already is no error: the log says so.

        :param message_id: what :meth:`send_chatbot_message` returned, or the XCom ``zoom_message``.
        """
        settings = self.settings_for(CHATBOT)
        targets.known(message_id, settings.app_type)
        existing = validation.message_id(targets.id_of(message_id))
        deadline = Deadline(self.client.time_budget)
        bot = self._bot(user_jid, deadline)
        request = chatbot.delete(settings.hosts.api, bot, existing)
        return self._remove(existing, request, deadline)

    def send_webhook_message(
        self,
        *,
        message: str | Text | None = None,
        markdown: bool | None = None,
        content: dict[str, Any] | str | None = None,
        zoom_markdown: bool | None = None,
        validate: bool | None = None,
    ) -> None:
        """Post a message through the incoming webhook. Zoom names no id, so it cannot be changed.

        :param message: a text, or:
        :param content: a card: a dict with ``head`` or ``body``.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param zoom_markdown: whether Zoom reads its own markdown in all texts.
        :param validate: whether the card is held against ``card.schema.json`` first.
        """
        settings = self.settings_for(WEBHOOK)
        card = self._card(content, validate, message, markdown, zoom_markdown)
        words = None if content else card["body"][0]
        # Formats are what a bare text cannot have.
        plain = words["text"] if words and "is_markdown_support" not in words else None
        self._deliver(
            webhook.send(
                settings.webhook_url or "",
                message=plain,
                content=None if plain else card,
                zoom_markdown=zoom_markdown,
            )
        )

    # Airflow 2.11 to 3.1 looks for these two in the class itself and not in its bases.

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the form's fields for Airflow 2.11 to 3.1."""
        return connection.widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return the form's behaviour for Airflow 2.11 to 3.1."""
        return connection.behaviour()

    def _uploaded(self, files: Sequence[File], user_id: str) -> list[str]:
        """Upload files and return their ids."""
        ids = [self._deliver(upload(self.settings.hosts.files, user_id, file)) for file in files]
        return [file_id for file_id in ids if file_id]
