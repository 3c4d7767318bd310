"""The hook: one method per deed, for everyone who needs more than the operators."""

from __future__ import annotations

from typing import Any

from . import form, place
from .as_user import UserDoor
from .with_cards import CardDoors


class ZoomHook(UserDoor, CardDoors):
    """Send, edit and delete messages in Zoom Team Chat.

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
    :param delivery: how messages are posted: by default at most once.
    """

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

        ``app_type``, ``target``, the same under the hook's name for it (``to_channel``,
        ``to_contact`` or ``to_jid``), ``message_id``, ``sender`` and ``link``, which opens the
        place of the message in Zoom; None where something is not known. The other methods take it
        wherever they take a message id.
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
