"""What the tasks before one have left about the messages that they posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .link import XCOM_KEY
from .templated import TemplatedOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context


def posted(
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
