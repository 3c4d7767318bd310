"""What the operators share: their arguments, their verdict on errors, and what a task leaves.

A task leaves the message id as its result, and the XCom `zoom_message` with all that is known of
the message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    BaseOperatorLink,
    XCom,
    timezone,
)

from ..hooks.app_types import TARGETS, THREADS, Api
from ..hooks.arguments import check_one_target, check_sending
from ..zoom.errors import ConfigError, ZoomChatError
from .templated import TemplatedOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import BaseOperator, Context, XComArg

    from ..hooks.targets import Target
    from ..hooks.zoom import ZoomHook
    from ..zoom.text import Text

    #: A text, or the output of another task.
    Templated: TypeAlias = str | XComArg | None
    #: A text, one with formats, or the output of another task.
    Message: TypeAlias = str | Text | XComArg | None

log = logging.getLogger(__name__)

#: The key of the XCom that holds everything known of a message.
XCOM_KEY = "zoom_message"


class ZoomMessageLink(BaseOperatorLink):
    """Opens the channel of the task's message in Zoom."""

    name = "Open in Zoom"

    def get_link(self, operator: BaseOperator, *, ti_key: Any) -> str:
        """Return the link; empty where no target is known. A send that failed may leave one.

        Airflow 3 asks in the task's own process, at every end of it, so this must not raise.
        """
        try:
            message = XCom.get_value(ti_key=ti_key, key=XCOM_KEY)
        except Exception as error:
            log.warning("No link to Zoom: the XCom cannot be read (%s).", type(error).__name__)
            return ""
        return str(message.get("link") or "") if isinstance(message, dict) else ""


@dataclass(frozen=True)
class PreparedMessage:
    """What a task asks of the hook: made once, described and sent.

    :param methods: the hook's method for each operation that may be needed.
    :param arguments: what these methods are called with; each takes those that it knows.
    :param target: who sends it, and where it goes.
    :param files: files of a report that the task has written itself; others are in `arguments`. Not
        part of the fingerprint of `durable`: temporary paths differ between tries.
    """

    hook: ZoomHook
    methods: Mapping[str, str]
    arguments: Mapping[str, Any]
    target: Target
    files: Sequence[Any] = ()

    def carry_out(self, operation: str, **instead: Any) -> str | None:
        """Have the hook carry out an operation, and return the message id.

        :param instead: arguments in place of the message's.
        """
        method = getattr(self.hook, self.methods[operation])
        given = {**self.arguments, **self.target.argument, **instead}
        if self.files:
            given["files"] = self.files
        taken = signature(method).parameters
        message_id: str | None = method(**{name: given[name] for name in taken if name in given})
        return message_id


