"""What can be reported through each of Zoom's doors. Pure, and cheap to import: DAG files do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..zoom.errors import ConfigError

#: What a report may be sent as.
SHAPES = ("text", "card", "csv")


@dataclass(frozen=True)
class Door:
    """What an app of one type can post; the first of its shapes is the default."""

    shapes: tuple[str, ...]
    #: The hook's methods that send and edit; None where nothing can be edited.
    send: str
    edit: str | None
    #: The operator's arguments that say where a message goes.
    targets: tuple[str, ...]
    #: Whether texts are written in Zoom's markdown.
    zoom_markdown: bool = True


DOORS = {
    "server_to_server": Door(
        shapes=("text", "csv"),
        send="send_message",
        edit="edit_message",
        targets=("to_channel", "to_contact", "reply_main_message_id", "user_id"),
        zoom_markdown=False,
    ),
    "chatbot": Door(
        shapes=("card", "text"),
        send="send_chatbot_message",
        edit="edit_chatbot_message",
        targets=("to_jid", "reply_to", "visible_to_user", "user_jid"),
    ),
    "incoming_webhook": Door(
        shapes=("card", "text"), send="send_webhook_message", edit=None, targets=()
    ),
}

#: The arguments that say where a message goes, at any door.
TARGETS = tuple(target for door in DOORS.values() for target in door.targets)

_REMEDIES = {
    "csv": "Bots and webhooks cannot upload files: use a connection with App type "
    "server_to_server, or send_as='card'.",
    "card": "A user cannot post cards: use a connection with App type chatbot or "
    "incoming_webhook, or send_as='text'.",
}


def shape(app_type: str, wanted: str | None, given: Iterable[str]) -> str:
    """Return what a report is sent as.

    :param app_type: the connection's.
    :param wanted: one of `SHAPES`; None is the door's default.
    :param given: the targets that are given.
    :raises ConfigError: the door does not take that shape, or one of the targets.
    """
    door = DOORS[app_type]
    if wanted and wanted not in door.shapes:
        raise ConfigError(_REMEDIES[wanted])
    wrong = [name for name in given if name not in door.targets]
    if wrong:
        takes = ", ".join(door.targets) or "no target, since a webhook has its channel"
        raise ConfigError(
            f"{', '.join(wrong)} cannot be given here: with App type {app_type!r}, a message takes "
            f"{takes}."
        )
    return wanted or door.shapes[0]
