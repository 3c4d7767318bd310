"""The XCom `zoom_message`: what a task leaves of its message, the link to it, and who reads it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import BaseOperatorLink, XCom, timezone

from .templated import TemplatedOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, Context

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


def with_id(message: Mapping[str, Any], message_id: str | None) -> dict[str, Any]:
    """Return what is known of a message, with its id and the time: its task is done with it now."""
    return {**message, "message_id": message_id, "time": timezone.utcnow().isoformat()}


def find_message(
    task: TemplatedOperator, context: Context, name: str, message_id: Any
) -> Mapping[str, Any] | None:
    """Return what is known of a message, if a task has left that.

    It is the XCom `zoom_message` of the task that posted the message: of the one behind the
    argument, else of a direct upstream task, each at the map index of this one.

    :param name: the argument that names the message.
    """
    if isinstance(message_id, Mapping):
        return message_id
    if not isinstance(message_id, str):
        return None
    dag = task.get_dag()
    upstream = map(dag.get_task, sorted(task.upstream_task_ids)) if dag else ()
    senders = [
        one.task_id
        for one in upstream
        if issubclass(getattr(one, "operator_class", type(one)), TemplatedOperator)
    ]
    source = task.sources.get(name)
    ti = context["ti"]
    for task_id in dict.fromkeys([*([source] if source else []), *senders]):
        for index in dict.fromkeys((getattr(ti, "map_index", -1), -1)):
            found = ti.xcom_pull(task_ids=task_id, key=XCOM_KEY, map_indexes=index)
            if isinstance(found, Mapping) and found.get("message_id") == message_id:
                return found
    return None
