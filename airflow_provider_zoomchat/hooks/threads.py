"""What people say to a message: the hook's methods for reactions, and for replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.sdk import timezone

from ..zoom import team_chat, threads
from ..zoom.deadline import Deadline
from ..zoom.http import Request
from .base import MUTED, ZoomBaseHook


class ZoomThreadsHook(ZoomBaseHook):
    """A hook that reacts to messages, and reads what people reply; part of `ZoomHook`."""

    def react(
        self,
        message_id: str | Mapping[str, Any],
        emoji: str,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Add a reaction to a message, anybody's, and return the message's id.

        To add one that is there already changes nothing. The app needs the scope
        ``team_chat:update:message_emoji:admin`` (classic: ``chat_message:write:admin``).

        :param message_id: what :meth:`send_message` returned, or the XCom ``zoom_message``, which
            tells where the message is and who sent it.
        :param emoji: one character, such as ``"✅"``, or its code point, such as ``"U+2705"``. Zoom
            takes no skin tones, flags, keycaps, or other emoji of several characters.
        :param to_channel: where the message is; by default the connection's channel.
        :param user_id: who reacts; by default the message's sender, if that is known, else the
            connection's acting user.
        """
        return self._react("add", message_id, emoji, to_channel, to_contact, user_id)

    def unreact(
        self,
        message_id: str | Mapping[str, Any],
        emoji: str,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Take back a reaction that the same user has added, and return the message's id.

        The arguments are those of :meth:`react`.
        """
        return self._react("remove", message_id, emoji, to_channel, to_contact, user_id)

    def replies(
        self,
        message_id: str | Mapping[str, Any],
        since: datetime | None = None,
        *,
        to_channel: str | None = None,
        to_contact: str | None = None,
        user_id: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the replies in a message's thread, oldest first.

        Each is a dict: ``id`` (as Zoom gives it, perhaps in braces), ``text``, ``sender`` (the
        e-mail address; of a stranger an id), ``sender_id``, ``sender_name``, ``is_bot``, and
        ``time``, an aware datetime. The app needs the scope
        ``team_chat:read:thread_message:admin`` (classic: ``chat_message:read:admin``). A muted
        connection asks nobody, and there are none.

        :param message_id: the first message of the thread: what :meth:`send_message` returned, or
            the XCom ``zoom_message``, which tells where the message is.
        :param since: only those from this moment on, an aware datetime; by default of the last 180
            days, about as far back as Zoom lists messages.
        :param to_channel: where the message is; by default the connection's channel.
        :param user_id: as whom it is read; by default the message's sender, if that is known, else
            the connection's acting user.
        :raises GoneError: the message has been deleted.
        """
        deadline = Deadline(self.time_budget)
        thread = self.read_thread(
            message_id,
            since,
            to_channel=to_channel,
            to_contact=to_contact,
            user_id=user_id,
            send=lambda request: self.client.send(request, time_budget=deadline.remaining),
        )
        return thread.replies

    def read_thread(
        self,
        message_id: str | Mapping[str, Any],
        since: datetime | None,
        *,
        to_channel: str | None,
        to_contact: str | None,
        user_id: str | None,
        send: Callable[[Request], Mapping[str, Any]],
        need_main_message: bool = False,
    ) -> threads.Thread:
        """Return a thread; the arguments are those of :meth:`replies`.

        :param send: makes a call for a page.
        :param need_main_message: whether to ask who has sent the first message.
        """
        existing, target = self._existing(message_id, user_id, to_channel, to_contact)
        start = threads.read_since(since, timezone.utcnow())
        if self.settings.muted or existing.startswith(MUTED):
            self.log.info("No replies are read: the connection is muted, or was for the message.")
            return threads.Thread([])

        def ask(to: datetime | None) -> Mapping[str, Any]:
            return send(
                threads.replies_page(
                    self.settings.hosts.api,
                    target.sender,
                    existing,
                    since=start,
                    to=to,
                    target=target.place,
                    need_main_message=need_main_message,
                )
            )

        return threads.read_all(ask, start)

    def _react(
        self,
        action: team_chat.Reaction,
        message_id: str | Mapping[str, Any],
        emoji: str,
        to_channel: str | None,
        to_contact: str | None,
        user_id: str | None,
    ) -> str | None:
        deadline = Deadline(self.client.time_budget)
        existing, target = self._existing(message_id, user_id, to_channel, to_contact)
        request = team_chat.react(
            self.settings.hosts.api,
            target.sender,
            existing,
            emoji,
            action=action,
            target=target.place,
        )
        return self._change(existing, request, deadline)
