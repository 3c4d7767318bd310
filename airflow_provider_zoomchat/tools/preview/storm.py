"""How the message of a run that fails grows and recovers: `zoomchat preview --alert group`.

The notifiers do it, as in a run. Which tasks fail is made up, of the DAG's own where it has enough;
what the notifiers keep in Airflow's Variables and XComs is in a `SampleState`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from airflow.providers.common.compat.sdk import DAG, BaseOperator

from ...notifications.base import ZoomNotifier
from ...notifications.event import EVENTS
from ...notifications.groups.group import record_key
from ...notifications.groups.sending import WEBHOOK_ALERTS, group_of, send_in, share_target
from ...notifications.groups.state import Records
from .context import ERROR, SampleRun
from .runner import NOW, Runner
from .senders import Use, is_mapped, prepared
from .shown import CALLED, STORM, Section, Shown

#: Instances of a mapped task, and the first of those that fail.
_INSTANCES, _FIRST = 40, 2

#: When the first task fails, when others do, and when the run has recovered: seconds since 1970.
_FAILED = NOW.timestamp()
_MORE_FAILED, _RECOVERED = _FAILED + 30, _FAILED + 3 * 3600 + 600

#: Why the others fail.
_ANOTHER_ERROR = ConnectionError("warehouse does not answer")


class SampleState:
    """What a group keeps in Airflow, of a sample run; see `notifications.groups.state.State`.

    :param tasks: how many tasks the run has.
    """

    def __init__(self, tasks: int) -> None:
        self._variables: dict[str, dict[str, Any]] = {}
        self._records: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._tasks = tasks

    def read(self, key: str, *, is_needed: bool = False) -> dict[str, Any] | None:
        """Return the JSON object in a Variable."""
        return self._variables.get(key)

    def write(self, key: str, value: Mapping[str, Any]) -> None:
        """Replace the JSON object in a Variable."""
        self._variables[key] = dict(value)

    def delete(self, key: str) -> None:
        """Remove a Variable."""
        self._variables.pop(key, None)

    def record(self, key: str, value: Mapping[str, Any]) -> None:
        """Record the failure of a task."""
        self._records[key, value["task_id"], value["index"]] = dict(value)

    def records(self, key: str) -> Records:
        """Return the failures that are recorded under a key; whoever fails has recorded it."""
        found = [value for name, value in self._records.items() if name[0] == key]
        return Records(found, total=self._tasks)

    def is_slow(self) -> bool:
        """Say that nothing takes any time."""
        return False

    def clear(self) -> None:
        """Forget the recorded failures, as when their tasks are cleared."""
        self._records.clear()


@dataclass(frozen=True)
class Storm:
    """Which tasks of a run fail.

    :param failing: each with its map index, -1 of one that is not mapped; two at least.
    :param could_not_start: how many tasks wait for one of these.
    :param total: how many tasks the run has.
    :param made_up: the ids of tasks that the DAG does not have.
    """

    failing: Sequence[tuple[Any, int]]
    could_not_start: int
    total: int
    made_up: Sequence[str]


def storm_of(dag: Any, tasks: Iterable[Any]) -> Storm:
    """Return a storm of many tasks that can fail in one run: none of them waits for another.

    :param tasks: those whose failures are told.
    """
    # Whoever waits for a task has more tasks before it than that one has.
    levels: dict[int, list[Any]] = {}
    for task in tasks:
        levels.setdefault(len(task.get_flat_relative_ids(upstream=True)), []).append(task)
    failing = max(levels.values(), key=lambda level: len(_instances(level)), default=[])
    waiting = {each for task in failing for each in task.get_flat_relative_ids(upstream=False)}
    made_up: list[Any] = []
    if len(_instances(failing)) < 2:
        made_up = [task for task in _sample_dag().tasks[:3] if task.task_id not in dag.task_ids]
    everything = [*dag.tasks, *made_up]
    return Storm(
        _instances(sorted([*failing, *made_up], key=is_mapped)),
        len(waiting),
        len(everything) + sum(map(is_mapped, everything)) * (_INSTANCES - 1),
        [task.task_id for task in made_up],
    )


def _instances(tasks: Sequence[Any]) -> list[tuple[Any, int]]:
    indexes = range(_FIRST, _INSTANCES)
    return [(task, at) for task in tasks for at in (indexes if is_mapped(task) else (-1,))]


class _Mapped(BaseOperator):
    """A task that can be mapped."""

    def __init__(self, *, item: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)


def _sample_dag() -> Any:
    """Return a DAG whose first three tasks, one of them mapped, can fail at once."""
    with DAG("sales_daily", schedule=None, default_args={"owner": "data-team"}) as dag:
        loads = [
            BaseOperator(task_id="load_orders"),
            BaseOperator(task_id="check_stock"),
            _Mapped.partial(task_id="load_items").expand(item=["", ""]),
        ]
        for region in ("emea", "apac", "nam", "latam"):
            report: Any = BaseOperator(task_id=f"report_{region}")
            report.set_upstream(loads)
    return dag


def ready_made(
    app_types: Sequence[str] = (), names: Mapping[str, Any] | None = None
) -> list[Section]:
    """Return how one message of ready-made alerts grows and recovers, on each API.

    :param names: what templates see in place of what they would.
    """
    from ...notifications.zoom import ZoomChatbotNotifier, ZoomChatNotifier, ZoomWebhookNotifier

    found = []
    with Runner() as runner:
        for kind in (ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier):
            if app_types and kind.api.app_type not in app_types:
                continue
            dag = _sample_dag()
            dag.on_failure_callback = alert = kind()
            uses = [
                Use(alert, "task_failed", dag.tasks),
                Use(alert, "dag_failed"),
                Use(kind(only_recovered=True), "dag_succeeded"),
            ]
            shown = moments(runner, SampleRun(dag, names or {}), uses)
            found.append(Section(f"alert {STORM} {CALLED[kind.api.app_type]}", list(shown)))
    return found


def sharing(uses: Iterable[Use]) -> list[list[Use]]:
    """Return the notifiers of a DAG that share a message, or would if they had a group.

    Each begins with what tells of failures; what tells of good runs is in each whose message it
    changes.
    """
    found: list[list[Use]] = []
    good = []
    for use in uses:
        if use.event == "dag_succeeded":
            good.append(use)
            continue
        same = [each for each in found if _share_message(each[0].notifier, use.notifier)]
        if not same:
            found.append([])
        (same or found)[-1].append(use)
    return [
        [*each, *(use for use in good if share_target(use.notifier, each[0].notifier))]
        for each in found
    ]


def _share_message(one: ZoomNotifier, other: ZoomNotifier) -> bool:
    texts = ("group_by", "message", "content")
    same = all(getattr(one, name, None) == getattr(other, name, None) for name in texts)
    return same and share_target(one, other)


def moments(runner: Runner, sample: SampleRun, uses: Sequence[Use]) -> Iterator[Shown]:
    """Yield a message at its first failure, after more of them, and when the run has recovered.

    :param uses: of one message, as `sharing` gives them.
    """
    # Of a notifier that tells of tries as well, a failure for good is shown.
    of_event = {event: [use for use in uses if use.event == event] for event in EVENTS}
    of_tasks = [*of_event["task_failed"], *of_event["task_retry"]]
    run_fails, run_succeeds = of_event["dag_failed"], of_event["dag_succeeded"]
    ids = {task.task_id for use in of_tasks for task in use.tasks}
    tasks = [task for task in sample.dag.tasks if task.task_id in ids]
    run = _Run(runner, sample, storm_of(sample.dag, tasks))
    failing, made_up = run.storm.failing, run.storm.made_up
    name = "a task fails" if of_tasks else "the run fails"
    first = run.moment(name, _FAILED, [*of_tasks, *run_fails][:1], failing[:1])
    notifier = uses[0].notifier
    if first.message is not None and not run.has_group:
        first.notes.append(_no_group(notifier))
    yield first
    if first.refusals or not run.has_group:
        return
    if of_tasks:
        name = "more tasks fail" + (", and the run ends" if run_fails else "")
        called = [*of_tasks[:1], *run_fails[:1]]
        more = run.moment(name, _MORE_FAILED, called, failing[1:], _ANOTHER_ERROR)
        if made_up:
            more.notes.append(f"Made up, since the DAG has too few tasks: {', '.join(made_up)}.")
        if not notifier.api.can_edit:
            more.notes.append(_sum_of_webhook(bool(run_fails)))
        yield more
    name = "the run succeeds after a clear"
    run.state.clear()
    if run_succeeds:
        last = run.moment(name, _RECOVERED, run_succeeds[:1], failing[:1])
    else:
        last = Shown(name, notifier.api.app_type)
    if not notifier.api.can_edit:
        last.notes.append("A webhook cannot edit: no message turns green.")
    elif not run_succeeds:
        last.notes.append(
            "Nobody is told, and the message stays as it is: give the DAG "
            f"on_success_callback={type(notifier).__name__}(only_recovered=True)."
        )
    yield last


def _no_group(notifier: ZoomNotifier) -> str:
    """Return why each failure has a message of its own."""
    if notifier.group_by is None:
        return "group_by=None: each failure has a message of its own, and none turns green."
    return (
        "The author's own text has no group: each failure has a message of its own, and none turns "
        "green. With group_by='run', later failures are replies to the first."
    )


def _sum_of_webhook(run_fails: bool) -> str:
    """Return what becomes of further failures through a webhook."""
    if run_fails:
        return (
            f"A webhook cannot edit: the first {WEBHOOK_ALERTS} failures of a run go out one by "
            "one, and if there are more, the DAG's own alert sums all of them up."
        )
    return (
        "A webhook cannot edit: each failure has a message of its own. A webhook notifier as the "
        "DAG's own on_failure_callback would sum them up."
    )


class _Run:
    """A run whose tasks fail: what its callbacks send."""

    def __init__(self, runner: Runner, sample: SampleRun, storm: Storm) -> None:
        self.storm = storm
        self.state = SampleState(storm.total)
        #: Whether the notifier that was called last has a group.
        self.has_group = False
        self._runner, self._sample = runner, sample

    def moment(
        self,
        name: str,
        at: float,
        uses: Sequence[Use],
        failing: Sequence[tuple[Any, int]],
        error: BaseException = ERROR,
    ) -> Shown:
        """Let callbacks be called, and return what the message is then.

        :param at: when, in seconds since 1970.
        :param failing: the tasks that fail; the callback of the last one is called.
        """
        places = tuple(place for use in uses for place in use.places)
        shown = Shown(name, uses[0].notifier.api.app_type, places)
        self._runner.now = at

        def call() -> None:
            for use in uses:
                self._call(use, shown, failing, error)

        self._runner.send(shown, call)
        shown.notes = list(dict.fromkeys(shown.notes))
        return shown

    def _call(
        self, use: Use, shown: Shown, failing: Sequence[tuple[Any, int]], error: BaseException
    ) -> None:
        task, index = failing[-1]
        index = -1 if EVENTS[use.event].of_run else index
        found = prepared(self._runner, self._sample, use, shown, task, map_index=index, error=error)
        if found is None:
            return
        notifier, draft, context = found
        if EVENTS[use.event].of_run:
            waiting = self.storm.could_not_start if use.event == "dag_failed" else 0
            event = replace(draft.event, failed_tasks=(), upstream_failed=waiting)
            draft = replace(draft, event=event)
        group = group_of(notifier, draft, context)
        self.has_group = group is not None
        if group is not None and group.failure is not None:
            # What the others have left: their callbacks do not wait for the one that edits.
            for other, at in failing[:-1]:
                failure = replace(group.failure, task_id=other.task_id, index=at, label="")
                self.state.record(
                    record_key(group.key), asdict(replace(failure, at=self._runner.now))
                )
        self._runner.hook(draft.zoom_conn_id, notifier.api.app_type)
        is_sent = group is not None and send_in(
            replace(group, interval=0.0), notifier, draft, self.state, now=lambda: self._runner.now
        )
        if not is_sent and not notifier.is_only_for_recovery(draft):
            notifier.send(draft)
