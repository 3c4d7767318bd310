from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.hooks.variables import StateError
from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.state import AirflowState
from airflow_provider_zoomchat.notifications.silences import (
    Silence,
    SilencesError,
    active,
    decode,
    encode,
    silence_of,
)

UNTIL = datetime(2026, 3, 17, 6, 0, tzinfo=timezone.utc)
NOW = UNTIL.timestamp() - 60

SALES = Silence("3f9a1c", "sales_*", UNTIL, "JIRA-123")
LOADS = replace(SALES, id="77aa00", tasks="load_*", by="ann")

#: The Variable, as a person may set it.
ENTRY = {"id": "a", "dags": "*", "until": "2026-03-17T06:00:00Z", "reason": "JIRA-123"}


def variable(*entries: Any, version: Any = 1) -> str:
    return json.dumps({"version": version, "silences": entries})


@pytest.mark.parametrize(
    ("pattern", "dag_id", "is_silenced"),
    [
        ("sales_daily", "sales_daily", True),
        ("sales_daily", "sales_daily_2", False),
        ("sales_daily", "Sales_daily", False),
        ("sales_*", "sales_", True),
        ("sales_*", "daily_sales_", False),
        ("*", "anything", True),
        ("sales_?", "sales_1", True),
        ("sales_?", "sales_12", False),
        ("sales_[12]", "sales_2", True),
        ("sales_[!12]", "sales_2", False),
        ("sales.daily", "sales_daily", False),
        ("team/*", "team/sales/daily", True),
        ("*🚚*", "the_🚚_dag", True),
        ("d" * 249 + "*", "d" * 250, True),
        ("d" * 249, "d" * 250, False),
        ("sales_[", "sales_[", True),
    ],
)
def test_dags(pattern: str, dag_id: str, is_silenced: bool) -> None:
    """A pattern is matched against the whole DAG id, as in a shell, and capitals count."""
    silence = replace(SALES, dags=pattern)
    for name in ("task_failed", "dag_failed", "dag_succeeded", "deadline_missed", "unknown"):
        assert silence.covers(Event(name, dag_id=dag_id)) is is_silenced


@pytest.mark.parametrize(
    ("pattern", "task_id", "is_silenced"),
    [
        ("load_*", "load_orders", True),
        ("load_*", "group.load_orders", False),
        ("*.load_*", "group.load_orders", True),
        ("group.*", "group.inner.load", True),
        ("load", "load_orders", False),
        ("*", None, False),
        ("load_*", None, False),
    ],
)
def test_tasks(pattern: str, task_id: str | None, is_silenced: bool) -> None:
    """With a pattern for tasks the alerts of such tasks are silenced, and none of the DAG."""
    silence = replace(SALES, tasks=pattern)
    name = "task_failed" if task_id else "dag_failed"
    event = Event(name, dag_id="sales_daily", task_id=task_id, map_index="3")
    assert silence.covers(event) is is_silenced
    assert not silence.covers(replace(event, dag_id="other"))


def test_what_is_never_silenced() -> None:
    """A question to a person goes out, and so does what belongs to no known DAG."""
    everything = replace(SALES, dags="*")
    assert not everything.covers(Event("approval_asked", dag_id="sales_daily", task_id="ask"))
    assert not everything.covers(Event("unknown"))


@given(st.text(), st.text(), st.text())
def test_any_pattern(dags: str, tasks: str, name: str) -> None:
    """No pattern and no id make the look fail."""
    silence = replace(SALES, dags=dags, tasks=tasks)
    silence.covers(Event("task_failed", dag_id=name, task_id=name))
    assert replace(SALES, dags="*").covers(Event("task_failed", dag_id=name, task_id=tasks))


def test_the_end() -> None:
    """A silence ends by itself at its end, and of several the last to end is told of."""
    event = Event("task_failed", dag_id="sales_daily", task_id="load_orders")
    longer = replace(LOADS, until=UNTIL + timedelta(days=1))
    assert silence_of(event, [SALES]) == SALES
    assert silence_of(event, [SALES, longer]) == silence_of(event, [longer, SALES]) == longer
    assert silence_of(replace(event, dag_id="stock"), [SALES, longer]) is None
    assert active([SALES, longer], NOW) == (SALES, longer)
    assert active([SALES, longer], NOW + 60) == (longer,)


def test_words() -> None:
    """The end is told with its time zone, whatever zone it was set in, and all in one line."""
    there = timezone(timedelta(hours=2))
    assert str(SALES) == "Silenced until 2026-03-17 06:00 UTC (JIRA-123)"
    (read,) = decode(encode([replace(SALES, until=UNTIL.astimezone(there))]))
    assert str(read) == str(SALES)
    assert str(replace(SALES, reason="a\nb")).endswith(" UTC (a b)")
    assert LOADS.what == "DAGs sales_*, tasks load_*"


words = st.text(min_size=1).filter(str.strip)
silences = st.builds(
    Silence,
    id=words,
    dags=words,
    until=st.datetimes(
        datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.timezones(), allow_imaginary=False
    ),
    reason=words,
    tasks=st.none() | words,
    by=st.none() | words,
)


