"""The link from a task in Airflow's page to the message's channel in Zoom."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator

log = logging.getLogger(__name__)

#: The key of the XCom that holds everything known of a message.
XCOM_KEY = "zoom_message"


class ZoomMessageLink(BaseOperatorLink):
    """Opens the channel of the task's message in Zoom."""

    name = "Open in Zoom"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Return the link; empty for a task that sent nothing.

        Airflow 3 asks in the task's own process, at every end of it, so this must not raise.
        """
        try:
            message = XCom.get_value(ti_key=ti_key, key=XCOM_KEY)
        except Exception as error:
            log.warning("No link to Zoom: the XCom cannot be read (%s).", type(error).__name__)
            return ""
        return str(message.get("link") or "") if isinstance(message, dict) else ""
