"""What the operators share: their arguments, their verdict on errors, their XComs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowTaskTimeout,
    timezone,
)

from ..zoom.errors import ConfigError, GoneError, UnreachableError, ZoomChatError
from ..zoom.http import MAY_HAVE_ARRIVED
from ..zoom.retry import DELIVERIES
from .durable import Earlier
from .link import XCOM_KEY, ZoomMessageLink
from .templated import TemplatedOperator

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from ..hooks.zoom import ZoomHook
    from ..zoom.text import Text

    #: A text, or the output of another task.
    Templated: TypeAlias = str | XComArg | None
    #: A text, one with formats, or the output of another task.
    Message: TypeAlias = str | Text | XComArg | None


#: What an operator does about an error of Zoom's.
ON_ERROR = ("raise", "log")

#: The arguments that name a message which is there already.
IDS = ("message_id", "reply_main_message_id", "reply_to")

#: Arguments that, with what the hook knows of it, say which place a message has.
_PLACE = ("zoom_conn_id", "reply_main_message_id", "reply_to", "visible_to_user")


@contextmanager
def on_its_way(earlier: Earlier) -> Iterator[None]:
    """Have a send that Airflow's `execution_timeout` cuts off count as one that may have arrived.

    :raises UnreachableError: it was cut off after the message went out.
    """
    try:
        yield
    except AirflowTaskTimeout:
        if not earlier.is_on_its_way:
            raise
        raise UnreachableError(
            "Could not send a message: the task's execution_timeout ended it on its way. "
            f"{MAY_HAVE_ARRIVED}",
            may_have_arrived=True,
        ) from None


class ZoomMessageOperator(TemplatedOperator):
    """The operators' common part; use one of its subclasses."""

    operator_extra_links = (ZoomMessageLink(),)
    ui_color = "#d6e4ff"

    #: What earlier tries posted, as soon as that matters.
    _earlier: Earlier | None = None

    #: Where the message is that is edited, deleted or replied to, if its task has told.
    _place: Mapping[str, str] = {}

    #: The kind of app that the connection must be of.
    app_type: str

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
        check_choice("delivery", delivery, DELIVERIES)
        self.delivery = delivery
        check_choice("on_error", on_error, ON_ERROR)
        self.on_error = on_error

    def check_arguments(self) -> None:
        """Refuse, while the DAG is parsed, what could only fail in a run.

        :raises ConfigError: names the class that was used.
        """
        # Of a mapped task, whose values are another task's.
        if getattr(self, "_BaseOperator__from_mapped", False):
            return
        name = type(self).__name__
        changes = self.operation != "send"
        if changes and getattr(self, "message_id", None) in (None, ""):
            raise ConfigError(
                f"{name}: operation {self.operation!r} needs message_id. Give it the output of the "
                "task that sends the message, message_id=task.output."
            )
        if self.operation != "delete" and not any(
            getattr(self, part, None) not in (None, "", [], {})
            for part in ("message", "content", "files", "file_ids")
        ):
            parts = " or content" if hasattr(self, "content") else ""
            raise ConfigError(f"{name}: operation {self.operation!r} needs message{parts}.")
        targets = [getattr(self, target, None) for target in ("to_channel", "to_contact")]
        if all(isinstance(target, str) and target and "{" not in target for target in targets):
            raise ConfigError(f"{name}: both to_channel and to_contact are given. Give only one.")

    @cached_property
    def hook(self) -> ZoomHook:
        """The hook of this task's connection."""
        from ..hooks.zoom import ZoomHook
        from ..zoom.client import Delivery

        delivery = Delivery(
            at_least_once=self.delivery == "at_least_once",
            before_write=lambda: self._earlier.before_write() if self._earlier else None,
            not_posted=lambda: self._earlier.not_posted() if self._earlier else None,
        )
        return ZoomHook(self.zoom_conn_id, delivery=delivery)

    def execute(self, context: Context) -> str | None:
        """Carry out the operation and return the message id; None if nothing was sent."""
        with self.report_errors():
            self.fill_in()
            self.hook.settings_for(self.app_type)
            self._refuse_unused()
            self.find_place(context)
            return self.carry_out(context)
        return None  # an error that was logged

    def carry_out(self, context: Context) -> str | None:
        """Send, edit or delete, once arguments and place are known; push what is known of it."""
        known = self._call("describe", message_id=None)
        if self.operation == "send" and not self.hook.settings.muted:
            known = self._send_once(context, known)
        else:
            known = self._known(known, self._call(self.methods[self.operation]))
        message_id: str | None = known["message_id"]
        context["ti"].xcom_push(key=XCOM_KEY, value=known)
        self.log.info("Done (%s): message %s in %s.", self.operation, message_id, known["target"])
        return message_id

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

    def _send_once(self, context: Context, known: dict[str, Any]) -> dict[str, Any]:
        place = {**known, **{name: getattr(self, name, None) for name in _PLACE}}
        earlier = Earlier(
            context if self.durable else {},
            place=place,
            text=self._given(),
            at_least_once=self.delivery == "at_least_once",
        )
        todo, message = earlier.todo(), earlier.message
        if todo == "look":
            raise UnreachableError(
                f"An earlier try ended while it was sending. {MAY_HAVE_ARRIVED} To send it again, "
                "clear the task.",
                may_have_arrived=True,
            )
        if todo == "keep":
            self.log.info("An earlier try posted this: nothing to do.")
            return message
        if todo == "edit" and not self._edited(earlier):
            todo = "send"
        if todo == "send":
            message = self._known(known, self._send(earlier))
        earlier.posted(message)
        return message

    def _send(self, earlier: Earlier) -> str | None:
        self._earlier = earlier
        with on_its_way(earlier):
            message_id: str | None = self._call(self.methods["send"])
        return message_id

    def _edited(self, earlier: Earlier) -> bool:
        """Edit what an earlier try posted, if it is still there."""
        # What Zoom's edit does to a message's files is not documented, and it takes no new ones.
        if "edit" not in self.methods or getattr(self, "files", None):
            self.log.warning("An earlier try posted this otherwise, and it cannot be edited.")
            return True
        self.log.info("An earlier try posted this with another text: editing it.")
        try:
            self._call(self.methods["edit"], message_id=earlier.message["message_id"])
        except GoneError:
            self.log.info("Somebody has deleted that message: posting anew.")
            return False
        return True

    @staticmethod
    def _known(known: dict[str, Any], message_id: str | None) -> dict[str, Any]:
        return {**known, "message_id": message_id, "time": timezone.utcnow().isoformat()}

    def _call(self, method: str, **instead: Any) -> Any:
        """Call a method of the hook with those of this operator's arguments that it takes."""
        bound = getattr(self.hook, method)
        given = self._given() | instead
        return bound(**{name: given[name] for name in signature(bound).parameters if name in given})

    def find_place(self, context: Context) -> None:
        """Find where the message is that is edited, deleted or replied to, if no place is given.

        Known of it is the XCom `zoom_message` of the task that posted it: the one behind the
        argument, else a direct upstream task, each at the map index of this one.

        :raises ConfigError: a bot's reply goes nowhere in particular.
        """
        self._place = {}
        name = next((name for name in IDS if _is_given(getattr(self, name, None))), None)
        if name is None or (name == "message_id") is (self.operation == "send"):
            return
        targets = ("to_channel", "to_contact", "to_jid")
        has_target = any(_is_given(getattr(self, target, None)) for target in targets)
        # A reply may be somebody else's; an edit or a deletion is the sender's.
        has_user = name != "message_id" or _is_given(getattr(self, "user_id", None))
        if has_target and has_user:
            return
        message = self._posted(context, name, getattr(self, name))
        if message is None and name == "reply_to" and not has_target:
            raise ConfigError(
                "reply_to needs the place of its message, which is not known here. Give to_jid, or "
                "reply_to=task.output of the task that posted it."
            )
        from ..hooks.targets import known

        place = known(message, self.app_type)
        self._place = {
            argument: value
            for argument, value in place.items()
            if not (has_user if argument == "user_id" else has_target)
        }

    def _posted(self, context: Context, name: str, given: Any) -> Mapping[str, Any] | None:
        """Return what is known of a message, if a task has left that."""
        if isinstance(given, Mapping):
            return given
        if not isinstance(given, str):
            return None
        dag = self.get_dag()
        upstream = map(dag.get_task, sorted(self.upstream_task_ids)) if dag else ()
        ours = [
            task.task_id
            for task in upstream
            if issubclass(getattr(task, "operator_class", type(task)), ZoomMessageOperator)
        ]
        source = self.sources.get(name)
        ti = context["ti"]
        for task_id in dict.fromkeys([*([source] if source else []), *ours]):
            for index in dict.fromkeys((getattr(ti, "map_index", -1), -1)):
                found = ti.xcom_pull(task_ids=task_id, key=XCOM_KEY, map_indexes=index)
                if isinstance(found, Mapping) and found.get("message_id") == given:
                    return found
        return None

    def _given(self) -> dict[str, Any]:
        """Return the arguments of the hook's methods."""
        from ..hooks.targets import id_of

        given = self._arguments()
        ids = {name: id_of(given[name]) for name in IDS if name in given}
        return {**given, **ids, **self._place}

    def _arguments(self) -> dict[str, Any]:
        names = (*self.template_fields, *self.untemplated)
        given = {name: getattr(self, name) for name in names if name != "zoom_conn_id"}
        return given if self._card is None else {**given, "content": self._card}

    def _refuse_unused(self) -> None:
        """Refuse what the operation has no use for, so that nobody waits for its effect."""
        # What is on by default says nothing about what anybody waits for.
        takes = {
            *signature(getattr(self.hook, self.methods[self.operation])).parameters,
            "validate",
        }
        unused = [
            name
            for name, value in self._arguments().items()
            if name not in takes and value not in (None, "", False, [], {})
        ]
        if unused:
            raise ConfigError(f"operation {self.operation!r} takes no {', '.join(unused)}.")


def check_choice(name: str, value: Any, choices: tuple[str | None, ...]) -> None:
    """Refuse an argument, while the DAG is parsed, that is none of its choices."""
    if value not in choices:
        known = ", ".join(filter(None, choices))
        raise ConfigError(f"{name} must be one of {known}, not {value!r}.")


def _is_given(value: Any) -> bool:
    return value not in (None, "", "None")
