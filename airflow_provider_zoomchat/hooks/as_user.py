"""The hook's deeds as a user of the account: messages and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..zoom import arguments, team_chat
from ..zoom.errors import RejectedError
from ..zoom.files import File, FileLike
from ..zoom.files import file as checked_file
from ..zoom.files import files as checked_files
from ..zoom.http import Request
from ..zoom.text import Text
from ..zoom.upload import upload
from ..zoom.users import NO_SUCH_USER
from . import place
from .delivery import ZoomDeliveryHook


class UserDoor(ZoomDeliveryHook):
    """Messages as a user: a part of `ZoomHook`."""

    def send_message(
        self,
        *,
        message: str | Text,
        markdown: bool | None = None,
        to_channel: str | None = None,
        to_contact: str | None = None,
        reply_main_message_id: str | Mapping[str, Any] | None = None,
        at_items: list[dict[str, Any]] | None = None,
        rich_text: list[dict[str, Any]] | None = None,
        files: Sequence[FileLike] | FileLike | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Post a message as a user and return its id; a placeholder if the connection is muted.

        If Zoom does not know somebody who is mentioned, it goes again with all mentions as plain
        words: Zoom does not say who it was.

        :param message: the text, at most 4096 characters; with formats and mentions, if it is a
            :class:`~airflow_provider_zoomchat.zoom.text.Text`.
        :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
        :param to_channel: the channel's id; by default the connection's.
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
        """
        settings = self.settings_for("server_to_server")
        sender = place.user(settings, user_id)
        target = place.target(settings, to_channel, to_contact, reply_main_message_id)
        thread = self._thread("reply_main_message_id", reply_main_message_id)
        text = arguments.text(message, markdown)
        known = arguments.file_ids(file_ids) or []
        uploads = checked_files(files, beside=len(known))

        def request(text: Text, ids: list[str] | None) -> Request:
            return team_chat.send(
                settings.at.api,
                sender,
                message=text,
                target=target,
                reply_main_message_id=thread,
                at_items=at_items,
                rich_text=rich_text,
                file_ids=ids,
            )

        request(text, known)  # what is wrong with it shall show before a file goes out
        ids = [*known, *self._uploaded(uploads, sender)]
        try:
            return self._deliver(request(text, ids))
        except RejectedError as error:
            # Refused, so it has not been posted.
            if error.code != NO_SUCH_USER or not text.contacts():
                raise
            self.log.warning("%s It goes with its mentions as plain words.", error)
        return self._deliver(request(text.without_mentions(), ids))

    def upload_file(self, file: FileLike, *, user_id: str | None = None) -> str | None:
        """Upload a file and return its id for `file_ids`.

        :param file: a path, or a pair of a name and a path or bytes; a path's content is streamed,
            never held in memory. Of a file that no message names, nobody sees anything.
        :param user_id: who uploads, and then sends it; by default the connection's acting user.
        """
        settings = self.settings_for("server_to_server")
        ids = self._uploaded([checked_file(file)], place.user(settings, user_id))
        return ids[0] if ids else None

    def edit_message(
        self,
        message_id: str | Mapping[str, Any],
        *,
        message: str | Text,
        markdown: bool | None = None,
        to_channel: str | None = None,
        to_contact: str | None = None,
        file_ids: list[str] | None = None,
        user_id: str | None = None,
    ) -> str | None:
        """Replace the text of a message that the same user posted, and return its id.

        Zoom's edit knows no formats and no mentions: of these it keeps what can be said in words.

        :param message_id: what :meth:`send_message` returned, or the XCom ``zoom_message``, which
            tells where the message is and who sent it.
        :param to_channel: where the message is; by default the connection's channel.
        :param file_ids: an empty list takes the message's files away.
        """
        settings = self.settings_for("server_to_server")
        existing = arguments.message_id(place.id_of(message_id))
        return self._change(
            existing,
            team_chat.edit(
                settings.at.api,
                place.user(settings, user_id, message_id),
                existing,
                message=message,
                markdown=markdown,
                target=place.target(settings, to_channel, to_contact, message_id),
                file_ids=file_ids,
            ),
        )

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
        settings = self.settings_for("server_to_server")
        existing = arguments.message_id(place.id_of(message_id))
        return self._remove(
            existing,
            team_chat.delete(
                settings.at.api,
                place.user(settings, user_id, message_id),
                existing,
                target=place.target(settings, to_channel, to_contact, message_id),
            ),
        )

    def _uploaded(self, files: Sequence[File], user_id: str) -> list[str]:
        """Upload files and return their ids."""
        ids = [self._deliver(upload(self.settings.at.files, user_id, file)) for file in files]
        return [file_id for file_id in ids if file_id]
