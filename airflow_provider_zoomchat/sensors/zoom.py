"""A sensor that waits for an answer in Zoom Team Chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property, partial
from inspect import unwrap
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn

from airflow.providers.common.compat.sdk import (
    AirflowFailException,
    AirflowSensorTimeout,
    AirflowSkipException,
    BaseSensorOperator,
    PokeReturnValue,
    timezone,
)

from .._compat import default_deferrable
from ..hooks.app_types import TEAM_CHAT
from ..hooks.arguments import check_choice, check_one_target, may_be_template
from ..operators.base import XCOM_KEY, ZoomMessageLink, known_message
from ..operators.templated import TemplatedOperator
from ..zoom import answers
from ..zoom.errors import ConfigError, ZoomChatError

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context, XComArg

    from ..hooks.zoom import ZoomHook

ON_TIMEOUT = ("fail", "skip", "default")

#: Seconds between two looks of a task that Airflow starts anew for each; Airflow advises no fewer.
_RESCHEDULE = 60.0

_OF_A_REPLY = ("text", "sender", "sender_id", "sender_name", "id")


class ZoomChatReplySensor(TemplatedOperator, BaseSensorOperator):
    """Wait until somebody answers in the thread of a message.

    .. code-block:: python

        ask = ZoomChatMessageOperator(task_id="ask", message="Publish? publish, or keep back")
        answer = ZoomChatReplySensor(
            task_id="answer", message_id=ask.output, options=["publish", "keep back"]
        )


        @task.branch
        def decide(reply: dict) -> str:
            return "publish" if reply["answer"] == "publish" else "keep_back"


        decide(answer.output)

    It returns a dict: ``answer`` (the option as it stands in `options`; what `pattern` has found;
    else the reply's text), ``text`` (the whole reply), ``sender`` (the e-mail address; of a
    stranger an id), ``sender_id``, ``sender_name``, ``time`` (in ISO 8601, UTC), ``id`` (of the
    reply) and ``timed_out``: then what only a reply has is an empty text. Each is an XCom too.

    The first reply in the thread that is an answer counts, also one from before the task began; a
    reply that is edited into one does too, if no 80 came after it. What bots reply is no answer,
    nor what the user replies who asks, nor a reply without text. Without `from_users` anybody in
    the channel may answer.

    Passing trouble at Zoom is logged, and the waiting goes on. A message that has been deleted, and
    what Zoom refuses for good, fails the task. A connection that is muted asks nobody: the task has
    its `default` at once, or is skipped.

    :param message_id: the message, which a user has posted: the output of the task that posted it.
        (templated)
    :param options: the answers that there are, compared without case and whitespace. (templated)
    :param pattern: instead of options a regular expression that finds an answer anywhere in a
        reply: its first group, or all that it matches. It runs in the task, not in the triggerer.
    :param from_users: who may answer: e-mail addresses or user ids. (templated)
    :param timeout: seconds, or a timedelta, from when the task begins to wait; by default
        Airflow's ``[sensors] default_timeout``, which is 7 days.
    :param on_timeout: what then becomes of the task: ``fail`` (default), ``skip``, or ``default``,
        which lets it succeed with the answer `default`.
    :param default: the answer for ``on_timeout="default"``: a text or another JSON value.
        (templated)
    :param since: only replies from this moment on, an aware datetime or its text in ISO 8601.
        (templated)
    :param poke_interval: seconds between two looks. By default 15 for ten minutes, then 60 until
        two hours have passed, then 300; with ``mode="reschedule"`` 60 at least.
    :param deferrable: whether to wait in the triggerer, which takes no worker's slot; by default
        Airflow's ``[operators] default_deferrable``. Else `mode` says how it waits.
    :param to_channel: where the message is, if that is not known from `message_id`; by default the
        connection's channel. (templated)
    :param to_contact: instead of a channel, the contact with whom it was exchanged. (templated)
    :param user_id: who reads the thread; by default the message's sender, if that is known, else
        the connection's acting user. (templated)
    :param zoom_conn_id: a ``server_to_server`` or ``user_oauth`` connection that has the scope
        to read replies. (templated)
    """

    template_fields: Sequence[str] = (
        "message_id",
        "options",
        "from_users",
        "default",
        "since",
        "to_channel",
        "to_contact",
        "user_id",
        "zoom_conn_id",
    )
    template_ext: Sequence[str] = ()
    file_fields: ClassVar[Mapping[str, str]] = {}
    value_fields: ClassVar[Sequence[str]] = ("options", "from_users", "default")
    texts: ClassVar[Sequence[str]] = ()
    operator_extra_links = (ZoomMessageLink(),)
    ui_color = "#d6e4ff"

    #: What is known of the message, who has sent it, and how far its thread has been read.
    _question: dict[str, Any]
    _asked_by: Sequence[str] = ()
    _progress: answers.Progress

    def __init__(
        self,
        *,
        message_id: str | XComArg | None,
        options: Sequence[str] | XComArg | None = None,
        pattern: str | None = None,
        from_users: Sequence[str] | XComArg | None = None,
        on_timeout: Literal["fail", "skip", "default"] = "fail",
        default: Any = None,
        since: datetime | str | XComArg | None = None,
        poke_interval: timedelta | float | None = None,
        deferrable: bool | None = None,
        to_channel: str | XComArg | None = None,
        to_contact: str | XComArg | None = None,
        user_id: str | XComArg | None = None,
        zoom_conn_id: str = "zoom_default",
        **kwargs: Any,
    ) -> None:
        super().__init__(
            poke_interval=_RESCHEDULE if poke_interval is None else poke_interval, **kwargs
        )
        self.multiple_outputs = True
        self.message_id: Any = message_id
        self.options = options
        self.pattern = pattern
        self.from_users = from_users
        self.on_timeout = on_timeout
        self.default = default
        self.since = since
        self.polls_gently = poke_interval is None
        self.deferrable = default_deferrable() if deferrable is None else deferrable
        self.to_channel: Any = to_channel
        self.to_contact: Any = to_contact
        self.user_id: Any = user_id
        self.zoom_conn_id = zoom_conn_id
        self._check_arguments()

    def _check_arguments(self) -> None:
        """Refuse, while the DAG is parsed, what could only fail in a run.

        :raises ConfigError: names what is wrong.
        """
        name = type(self).__name__
        check_choice("on_timeout", self.on_timeout, ON_TIMEOUT)
        if self.is_expanded:
            return
        if self.message_id in (None, ""):
            raise ConfigError(
                f"{name} needs message_id: the output of the task that asks, message_id=ask.output."
            )
        if None not in (self.options, self.pattern):
            raise ConfigError(f"{name}: both options and pattern are given. Give only one.")
        if (self.on_timeout == "default") != (self.default is not None):
            raise ConfigError(f"{name}: default and on_timeout='default' belong together.")
        if self.on_timeout == "default" and (self.soft_fail or self.never_fail):
            raise ConfigError(f"{name}: soft_fail skips the task that on_timeout='default' saves.")
        check_one_target(self)
        answers.read_pattern(self.pattern)
        reads = {answers.read_options: self.options, answers.read_people: self.from_users}
        for read, given in reads.items():
            if isinstance(given, (str, list, tuple)) and not may_be_template(given):
                read(given)

    @cached_property
    def hook(self) -> ZoomHook:
        """The hook of this task's connection."""
        from ..hooks.zoom import ZoomHook

        return ZoomHook(self.zoom_conn_id)

    def execute(self, context: Context) -> Any:
        """Wait, and return the answer."""
        with _failing_for_good():
            self._question = self._described(context)
            self._progress = answers.Progress(_moment(self.since))
        context["ti"].xcom_push(key=XCOM_KEY, value=self._question)
        if self._is_muted:
            self.log.info("Nobody was asked: the connection is muted, or was for the message.")
            return self._unanswered("Nobody was asked.", or_skip=True)
        if self.deferrable:
            found = self.poke(context)
            return found.xcom_value if isinstance(found, PokeReturnValue) else self._defer()
        try:
            # Airflow 2 takes an `execute` that another one calls for one that a DAG author calls.
            return unwrap(BaseSensorOperator.execute)(self, context)
        except AirflowSensorTimeout:
            return self._unanswered(self._nobody)

    def poke(self, context: Context) -> bool | PokeReturnValue:
        """Look into the thread once."""
        from ..zoom.client import Delivery

        with _failing_for_good():
            answer_of, from_users = self._answer_of(), answers.read_people(self.from_users)
            try:
                thread = self.hook.read_thread(
                    self._question["message_id"],
                    self._progress.since,
                    send=partial(self.hook.client.send, delivery=Delivery(once=True)),
                    need_main_message=not self._asked_by,
                    **self._target,
                )
            except ZoomChatError as error:
                if not error.passing:
                    raise
                self.log.warning("%s Looking again later.", error)
                return False
        self._asked_by = self._asked_by or thread.asked_by
        found, self._progress = answers.judge(
            thread.replies,
            self._progress,
            from_users=from_users,
            asked_by=[*self._asked_by, self._question["sender"]],
            answer_of=answer_of,
            say=self.log.info,
        )
        return PokeReturnValue(True, self._answered(found[0])) if found else False

    def execute_complete(self, context: Context, event: Mapping[str, Any]) -> Any:
        """Go on when the trigger has seen something: return the answer, or wait for the next."""
        if "error" in event:
            raise AirflowFailException(event["error"])
        if "timeout" in event:
            problem = event["timeout"]
            last = f" When the thread was last looked at: {problem}" if problem else ""
            return self._unanswered(f"{self._nobody}{last}")
        with _failing_for_good():
            answer_of = self._answer_of()
        replies = [answers.from_json(reply) for reply in event["replies"]]
        found = answers.first_answer(replies, answer_of, self.log.info)
        return self._answered(found) if found else self._wait(event["arguments"])

    def _described(self, context: Context) -> dict[str, Any]:
        """Return what is known of the message that asks, the user who reads its thread as sender.

        :raises ConfigError: the connection, the message or its target cannot be used.
        """
        from ..zoom import validation

        self.hook.settings_for(TEAM_CHAT)
        answers.read_options(self.options)
        answers.read_people(self.from_users)
        known = known_message(self, context, "message_id", self.message_id)
        question = self.hook.describe(
            known or self.message_id,
            to_channel=self.to_channel,
            to_contact=self.to_contact,
            user_id=self.user_id,
        )
        return {**question, "message_id": validation.message_id(question["message_id"])}

    @property
    def _target(self) -> dict[str, Any]:
        """Where the message is and who reads its thread, as `ZoomHook.read_thread` takes it."""
        return {
            "to_channel": self._question.get("to_channel"),
            "to_contact": self._question.get("to_contact"),
            "user_id": self._question["sender"],
        }

    @property
    def _is_muted(self) -> bool:
        from ..hooks.base import MUTED

        return self.hook.settings.muted or self._question["message_id"].startswith(MUTED)

    @property
    def _nobody(self) -> str:
        return f"Nobody has answered within {timedelta(seconds=self.timeout)}."

    def _answer_of(self) -> Callable[[str], str | None]:
        """Return what tells the answer that a reply's text is."""
        options, pattern = answers.read_options(self.options), answers.read_pattern(self.pattern)
        if pattern:
            return partial(answers.found_by, pattern)
        if options:
            return partial(answers.option_of, options)
        return answers.anything

    def _answered(self, found: Mapping[str, Any]) -> dict[str, Any]:
        answer = {
            **{name: found[name] for name in ("answer", *_OF_A_REPLY)},
            "time": found["time"].isoformat(),
            "timed_out": False,
        }
        self.log.info("%s has answered at %s.", answer["sender"], answer["time"])
        return answer

    def _unanswered(self, why: str, *, or_skip: bool = False) -> dict[str, Any]:
        """Return the default for what nobody has answered, if there is one.

        :param or_skip: whether the task is skipped where it would fail else.
        """
        if self.on_timeout == "default":
            self.log.info("%s The answer is the default.", why)
            # Airflow 3.0 takes no None as an XCom.
            nobody = dict.fromkeys(_OF_A_REPLY, "")
            time = timezone.utcnow().isoformat()
            return {"answer": self.default, **nobody, "time": time, "timed_out": True}
        if or_skip or self.on_timeout == "skip":
            raise AirflowSkipException(why)
        raise AirflowSensorTimeout(why)

    def _defer(self) -> NoReturn:
        since, seen = self._progress
        self._wait(
            {
                "zoom_conn_id": self.zoom_conn_id,
                "message_id": self._question["message_id"],
                "target": self._target,
                "options": answers.read_options(self.options),
                "from_users": answers.read_people(self.from_users),
                "asked_by": self._asked_by,
                "since": since.isoformat() if since else None,
                "seen": seen,
                "started": timezone.utcnow().isoformat(),
                "timeout": self.timeout,
                "poke_interval": None if self.polls_gently else self.poke_interval,
            }
        )

    def _wait(self, arguments: Mapping[str, Any]) -> NoReturn:
        from ..triggers.zoom import ZoomChatReplyTrigger

        self.defer(trigger=ZoomChatReplyTrigger(**arguments), method_name="execute_complete")

    def _get_next_poke_interval(
        self, started_at: Any, run_duration: Callable[[], float], *more: Any, **named: Any
    ) -> float:
        # Airflow asks this between two pokes, and has no public way to change the pace.
        if not self.polls_gently or self.exponential_backoff:
            own = super()._get_next_poke_interval(started_at, run_duration, *more, **named)
            return float(own)
        waited = run_duration()
        pause = max(answers.interval(waited), _RESCHEDULE if self.reschedule else 0.0)
        return max(0.1, min(pause, self.timeout - waited + 0.1))


def _moment(given: Any) -> Any:
    """Return a moment that may be a text; what is none is left to whoever reads it."""
    if given in (None, "", "None"):
        return None
    if isinstance(given, str):
        try:
            # Python 3.10 knows no Z.
            return datetime.fromisoformat(given.strip().replace("Z", "+00:00"))
        except ValueError:
            raise ConfigError(f"since {given[:40]!r} is no moment in ISO 8601.") from None
    return given


@contextmanager
def _failing_for_good() -> Iterator[None]:
    """Fail the task without a retry where none helps."""
    try:
        yield
    except ZoomChatError as error:
        if error.passing:
            raise
        raise AirflowFailException(str(error)) from error
