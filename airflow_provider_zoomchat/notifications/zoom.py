"""The notifiers: a good alert for every callback that Airflow has, with no argument at all.

.. code-block:: python

    with DAG("sales_daily", default_args={"on_failure_callback": ZoomChatNotifier()}):
        ...
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..hooks.app_types import CHATBOT, TEAM_CHAT, WEBHOOK
from ..hooks.arguments import check_one_target
from ..zoom.errors import ConfigError
from .base import Form, ZoomNotifier
from .templating import TEMPLATED

if TYPE_CHECKING:
    from ..hooks.zoom import ZoomHook
    from ..zoom.deadline import Deadline
    from .rendering import Draft


class ZoomChatNotifier(ZoomNotifier):
    """Post an alert as a user: text with formats, links and mentions; or a card below a text.

    Zoom takes cards of the app itself alone; where it refuses one, its words go as text.

    :param as_card: whether ready-made alerts are cards: the message of a group then keeps its looks
        when it is edited, since Zoom's edit knows no formats of texts.
    :param to_channel: the channel's id, or its name, which is looked up once a day; by default the
        connection's.
    :param to_contact: a contact of the sender instead: e-mail address, user or member id.
    :param reply_main_message_id: the id of the first message of the thread to reply to.
    :param user_id: who posts; by default the connection's acting user.

    A card of the author's stands below `message`, or below its own first line. For the other
    arguments see `ZoomNotifier`. Arguments in `template_fields` are templated, with the callback's
    context and with ``event``, see `event.Event`.
    """

    api = TEAM_CHAT
    template_fields: Sequence[str] = (*TEMPLATED, *TEAM_CHAT.arguments)

    def __init__(
        self,
        message: str | None = None,
        *,
        as_card: bool = False,
        to_channel: str | None = None,
        to_contact: str | None = None,
        reply_main_message_id: str | None = None,
        user_id: str | None = None,
        zoom_conn_id: str = "zoom_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(message, zoom_conn_id=zoom_conn_id, **kwargs)
        self.as_card = as_card
        self.to_channel = to_channel
        self.to_contact = to_contact
        self.reply_main_message_id = reply_main_message_id
        self.user_id = user_id
        check_one_target(self)

    def forms(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> Iterator[Form]:
        """Yield a card, if there is one, then texts, the next one with less for Zoom to refuse."""
        from ..hooks import user_lookup
        from ..zoom.cards.as_text import first_line
        from ..zoom.cards.prepare import contacts, prepare
        from ..zoom.text import Text, join
        from ..zoom.validation import ALWAYS_TAKEN, MAX_CARD_TEXT, MAX_MESSAGE
        from . import rendering

        label = hook.settings.label
        if draft.content is not None or (self.as_card and draft.is_ready_made):
            # Whom to mention stands above the card: in text, Zoom takes an e-mail address.
            own = rendering.as_card(replace(draft, mentions=()), label)
            people = user_lookup.find(contacts(own), hook, deadline.remaining / 3)
            check = self.validate and not draft.is_ready_made
            try:
                card = prepare(own, people, limit=MAX_CARD_TEXT, validate=check)
            except ConfigError as error:
                draft = draft.without_authors_text(error)
            else:
                message = draft.message or Text(first_line(own))
                above = join("\n", [message, rendering.mentions_text(draft.mentions)])
                yield {**draft.arguments, "message": above.cut(ALWAYS_TAKEN), "content": card}
        text = rendering.as_text(draft, label)
        # Zoom may reject the length or the formats; an unknown mention is the hook's matter.
        yield {**draft.arguments, "message": text.cut(MAX_MESSAGE)}
        text = text.cut(ALWAYS_TAKEN)
        yield {**draft.arguments, "message": text}
        yield {**draft.arguments, "message": Text(text.message)}


class ZoomCardNotifier(ZoomNotifier):
    """What the notifiers that send cards share: an author gives either a text or a card.

    :param zoom_markdown: whether Zoom reads its own markdown in them.

    For the other arguments see `ZoomNotifier`.
    """

    def __init__(
        self, message: str | None = None, *, zoom_markdown: bool | None = None, **kwargs: Any
    ) -> None:
        super().__init__(message, **kwargs)
        if message is not None and self.content is not None:
            raise ConfigError(
                "Both message and content are given. Give a text or a card, not both."
            )
        if zoom_markdown is not None:
            # Imported here, since few DAG files give it.
            from ..zoom import validation

            zoom_markdown = validation.flag("zoom_markdown", zoom_markdown)
        self.zoom_markdown = zoom_markdown

    def forms(self, hook: ZoomHook, draft: Draft, deadline: Deadline) -> Iterator[Form]:
        """Yield the author's card, then the ready-made one, then one of mere words."""
        from ..hooks import user_lookup
        from ..zoom.cards.prepare import contacts, prepare
        from ..zoom.validation import MAX_CARD_TEXT
        from . import rendering

        label, markdown = hook.settings.label, self.zoom_markdown is True
        # The author's is checked here, and a ready-made alert must not fail for a rule.
        form = {**draft.arguments, "validate": False}
        own = None if draft.is_ready_made else rendering.as_card(draft, label)
        people = (*draft.mentions, *(contacts(own) if own else ()))
        known = user_lookup.find(people, hook, deadline.remaining / 3)
        if own is not None:
            why = "Zoom refused it; the log of Airflow says why."
            try:
                card = prepare(
                    own, known, zoom_markdown=markdown, limit=MAX_CARD_TEXT, validate=self.validate
                )
            except ConfigError as error:
                why = str(error)
            else:
                yield {**form, "content": card, "zoom_markdown": self.zoom_markdown}
            draft = draft.without_authors_text(why)
        for make in (rendering.as_card, rendering.as_plain_card):
            card = prepare(make(draft, label), known, limit=MAX_CARD_TEXT, validate=False)
            yield {**form, "content": card, "zoom_markdown": None}


class ZoomChatbotNotifier(ZoomCardNotifier):
    """Post an alert as a bot: a card with a coloured bar.

    :param to_jid: the JID of a channel or a user, or a channel's id; by default the connection's
        channel. Here and below, the connection's Look-up connection finds a user by e-mail
        address, and a channel by name.
    :param reply_to: the id of the message to reply to.
    :param visible_to_user: the only user who sees it (admin-managed apps).
    :param user_jid: the user on whose behalf a user-managed app speaks; by default the
        connection's.

    The others stand with `ZoomCardNotifier` and `ZoomNotifier`.
    """

    api = CHATBOT
    template_fields: Sequence[str] = (*TEMPLATED, *CHATBOT.arguments)

    def __init__(
        self,
        message: str | None = None,
        *,
        to_jid: str | None = None,
        reply_to: str | None = None,
        visible_to_user: str | None = None,
        user_jid: str | None = None,
        zoom_conn_id: str = "zoom_chatbot_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(message, zoom_conn_id=zoom_conn_id, **kwargs)
        self.to_jid = to_jid
        self.reply_to = reply_to
        self.visible_to_user = visible_to_user
        self.user_jid = user_jid


class ZoomWebhookNotifier(ZoomCardNotifier):
    """Post an alert through an incoming webhook: a card with a coloured bar.

    Its arguments stand with `ZoomCardNotifier` and `ZoomNotifier`.
    """

    api = WEBHOOK
    template_fields: Sequence[str] = TEMPLATED

    def __init__(
        self,
        message: str | None = None,
        *,
        zoom_conn_id: str = "zoom_webhook_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(message, zoom_conn_id=zoom_conn_id, **kwargs)
