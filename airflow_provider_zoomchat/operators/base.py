"""What the operators share: their arguments, their verdict on errors, their XComs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from airflow.providers.common.compat.sdk import (  # type: ignore[attr-defined]
    AirflowFailException,
    BaseOperator,
    timezone,
)

from ..zoom.errors import ConfigError, ZoomChatError
from .durable import Earlier
from .link import XCOM_KEY, ZoomMessageLink

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from ..hooks.zoom import ZoomHook

    #: A text, or the output of another task.
    Templated: TypeAlias = str | XComArg | None


@contextmanager
def failing_for_good() -> Iterator[None]:
    """Fail a task for good where no retry can help, or where a retry might post twice.

    What may have been posted must not be sent again before somebody has looked, so Airflow's
    `retries` do not apply to it. Passing trouble goes on as it is, and they do.
    """
    try:
        yield
    except ZoomChatError as error:
        if error.passing and not error.may_have_arrived:
            raise
        raise AirflowFailException(str(error)) from error


class ZoomMessageOperator(BaseOperator):
    """The operators' common part; use one of its three subclasses."""

    template_ext: Sequence[str] = (".md.j2", ".json.j2")
    operator_extra_links = (ZoomMessageLink(),)
    ui_color = "#d6e4ff"

    #: The kind of app that the connection must be of.
    app_type: ClassVar[str]

    #: The method of the hook for each operation.
    methods: ClassVar[dict[str, str]]

    def __init__(
        self, *, zoom_conn_id: str, operation: str = "send", durable: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        # Not templated, so it can be judged while the DAG is parsed.
        if operation not in self.methods:
            raise ConfigError(
                f"operation must be one of {', '.join(self.methods)}, not {operation!r}."
            )
        self.zoom_conn_id = zoom_conn_id
        self.operation = operation
        self.durable = durable

    @cached_property
    def hook(self) -> ZoomHook:
        """The hook of this task's connection."""
        from ..hooks.zoom import ZoomHook

        return ZoomHook(self.zoom_conn_id)

    def execute(self, context: Context) -> str | None:
        """Carry out the operation and return the message id; None if nothing was sent."""
        with failing_for_good():
            settings = self.hook.settings_for(self.app_type)
            self._refuse_unused()
            known = self._call("describe", message_id=None)
            if self.operation == "send" and self.durable and not settings.muted:
                message_id = self._send_once(context, known)
            else:
                message_id = self._call(self.methods[self.operation])
        known |= {"message_id": message_id, "time": timezone.utcnow().isoformat()}
        context["ti"].xcom_push(key=XCOM_KEY, value=known)
        self.log.info("Done (%s): message %s in %s.", self.operation, message_id, known["target"])
        return message_id

    def _send_once(self, context: Context, known: dict[str, Any]) -> str | None:
        thread = [getattr(self, name, None) for name in ("reply_main_message_id", "reply_to")]
        earlier = Earlier(context, place=[known, *thread], text=self._given())
        todo = earlier.todo()
        if todo == "send":
            message_id: str | None = self._call(self.methods["send"])
        else:
            message_id = earlier.message_id
            self.log.info("An earlier try posted message %s: not posting again.", message_id)
        if todo == "edit" and "edit" in self.methods:
            self._call(self.methods["edit"], message_id=message_id)
        if todo != "keep":
            earlier.remember(message_id)
        return message_id

    def _call(self, method: str, **instead: Any) -> Any:
        """Call a method of the hook with those of this operator's arguments that it takes."""
        bound = getattr(self.hook, method)
        given = self._given() | instead
        return bound(**{name: given[name] for name in signature(bound).parameters if name in given})

    def _given(self) -> dict[str, Any]:
        return {
            name: getattr(self, name) for name in self.template_fields if name != "zoom_conn_id"
        }

    def _refuse_unused(self) -> None:
        """Refuse what the operation has no use for, so that nobody waits for its effect."""
        takes = signature(getattr(self.hook, self.methods[self.operation])).parameters
        unused = [
            name
            for name, value in self._given().items()
            if value not in (None, "") and name not in takes
        ]
        if unused:
            raise ConfigError(f"operation {self.operation!r} takes no {', '.join(unused)}.")
