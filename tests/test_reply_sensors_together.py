"""Sensors that wait as a deployment has them: many at once, in its database, as oneself."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG
from test_airflow import as_airflows_page_reads_it, example
from test_reactions_and_replies import Connect, sent
from test_reply_sensor import ANN, OPTIONS, deferred, sensor, wait
from test_user_oauth import authorize

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor
from airflow_provider_zoomchat.triggers.zoom import CALLS_PER_SECOND
from airflow_provider_zoomchat.zoom import client

__all__ = ["authorize"]


async def first_of(trigger: Any) -> Any:
    return await anext(trigger.run())


def test_what_they_share(zoom: Sandbox) -> None:
    """Triggers of one loop share a token, each looks once, and no second has too many calls."""
    message_ids = [sent() for _ in range(12)]
    triggers = [deferred(sensor(message_id, options=OPTIONS)) for message_id in message_ids]
    client.forget()
    tokens, looks = len(zoom.requests("/oauth/token")), len(zoom.requests("/thread"))
    for message_id in message_ids:
        zoom.answer(message_id, "publish", by=ANN)

    async def all_of_them() -> tuple[float, list[Any]]:
        clock = asyncio.get_running_loop().time
        began = clock()
        events = await asyncio.gather(*map(first_of, triggers))
        return clock() - began, events

    seconds, events = asyncio.run(all_of_them())
    assert [event.payload["replies"][0]["answer"] for event in events] == ["publish"] * 12
    assert len(zoom.requests("/oauth/token")) == tokens + 1
    assert len(zoom.requests("/thread")) == looks + 12
    assert seconds >= 11 / CALLS_PER_SECOND
    assert CALLS_PER_SECOND < 7


def test_the_loop_goes_on(zoom: Sandbox) -> None:
    """While Zoom does not answer, what else is in the event loop goes on."""
    triggers = [deferred(sensor(sent(), options=OPTIONS)) for _ in range(3)]
    zoom.hang(0.5, path="/thread", times=3)
    beats = 0

    async def beside() -> None:
        nonlocal beats
        looking = [asyncio.create_task(first_of(trigger)) for trigger in triggers]
        for _ in range(20):
            await asyncio.sleep(0.01)
            beats += 1
        assert not any(task.done() for task in looking)
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    asyncio.run(beside())
    assert beats == 20


@pytest.mark.usefixtures("without_variables")
def test_as_oneself(zoom: Sandbox, authorize: Callable[..., ZoomHook]) -> None:
    """An app that acts for one user takes that user's replies for its own, if nobody is named."""
    message_id = authorize().send_message(message="Publish?") or ""
    zoom.answer(message_id, "publish", by="airflow@example.com")
    zoom.answer(message_id, "keep back", by=ANN)
    mine = {"zoom_conn_id": "zoom_test", "options": OPTIONS}
    assert wait(sensor(message_id, **mine))["answer"] == "keep back"
    named = sensor(message_id, from_users=["airflow@example.com"], **mine)
    assert wait(named)["answer"] == "publish"


def test_a_channel_by_name(zoom: Sandbox, connect: Connect) -> None:
    """A thread is found in a channel that is given by its name, in the triggerer too."""
    hook = connect(channel="#data-team")
    message_id = hook.send_message(message="Publish?") or ""
    trigger = deferred(sensor(message_id, options=OPTIONS, zoom_conn_id="zoom_test"))
    zoom.answer(message_id, "publish", by=ANN)
    assert asyncio.run(first_of(trigger)).payload["replies"][0]["answer"] == "publish"
    assert zoom.messages()[0]["channel"] == world.DATA_TEAM.id


def test_airflows_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it waits in the triggerer is Airflow's setting, unless the DAG says it."""
    assert ZoomChatReplySensor(task_id="a", message_id="m").deferrable is False
    monkeypatch.setenv("AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE", "True")
    assert ZoomChatReplySensor(task_id="a", message_id="m").deferrable is True
    assert ZoomChatReplySensor(task_id="a", message_id="m", deferrable=False).deferrable is False


def test_a_dag_survives_airflows_serialization() -> None:
    """A DAG with the sensor, alone and mapped, goes through Airflow's database, with its link."""
    with DAG("waits", schedule=None, start_date=datetime(2026, 1, 1)) as dag:
        sensor("m")
        ZoomChatReplySensor.partial(task_id="each", options=OPTIONS).expand(message_id=["a", "b"])
    read = as_airflows_page_reads_it(dag)
    assert [link.name for link in read.get_task("answer").operator_extra_links] == ["Open in Zoom"]
    assert read.get_task("each").task_type == "ZoomChatReplySensor"


@pytest.mark.oldest_and_newest
def test_the_example(
    zoom: Sandbox, dag_from: Callable[[str], Any], logged: Callable[[], str]
) -> None:
    """The example asks, waits in the triggerer, and its question becomes its answer."""
    over = threading.Event()

    def answer() -> None:
        # A trigger of the test before may still look into a thread.
        while not (asked := zoom.messages()) or not zoom.requests(f"{asked[0]['id']}/thread"):
            if over.wait(0.01):
                return
        zoom.answer(asked[0], "Publish", by=ANN)

    person = threading.Thread(target=answer)
    person.start()
    try:
        dag_from(example("zoom_ask")).test()
    finally:
        over.set()
        person.join()
    printed = logged()
    assert zoom.messages()[0]["text"].endswith("publish, says Ann.")
    assert "48,210 rows are published." in printed
    # Airflow 2 says so of an `execute` that another one calls.
    assert "cannot be called outside" not in printed