class ZoomMessageOperator(TemplatedOperator):
    """The operators' common part; use one of its subclasses."""

    operator_extra_links = (ZoomMessageLink(),)
    ui_color = "#d6e4ff"

    #: Delays in seconds before each look for a message whose send had no clear result.
    #: How soon a message is listed is not documented; that it is by then is assumed.
    looks: Sequence[float] = (0.0, 2.0, 7.0)

    #: The API that the connection's app must call.
    api: Api

    #: The method of the hook for each operation.
    methods: Mapping[str, str]

    #: Why it takes no files, and what to do.
    instead_of_files: ClassVar[str] = (
        "bots and webhooks can upload none. Send them with ZoomChatMessageOperator, or put a link "
        "into the card."
    )

    #: Arguments that the hook's methods take and that are no templates.
    untemplated: ClassVar[Sequence[str]] = ("markdown",)

    def __init__(
        self,
        *,
        zoom_conn_id: str,
        operation: str = "send",
        markdown: bool = False,
        durable: bool = True,
        delivery: str = "at_most_once",
        on_error: str = "raise",
        **kwargs: Any,
    ) -> None:
        if "files" in kwargs:
            raise ConfigError(f"{type(self).__name__} takes no files: {self.instead_of_files}")
        super().__init__(**kwargs)
        # Not templated, so it can be judged while the DAG is parsed.
        if not isinstance(operation, str) or operation not in self.methods:
            raise ConfigError(
                f"operation must be one of {', '.join(self.methods)}, not {operation!r}."
            )
        self.zoom_conn_id = zoom_conn_id
        self.operation = operation
        self.markdown = markdown
        self.durable = durable
        check_sending(delivery, on_error)
        self.delivery = delivery
        self.on_error = on_error

    def check_arguments(self) -> None:
        """Refuse, while the DAG is parsed, what could only fail in a run.

        :raises ConfigError: names the class that was used.
        """
        if self.is_expanded:
            return
        name = type(self).__name__
        changes = self.operation != "send"
        if changes and getattr(self, "message_id", None) in (None, ""):
            raise ConfigError(
                f"{name}: operation {self.operation!r} needs message_id. Give it the output of the "
                "task that sends the message, message_id=task.output."
            )
        if self.operation in ("send", "edit") and not any(
            getattr(self, part, None) not in (None, "", [], {})
            for part in ("message", "content", "files", "file_ids")
        ):
            parts = " or content" if hasattr(self, "content") else ""
            raise ConfigError(f"{name}: operation {self.operation!r} needs message{parts}.")
        check_one_target(self)

    @cached_property
    def hook(self) -> ZoomHook:
        """The hook of this task's connection."""
        from ..hooks.zoom import ZoomHook

        return ZoomHook(self.zoom_conn_id, delivery=self.delivery)

    def execute(self, context: Context) -> str | None:
        """Carry out the operation and return the message id; None if nothing was sent."""
        with self.report_errors():
            self.hook.settings_for(self.api)
            names = (*self.template_fields, *self.untemplated)
            arguments = {name: getattr(self, name) for name in names if name != "zoom_conn_id"}
            if self._card is not None:
                arguments["content"] = self._card
            self._refuse_unused(arguments)
            arguments = self.with_known_target(arguments, context)
            target = self.hook.target(arguments)
            return self.carry_out(
                PreparedMessage(self.hook, self.methods, arguments, target), context
            )
        return None  # an error that was logged

    def carry_out(self, prepared: PreparedMessage, context: Context) -> str | None:
        """Send, edit or delete, and push all that is known of the message to XCom."""
        # A muted connection posts nothing, so there is nothing for a retry to find.
        if self.operation == "send" and not self.hook.settings.muted:
            # Parsing a DAG file does not pay for this.
            from .durable import DurableSend

            message = DurableSend(self, prepared, context).run()
        else:
            message = self.hook.describe_at(prepared.target, None)
            message = with_id(message, prepared.carry_out(self.operation))
        context["ti"].xcom_push(key=XCOM_KEY, value=message)
        self.log.info(
            "Done (%s): message %s in %s.",
            self.operation,
            message["message_id"],
            message["target"],
        )
        result: str | None = message["message_id"]
        return result

    @contextmanager
    def report_errors(self) -> Iterator[None]:
        """Fail the task as its author wants: for good where no retry helps, or not at all.

        What may have been posted must not be sent again before somebody has looked, so Airflow's
        `retries` do not apply to it, unless `delivery` is "at_least_once". Passing trouble goes on
        as it is, and they do.
        """
        try:
            yield
        except ZoomChatError as error:
            if self.on_error == "log":
                self.log.error("%s The task succeeds all the same (on_error='log').", error)
                return
            is_unclear = error.may_have_arrived and self.delivery == "at_most_once"
            if error.passing and not is_unclear:
                raise
            raise AirflowFailException(str(error)) from error

    def with_known_target(self, arguments: Mapping[str, Any], context: Context) -> dict[str, Any]:
        """Return arguments in which an id is replaced by all that is known of its message.

        That says where the message is, and who sent it, if no argument does; see
        `known_message`.

        :raises ConfigError: a bot's reply has no target.
        """
        names = THREADS if self.operation == "send" else ("message_id",)
        name = next((name for name in names if _is_given(arguments.get(name))), None)
        if name is None:
            return dict(arguments)
        has_target = any(_is_given(arguments.get(target)) for target in TARGETS)
        # A reply may be somebody else's; an edit or a deletion is the sender's.
        has_user = name != "message_id" or _is_given(arguments.get("user_id"))
        if has_target and has_user:
            return dict(arguments)
        message = known_message(self, context, name, arguments[name])
        if message is None and name == "reply_to" and not has_target:
            raise ConfigError(
                "reply_to needs the target of its message, which is not known here. Give to_jid, "
                "or reply_to=task.output of the task that posted it."
            )
        return {**arguments, name: message or arguments[name]}

    def _refuse_unused(self, arguments: Mapping[str, Any]) -> None:
        """Refuse what the operation has no use for, so that nobody waits for its effect."""
        method = getattr(self.hook, self.methods[self.operation])
        # `validate` is on by default, so it is never unused.
        takes = {*signature(method).parameters, "validate"}
        unused = [
            name
            for name, value in arguments.items()
            if name not in takes and value not in (None, "", False, [], {})
        ]
        if unused:
            raise ConfigError(f"operation {self.operation!r} takes no {', '.join(unused)}.")


def _is_given(value: Any) -> bool:
    return value not in (None, "", "None")


def with_id(message: Mapping[str, Any], message_id: str | None) -> dict[str, Any]:
    """Return what is known of a message, with its id and the time: its task is done with it now."""
    return {**message, "message_id": message_id, "time": timezone.utcnow().isoformat()}


def known_message(
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
