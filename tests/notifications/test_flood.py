from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from test_groups import START, Airflow, Zoom

from airflow_provider_zoomchat.notifications.event import Event
from airflow_provider_zoomchat.notifications.groups.flood import Flood
from airflow_provider_zoomchat.notifications.groups.group import Sender
from airflow_provider_zoomchat.notifications.groups.state import Shared
from airflow_provider_zoomchat.notifications.groups.summary import flood_alert
from airflow_provider_zoomchat.notifications.groups.timeouts import WaitBudget
from airflow_provider_zoomchat.zoom.errors import RateLimitError, ZoomChatError

KEY = "zoomchat_flood_0123456789abcdef"


class Blocked(Zoom):
    """A channel that takes no message for some time."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: ZoomChatError | None = None

    def post(self, post: Any) -> dict[str, Any]:
        """Post a message, or refuse it."""
        if self.blocked:
            raise self.blocked
        return super().post(post)


@pytest.fixture
def airflow() -> Airflow:
    return Airflow()


@pytest.fixture
def zoom() -> Blocked:
    return Blocked()


def flood(
    airflow: Airflow, zoom: Sender, event: Event, chance: Callable[[], float] = lambda: 0.5
) -> Flood:
    shared = Shared(
        airflow,
        event,
        now=lambda: airflow.clock,
        sleep=airflow.sleep,
        waits=WaitBudget(),  # each alert is of a process of its own
    )
    return Flood(KEY, shared, zoom, chance=chance)


def failed(number: int, cause: str = "ConnectionError: no answer") -> Event:
    return Event("task_failed", dag_id=f"dag_{number}", run_id="r1", exception=cause)


def test_one_message_of_a_channel(airflow: Airflow, zoom: Blocked) -> None:
    """What a channel refuses is in one message, by cause, with the names of the DAGs."""
    for number in range(62):
        numbers = count(number)
        event = failed(number, "OSError: disk full" if number == 7 else "no answer")
        assert flood(airflow, zoom, event, lambda numbers=numbers: next(numbers) % 16 / 16).add()  # type: ignore[misc]
        airflow.clock += 1
    (message,) = zoom.messages
    assert message.startswith("⚠ 62 more DAGs failed since ")
    assert "no answer\n    dag_0, dag_1, " in message
    assert "OSError: disk full\n    dag_7\n" in message
    assert "and 41 more" in message


def test_what_is_written_at_the_same_moment(airflow: Airflow, zoom: Blocked) -> None:
    """A record that another process has written over is written again."""
    lost: list[None] = [None, None]

    def forgetful() -> None:
        if lost:
            lost.pop()
            airflow.variables.clear()

    airflow.meanwhile = forgetful
    assert flood(airflow, zoom, failed(1)).add()
    assert "dag_1" in zoom.messages[0]


def test_a_slow_store(airflow: Airflow, zoom: Blocked) -> None:
    """A record is read back only once those have written who had read before it was there."""

    def slow(call: str) -> None:
        airflow.clock += 0.3

    airflow.trouble = slow
    assert flood(airflow, zoom, failed(1)).add()
    assert airflow.slept[0] >= 3 * (0.3 + 0.3)


def test_who_leaves(airflow: Airflow, zoom: Blocked) -> None:
    """While one process sums up the others leave, and what they recorded is shown."""

    def fail_too() -> None:
        for number in (2, 3):
            flood(airflow, zoom, failed(number)).add()

    def others() -> None:
        # The record of the first has been read back; now it claims.
        airflow.meanwhile = fail_too

    airflow.meanwhile = others
    flood(airflow, zoom, failed(1)).add()
    assert len(zoom.messages) == 1
    assert "3 more DAGs failed" in zoom.messages[0]


def test_a_channel_that_stays_blocked(airflow: Airflow, zoom: Blocked) -> None:
    """What cannot be shown is recorded, and shown as soon as the channel takes a message."""
    zoom.blocked = RateLimitError("Could not post: HTTP 429.", 429)
    for number in range(5):
        assert flood(airflow, zoom, failed(number)).add()
        airflow.clock += 30
    assert zoom.messages == []
    zoom.blocked = None
    flood(airflow, zoom, failed(9)).show_waiting()
    assert "5 more DAGs failed" in zoom.messages[0]
    flood(airflow, zoom, failed(9)).show_waiting()
    assert len(zoom.messages) == 1


def test_a_process_that_was_killed(airflow: Airflow, zoom: Blocked) -> None:
    """Where the process that sums up is killed, the next one does it."""

    def killed() -> None:
        raise KeyboardInterrupt

    def claims() -> None:
        airflow.meanwhile = killed

    airflow.meanwhile = claims
    with pytest.raises(KeyboardInterrupt):
        flood(airflow, zoom, failed(1)).add()
    airflow.clock += 60
    flood(airflow, zoom, failed(2)).show_waiting()
    assert "dag_1" in zoom.messages[0]


def test_what_is_too_old_to_show(airflow: Airflow, zoom: Blocked) -> None:
    """What could not be shown within an hour is not shown any more, and troubles nobody."""
    zoom.blocked = RateLimitError("Could not post: HTTP 429.", 429)
    flood(airflow, zoom, failed(1)).add()
    zoom.blocked = None
    airflow.clock += 3700
    flood(airflow, zoom, failed(2)).show_waiting()
    flood(airflow, zoom, failed(2)).show_waiting()
    assert zoom.messages == []


def test_how_often_it_is_edited(airflow: Airflow, zoom: Blocked) -> None:
    """The message of a channel is edited once in an interval, by one process that waits."""
    for number in range(20):
        flood(airflow, zoom, failed(number)).add()
    assert "20 more DAGs failed" in zoom.messages[0]
    assert airflow.clock - START > 19 * 4
    assert max(airflow.slept) <= 5.0


def test_the_next_flood(airflow: Airflow, zoom: Blocked) -> None:
    """After an hour another message shows what is refused then, and nothing from before."""
    flood(airflow, zoom, failed(1)).add()
    airflow.clock += 3700
    flood(airflow, zoom, failed(2)).add()
    assert "dag_1" not in zoom.messages[1]
    assert "1 more DAG failed" in zoom.messages[1]


def test_garbage(airflow: Airflow, zoom: Blocked) -> None:
    """Whatever stands under the names of these Variables prevents nothing."""
    for name, value in (
        (KEY, '{"version": 1, "message": 3, "posted": "x", "claimed": []}'),
        (f"{KEY}_8", '{"version": 1, "refused": {"a": 1, "b": [1, 2, "x"], "c": []}}'),
        (f"{KEY}_9", "garbage"),
    ):
        airflow.variables[name] = value
    flood(airflow, zoom, failed(1)).add()
    assert "1 more DAG failed" in zoom.messages[0]


@pytest.mark.parametrize(
    ("run_url", "link"),
    [
        (
            "https://af.example.com/dags/d/runs/r",
            "https://af.example.com/task_instances?task_state",
        ),
        ("https://af.example.com/dags/d/grid?dag_run_id=r", "https://af.example.com/taskinstance/"),
        (None, None),
    ],
)
def test_the_link(run_url: str | None, link: str | None) -> None:
    """The message leads to Airflow's list of failed tasks, where its address is known."""
    links = flood_alert(Event("task_failed", run_url=run_url), [("d", "", START)]).links
    assert [url.startswith(link or "-") for _, url in links] == ([True] if link else [])