@given(st.lists(silences, max_size=4))
def test_there_and_back(given: list[Silence]) -> None:
    """What is written is what is read, at the same moments."""
    in_utc = [replace(one, until=one.until.astimezone(timezone.utc)) for one in given]
    assert list(decode(encode(given))) == in_utc


@pytest.mark.parametrize(
    "until",
    ["2026-03-17T06:00:00Z", "2026-03-17T08:00:00+02:00", "2026-03-17 06:00", "2026-03-17T06:00"],
)
def test_set_by_hand(until: str) -> None:
    """A person may write the end in any zone; without one it is UTC."""
    (silence,) = decode(variable({**ENTRY, "until": until}))
    assert silence == Silence("a", "*", UNTIL, "JIRA-123")


def test_nothing() -> None:
    """Where the Variable is not set, nothing is silenced."""
    assert decode(None) == ()
    assert decode(variable()) == ()


WRONG = "Variable zoomchat_silences cannot be understood: "


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is no JSON."),
        ("{", "it is no JSON."),
        ("[" * 100_000, "it is no JSON."),
        ("[]", 'it is no object with "version": 1 and a list "silences".'),
        ("null", 'it is no object with "version": 1 and a list "silences".'),
        (variable(version=0), 'it is no object with "version": 1 and a list "silences".'),
        (variable(version="1"), 'it is no object with "version": 1 and a list "silences".'),
        ('{"version": 1}', 'it is no object with "version": 1 and a list "silences".'),
        (variable(ENTRY, "sales"), "silences[1] is no object."),
        (variable({**ENTRY, "task": "load"}), "silences[0] has 'task', which is none of "),
        (variable({"id": "a", "dags": "*", "until": "2026"}), "silences[0] lacks 'reason'."),
        (variable({**ENTRY, "dags": " "}), "silences[0].dags must be a text."),
        (variable({**ENTRY, "tasks": None}), "silences[0].tasks must be a text."),
        (variable({**ENTRY, "until": 1}), "silences[0].until must be a text."),
        (variable({**ENTRY, "until": "soon"}), "silences[0].until must be a time such as 2026-"),
        (
            variable({**ENTRY, "until": "9999-12-31T23:00:00-20:00"}),
            "silences[0].until is out of range.",
        ),
    ],
)
def test_garbage(text: str, why: str) -> None:
    """What cannot be understood is refused with its place, and a slip silences nothing more."""
    with pytest.raises(SilencesError) as caught:
        decode(text)
    assert str(caught.value).startswith(WRONG + why)
    assert "\n" not in str(caught.value)


def test_a_newer_version() -> None:
    """What a newer version has written is not guessed at."""
    with pytest.raises(SilencesError, match="has version 2, which a newer airflow-provider-zoomc"):
        decode(variable(ENTRY, version=2))


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*ENTRY, "tasks", "x"]), inner),
)


@given(st.text() | st.builds(lambda found: variable(*found), st.lists(json_values, max_size=4)))
def test_any_variable(text: str) -> None:
    """Whatever stands in the Variable, it is read or refused in one line."""
    said = ""
    try:
        decode(text)
    except SilencesError as error:
        said = str(error)
    assert len(said.splitlines()) <= 1


class Airflow(AirflowState):
    """An Airflow whose Variable is a text, or cannot be read."""

    def __init__(self, found: str | Exception, event: Event) -> None:
        super().__init__({}, event, in_dag_processor=False)
        self.found = found

    def variable(self, key: str, *, is_needed: bool = False) -> str | None:
        """Return the text, or raise what went wrong."""
        assert key == "zoomchat_silences"
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (StateError("no answer within 3 s"), "no answer within 3 s"),
        (RuntimeError("a fault like no other"), "a fault like no other"),
        ("garbage", WRONG + "it is no JSON"),
        (variable(ENTRY, version=2), "has version 2"),
    ],
    ids=["StateError", "any error", "garbage", "newer"],
)
def test_silences_that_cannot_be_read(
    found: str | Exception, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The alert goes out, and one line says why it was not asked whether it is silenced."""
    caplog.set_level(logging.INFO)
    event = Event("task_failed", dag_id="sales_daily", task_id="load")
    assert Airflow(found, event).silence(lambda: NOW) is None
    (line,) = caplog.messages
    assert line.startswith("Silences cannot be read, so this alert goes out. ")
    assert why in line


def test_silences_that_can_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """An alert is silenced until the end of its silence, and the look leaves no line."""
    caplog.set_level(logging.INFO)
    event = Event("task_failed", dag_id="sales_daily", task_id="load")
    airflow = Airflow(encode([SALES]), event)
    assert airflow.silence(lambda: NOW) == SALES
    assert airflow.silence(lambda: NOW + 60) is None
    assert caplog.messages == []


def test_other_tasks_of_the_run() -> None:
    """What is silenced of a run is known of its other tasks too, once the silences are read."""
    airflow = Airflow(encode([LOADS]), Event("dag_failed", dag_id="sales_daily"))
    assert not airflow.silences_task("load_orders")
    assert airflow.silence(lambda: NOW) is None
    assert airflow.silences_task("load_orders")
    assert not airflow.silences_task("check")
