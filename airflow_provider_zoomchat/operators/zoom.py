"""Operators that send, edit, delete and react to messages in Zoom Team Chat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ..hooks.app_types import CHATBOT, TEAM_CHAT, WEBHOOK
from ..hooks.arguments import may_be_template
from ..zoom.errors import ConfigError
from .base import ZoomMessageOperator

if TYPE_CHECKING:
    from .base import Message, Templated


class ZoomChatMessageOperator(ZoomMessageOperator):
    """Send, edit or delete a message as a user of the Zoom account.

    .. code-block:: python

        post = ZoomChatMessageOperator(task_id="post", message="Load started")
        done = ZoomChatMessageOperator(
            task_id="done", operation="edit", message_id=post.output, message="Load finished"
        )

    It returns the message id; the XCom ``zoom_message`` holds all that is known of the message. A
    refusal that no retry can cure fails the task for good. A message that may have been posted
    although Zoom did not confirm it is looked for in its channel, which needs the scope
    ``team_chat:read:list_user_messages:admin``; where that does not tell, the task fails for good
    too: look into the chat, then clear the task.

    :param operation: ``send``, ``edit`` or ``delete``. Edit and delete need the `message_id`, the
        target where the message is, and the user who sent it.
    :param message: the text, at most 4096 characters. Its templates know the filters
        ``zoom_mention``, ``zoom_link``, ``zoom_code``, ``zoom_table`` and ``zoom_escape``; or a
        :class:`~airflow_provider_zoomchat.zoom.text.Text`. (templated)
    :param content: a card, which stands below the text: a dict with ``head`` or ``body``, or a file
        ``*.json.j2`` that holds one. Without `message` its first line stands above it. Zoom takes
        cards of the app itself alone; what it refuses goes as text. An edit replaces it; an empty
        dict takes it away. (templated)
    :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
    :param validate: whether the card is held against ``card.schema.json`` before it is sent; False
        lets something through that is newer than the schema.
    :param message_id: the message to edit or delete. (templated)
    :param to_channel: the channel's id, or its name, which is looked up once a day; by default the
        connection's. (templated)
    :param to_contact: instead of a channel, a contact of the sender: e-mail address, user id or
        member id. (templated)
    :param reply_main_message_id: the id of the first message of the thread to reply to. (templated)
    :param at_items: mentions, with inclusive positions into a plain text. (templated)
    :param rich_text: formats, with inclusive positions into a plain text; only to send. An edit
        makes the text plain, but not the card: Zoom knows no other. (templated)
    :param files: paths of files to upload and send with it, with `file_ids` at most 6; png, jpg,
        jpeg and gif show as images. Whatever writes them must run on the same machine. (templated)
    :param file_ids: ids of files that were uploaded before. (templated)
    :param user_id: who posts; by default the connection's acting user. (templated)
    :param zoom_conn_id: a connection with App type ``server_to_server`` or ``user_oauth``.
        (templated)
    :param durable: on Airflow 3.3 and newer, post once for each task instance: a retry finds what
        an earlier try posted, and edits it if its text has changed. A task that is cleared posts
        again; one that is cleared while it runs may look like a retry.
    :param delivery: ``at_most_once`` (default) fails the task for good if a message may have been
        posted and Zoom does not tell; ``at_least_once`` sends it again.
    :param on_error: ``raise`` (default), or ``log`` to log the error and let the task succeed.
    """

    template_fields: Sequence[str] = (
        "message",
        "content",
        "message_id",
        "to_channel",
        "to_contact",
        "reply_main_message_id",
        "at_items",
        "rich_text",
        "files",
        "file_ids",
        "user_id",
        "zoom_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "message": "md",
        "content": "json",
        "at_items": "json",
        "rich_text": "json",
    }
    untemplated: ClassVar[Sequence[str]] = ("markdown", "validate")
    api = TEAM_CHAT
    methods = api.methods

    def __init__(
        self,
        *,
        message: Message = None,
        content: dict[str, Any] | str | None = None,
        operation: str = "send",
        message_id: Templated = None,
        to_channel: Templated = None,
        to_contact: Templated = None,
        reply_main_message_id: Templated = None,
        at_items: list[dict[str, Any]] | None = None,
        rich_text: list[dict[str, Any]] | None = None,
        files: Sequence[Any] | None = None,
        file_ids: list[str] | None = None,
        user_id: Templated = None,
        validate: bool = True,
        zoom_conn_id: str = "zoom_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(zoom_conn_id=zoom_conn_id, operation=operation, **kwargs)
        self.message = message
        self.content = content
        self.message_id = message_id
        self.to_channel = to_channel
        self.to_contact = to_contact
        self.reply_main_message_id = reply_main_message_id
        self.at_items = at_items
        self.rich_text = rich_text
        self.files = files
        self.file_ids = file_ids
        self.user_id = user_id
        self.validate = validate
        self.check_arguments()


class ZoomChatReactionOperator(ZoomMessageOperator):
    """Add an emoji to a message as a reaction, or remove it, as a user of the Zoom account.

    .. code-block:: python

        post = ZoomChatMessageOperator(task_id="post", message="Load started")
        seen = ZoomChatReactionOperator(task_id="seen", message_id=post.output, emoji="✅")

    It returns the message id, and pushes the XCom ``zoom_message`` as the other operators do. To
    add a reaction that is there already, as a retry may, changes nothing.

    :param message_id: the message, anybody's. (templated)
    :param emoji: one character, such as ``"✅"``, or its code point, such as ``"U+2705"``. Zoom
        takes no skin tones, flags, keycaps, or other emoji of several characters. (templated)
    :param operation: ``add`` or ``remove``.
    :param to_channel: where the message is, if that is not known from `message_id`; by default the
        connection's channel. (templated)
    :param to_contact: instead of a channel, the contact with whom it was exchanged. (templated)
    :param user_id: who reacts; by default the message's sender, if that is known, else the
        connection's acting user. (templated)
    :param zoom_conn_id: a connection with App type ``server_to_server`` or ``user_oauth``.
        (templated)
    :param on_error: ``raise`` (default), or ``log`` to log the error and let the task succeed.
    """

    template_fields: Sequence[str] = (
        "message_id",
        "emoji",
        "to_channel",
        "to_contact",
        "user_id",
        "zoom_conn_id",
    )
    untemplated: ClassVar[Sequence[str]] = ()
    api = TEAM_CHAT
    methods: Mapping[str, str] = {"add": "react", "remove": "unreact"}

    def __init__(
        self,
        *,
        message_id: Templated,
        emoji: Templated,
        operation: str = "add",
        to_channel: Templated = None,
        to_contact: Templated = None,
        user_id: Templated = None,
        zoom_conn_id: str = "zoom_default",
        **kwargs: Any,
    ) -> None:
        for name in ("markdown", "durable", "delivery"):
            if name in kwargs:
                raise ConfigError(f"{type(self).__name__} takes no {name}: it posts no message.")
        super().__init__(zoom_conn_id=zoom_conn_id, operation=operation, **kwargs)
        self.message_id = message_id
        self.emoji = emoji
        self.to_channel = to_channel
        self.to_contact = to_contact
        self.user_id = user_id
        self.check_arguments()

    def check_arguments(self) -> None:
        """Refuse, while the DAG is parsed, what could only fail in a run."""
        super().check_arguments()
        if isinstance(self.emoji, str) and not may_be_template(self.emoji):
            # Imported here, since few DAG files react.
            from ..zoom import team_chat

            team_chat.emoji(self.emoji)


class ZoomChatbotMessageOperator(ZoomMessageOperator):
    """Send, edit or delete a message as a bot.

    .. code-block:: python

        card = ZoomChatbotMessageOperator(
            task_id="card",
            content={
                "head": {"text": "{{ dag.dag_id }}"},
                "body": [{"type": "message", "text": "Load finished"}],
            },
        )

    It returns the message id; the XCom ``zoom_message`` holds all that is known of the message. A
    refusal that no retry can cure fails the task for good, and so does a message that may have been
    posted although Zoom did not confirm it: look into the chat, then clear the task.

    :param operation: ``send``, ``edit`` or ``delete``. Edit and delete need the `message_id`; an
        edit replaces the whole card.
    :param message: a text, at most 4000 characters; it becomes the body of a card. Its templates
        know the filters ``zoom_mention``, ``zoom_link``, ``zoom_code``, ``zoom_table`` and
        ``zoom_escape``. (templated)
    :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough. In a card,
        mark a block instead: ``message("**done**", markdown=True)``.
    :param content: instead of a text, a card: a dict with ``head`` or ``body``, or a file
        ``*.json.j2`` that holds one. (templated)
    :param message_id: the message to edit or delete. (templated)
    :param to_jid: the JID of a channel or a user, or a channel's id; by default the connection's
        channel. Here and below, the connection's Look-up connection finds a user by e-mail
        address, and a channel by name. (templated)
    :param reply_to: the id of the message to reply to. (templated)
    :param visible_to_user: the only user who sees it (admin-managed apps); for an edit, as when it
        was sent. (templated)
    :param user_jid: the user on whose behalf a user-managed app speaks; by default the
        connection's. (templated)
    :param zoom_markdown: whether Zoom reads its own markdown in all texts. (templated)
    :param validate: whether the card is held against ``card.schema.json`` before it is sent; False
        lets something through that is newer than the schema.
    :param zoom_conn_id: a connection with App type ``chatbot``. (templated)
    :param durable: on Airflow 3.3 and newer, post once for each task instance: a retry finds what
        an earlier try posted, and edits it if its text has changed. A task that is cleared posts
        again; one that is cleared while it runs may look like a retry.
    :param delivery: ``at_most_once`` (default) fails the task for good if a message may have been
        posted; ``at_least_once`` sends it again.
    :param on_error: ``raise`` (default), or ``log`` to log the error and let the task succeed.
    """

    template_fields: Sequence[str] = (
        "message",
        "content",
        "message_id",
        "to_jid",
        "reply_to",
        "visible_to_user",
        "user_jid",
        "zoom_markdown",
        "zoom_conn_id",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {"message": "md", "content": "json"}
    untemplated: ClassVar[Sequence[str]] = ("markdown", "validate")
    api = CHATBOT
    methods = api.methods

    def __init__(
        self,
        *,
        message: Message = None,
        content: dict[str, Any] | str | None = None,
        operation: str = "send",
        message_id: Templated = None,
        to_jid: Templated = None,
        reply_to: Templated = None,
        visible_to_user: Templated = None,
        user_jid: Templated = None,
        zoom_markdown: bool | None = None,
        validate: bool = True,
        zoom_conn_id: str = "zoom_chatbot_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(zoom_conn_id=zoom_conn_id, operation=operation, **kwargs)
        self.message = message
        self.content = content
        self.message_id = message_id
        self.to_jid = to_jid
        self.reply_to = reply_to
        self.visible_to_user = visible_to_user
        self.user_jid = user_jid
        self.zoom_markdown = zoom_markdown
        self.validate = validate
        self.check_arguments()


class ZoomWebhookMessageOperator(ZoomMessageOperator):
    """Send a message through an incoming webhook, for teams that have nothing else.

    .. code-block:: python

        ZoomWebhookMessageOperator(task_id="tell", message="{{ dag.dag_id }} has finished")

    Zoom names no message id, so what is posted here cannot be edited or deleted, and the task
    returns None. A message that may have been posted although Zoom did not confirm it fails the
    task for good: look into the chat, then clear the task.

    :param message: a text, at most 4000 characters. (templated)
    :param markdown: whether `message` is markdown: CommonMark, tables, strikethrough.
    :param content: instead of a text, a card: a dict with ``head`` or ``body``, or a file
        ``*.json.j2`` that holds one. (templated)
    :param zoom_markdown: whether Zoom reads its own markdown in all texts. (templated)
    :param validate: whether the card is held against ``card.schema.json`` before it is sent; False
        lets something through that is newer than the schema.
    :param zoom_conn_id: a connection with App type ``incoming_webhook``. (templated)
    :param durable: on Airflow 3.3 and newer, post once for each task instance, however often the
        task is tried. A task that is cleared posts again; one that is cleared while it runs may
        look like a retry.
    :param delivery: ``at_most_once`` (default) fails the task for good if a message may have been
        posted; ``at_least_once`` sends it again.
    :param on_error: ``raise`` (default), or ``log`` to log the error and let the task succeed.
    """

    template_fields: Sequence[str] = ("message", "content", "zoom_markdown", "zoom_conn_id")
    template_fields_renderers: ClassVar[dict[str, str]] = {"message": "md", "content": "json"}
    untemplated: ClassVar[Sequence[str]] = ("markdown", "validate")
    api = WEBHOOK
    methods = api.methods

    def __init__(
        self,
        *,
        message: Message = None,
        content: dict[str, Any] | str | None = None,
        zoom_markdown: bool | None = None,
        validate: bool = True,
        zoom_conn_id: str = "zoom_webhook_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(zoom_conn_id=zoom_conn_id, **kwargs)
        self.message = message
        self.content = content
        self.zoom_markdown = zoom_markdown
        self.validate = validate
        self.check_arguments()
