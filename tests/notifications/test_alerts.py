"""The ready-made alerts, with the smallest and the largest that can be known of each event."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
import recordings
from airflow.providers.common.compat.sdk import DAG

from airflow_provider_zoomchat.notifications import alerts
from airflow_provider_zoomchat.notifications.alerts import Alert, FilledAlert, fill
from airflow_provider_zoomchat.notifications.context import read_event
from airflow_provider_zoomchat.notifications.event import EVENTS, WORDS, Event, facts
from airflow_provider_zoomchat.notifications.rendering import Draft, as_card, as_text
from airflow_provider_zoomchat.sandbox.card_rules import fault_in
from airflow_provider_zoomchat.sandbox.render.lines import plain_text
from airflow_provider_zoomchat.zoom.cards.check import check_card
from airflow_provider_zoomchat.zoom.cards.prepare import prepare
from airflow_provider_zoomchat.zoom.errors import ConfigError
from airflow_provider_zoomchat.zoom.validation import MAX_CARD_TEXT

NOW = datetime(2026, 11, 20, 6, tzinfo=timezone.utc)
LOG = "https://a.example/dags/sales_daily/runs/r_1/tasks/load_orders?try_number=2"
FULL = Event(
    "task_failed",
    dag_id="sales_daily",
    task_id="load_orders",
    map_index="us",
    run_id="scheduled__2026-11-20",
    run_type="scheduled",
    logical_date=NOW,
    run_after=NOW,
    started=NOW + timedelta(seconds=4),
    state="running",
    duration=190.4,
    try_number=2,
    tries=3,
    next_try=NOW + timedelta(minutes=10),
    owner="data-team",
    exception="ValueError: column 'qty' is missing\nin 3 of 12 rows",
    reason="timed_out",
    failed_tasks=tuple(f"load_{number}" for number in range(10)),
    upstream_failed=3,
    deadline=NOW + timedelta(minutes=5),
    subject="Publish the sales?",
    body="12 rows, 3 without a quantity.",
    options=(("Publish", "https://a.example/yes"), ("Keep back", "https://a.example/no")),
    defaults=("Keep back",),
    log_url=LOG,
    run_url="https://a.example/dags/sales_daily/runs/r_1",
)
RUN = "Run: 2026-11-20 06:00 UTC, scheduled"
LINKS = "Open log · Open run"


def drafted(alert: FilledAlert) -> Draft:
    """Return an alert as it is laid out."""
    return Draft(alert, "zoom_default")


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        (
            "task_started",
            "A task started",
            f"▶ sales_daily / load_orders [us] started\n{RUN} · Try: 2 of 3\n{LINKS}",
        ),
        (
            "task_succeeded",
            "A task succeeded",
            f"✅ sales_daily / load_orders [us] succeeded\n{RUN} · Try: 2 of 3 · "
            f"Started: 2026-11-20 06:00:04 UTC · Took: 3 min 10 s\n{LINKS}",
        ),
        (
            "task_failed",
            "A task failed",
            "❌ sales_daily / load_orders [us] failed\n"
            f"ValueError: column 'qty' is missing\nin 3 of 12 rows\n{RUN} · Try: 2 of 3 · "
            f"Started: 2026-11-20 06:00:04 UTC · Took: 3 min 10 s · Owner: data-team\n{LINKS}",
        ),
        (
            "task_retry",
            "A task failed and will be tried again",
            "⏳ sales_daily / load_orders [us] failed and will be tried again\n"
            f"ValueError: column 'qty' is missing\nin 3 of 12 rows\n{RUN} · Try: 2 of 3 · "
            "Started: 2026-11-20 06:00:04 UTC · Took: 3 min 10 s · "
            f"Next try: 2026-11-20 06:10 UTC · Owner: data-team\n{LINKS}",
        ),
        (
            "task_skipped",
            "A task was skipped",
            f"⏭ sales_daily / load_orders [us] was skipped\n{RUN}\n{LINKS}",
        ),
        (
            "dag_succeeded",
            "A DAG run succeeded",
            "✅ sales_daily succeeded, although 10 tasks failed\n"
            "Failed: load_0, load_1, load_2, load_3, load_4, load_5, load_6, load_7 +2 · "
            f"Upstream failed: 3 · {RUN} · Started: 2026-11-20 06:00:04 UTC · "
            "Took: 3 min 10 s\nOpen run",
        ),
        (
            "dag_failed",
            "A DAG run failed",
            "❌ sales_daily failed\n"
            "Failed: load_0, load_1, load_2, load_3, load_4, load_5, load_6, load_7 +2 · "
            "Upstream failed: 3 · Reason: it ran longer than dagrun_timeout · "
            f"{RUN} · Started: 2026-11-20 06:00:04 UTC · Took: 3 min 10 s · Owner: data-team\n"
            "Open run",
        ),
        (
            "deadline_missed",
            "A deadline was missed",
            "⏰ sales_daily has missed its deadline\nDeadline: 2026-11-20 06:05 UTC · "
            f"{RUN} · Started: 2026-11-20 06:00:04 UTC · State: running · "
            "Owner: data-team\nOpen run",
        ),
        (
            "approval_asked",
            "An approval is asked for",
            "❓ Publish the sales?\n12 rows, 3 without a quantity.\n"
            f"Asked by: sales_daily / load_orders [us] · {RUN} · By default: Keep back · "
            "Owner: data-team\n"
            "Publish · Keep back",
        ),
        ("sla_missed", "An SLA was missed", "⏰ sales_daily has missed an SLA\nOwner: data-team"),
        (
            "unknown",
            "An alert from Airflow",
            "An alert from sales_daily / load_orders [us]\n"
            "ValueError: column 'qty' is missing\nin 3 of 12 rows\n"
            f"{RUN} · Owner: data-team\n{LINKS}",
        ),
    ],
)
def test_an_alert(name: str, least: str, most: str) -> None:
    """With nothing known an alert says what happened; with everything, all that helps."""
    alert = alerts.READY_MADE[name]
    assert as_text(drafted(fill(alert, Event(name)))).message == least
    largest = fill(
        alert, replace(FULL, name=name, options=FULL.options if name == "approval_asked" else ())
    )
    assert as_text(drafted(largest)).message == most


def test_every_event_has_its_alert() -> None:
    """For each event there is one ready-made alert."""
    assert set(alerts.READY_MADE) == set(EVENTS)


@pytest.mark.parametrize("name", recordings.NAMES)
def test_a_recorded_context(name: str) -> None:
    """No alert for a context of a real Airflow shows what is not known, on no API."""
    _, context = recordings.read(name)
    event = read_event(context)
    post = fill(alerts.READY_MADE[event.name], event)
    text, card = as_text(drafted(post)), prepare(as_card(drafted(post)), {})
    assert fault_in(card, is_markdown=False) is None
    for shown in (text.message, plain_text(card)):
        for word in ("None", "{{", "nan", "{}", "<object", "Recorded"):
            assert word not in shown
        assert event.dag_id
        assert event.dag_id in shown
        if event.exception:
            assert event.exception in shown


@pytest.mark.parametrize(
    ("event", "word", "text"),
    [
        (Event("task_failed", try_number=1, tries=3), "try", None),
        (Event("task_retry", try_number=1, tries=3), "try", "1 of 3"),
        (Event("task_failed", try_number=5, tries=3), "try", "5 of 5"),
        (Event("task_failed", duration=0.25), "took", "0.2 s"),
        (Event("task_failed", duration=59.7), "took", "1 min"),
        (Event("task_failed", duration=3600.0), "took", "1 h"),
        (Event("task_failed", duration=3661.0), "took", "1 h 1 min"),
        (Event("task_failed", duration=90061.0), "took", "1 d 1 h"),
        (Event("dag_failed", reason="task_failure"), "reason", None),
        (Event("dag_failed", reason="a new one"), "reason", "a new one"),
        (Event("dag_failed", run_id="r"), "run", "r"),
        (Event("dag_failed", run_id="r", run_after=NOW), "run", "2026-11-20 06:00 UTC"),
        (
            Event("dag_failed", logical_date=NOW.astimezone(timezone(timedelta(hours=2)))),
            "run",
            "2026-11-20 06:00 UTC",
        ),
        (Event("dag_failed", failed_tasks=("a", "b")), "failed_tasks", "a, b"),
        (Event("task_failed", task_id="t", map_index="0"), "task", "t [0]"),
    ],
)
def test_facts(event: Event, word: str, text: str | None) -> None:
    """What is known is said in a person's words, and what is not known has no word."""
    assert facts(event).get(word) == text


def test_a_changed_alert() -> None:
    """An alert is a value: copied, changed, with links and fields of its author's own."""
    mine = replace(
        alerts.TASK_FAILED,
        head="🔥 {task} broke",
        fields={"Run": "{run_id}", "Team": "shop", "Never": "{next_try} or {deadline}"},
        quote_length=20,
        links={"Runbook": "https://wiki.example/{dag}", **alerts.TASK_FAILED.links},
    )
    assert as_text(drafted(fill(mine, replace(FULL, options=(), deadline=None)))).message == (
        "🔥 load_orders [us] broke\nValueError: column '\n"
        "Run: scheduled__2026-11-20 · Team: shop\nRunbook · Open log · Open run"
    )
    assert alerts.TASK_FAILED.head != mine.head


def test_what_came_from_data_is_not_filled_again() -> None:
    """Words in braces that came from data stay what they are."""
    post = fill(alerts.TASK_FAILED, replace(FULL, exception="{owner} {{ owner }}", options=()))
    assert post.quote == "{owner} {{ owner }}"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"event": "task_broke"}, "An alert's event is one of task_started, "),
        ({"head": "{tsk} failed"}, "Unknown placeholder {tsk} in an alert. There are dag, task, "),
        ({"links": {"Log": "{log}"}}, "Unknown placeholder {log} in an alert."),
        ({"head": None}, "An alert's head, color and quote are texts"),
        ({"fields": {"a": 5}}, "An alert's head, color and quote are texts"),
        ({"links": "x"}, "An alert's head, color and quote are texts"),
        ({"color": "red"}, "An alert's color reads like #D92D20, not 'red'."),
    ],
)
def test_a_wrong_alert(changes: dict[str, Any], why: str) -> None:
    """An alert that could never be filled is refused when it is made, not at night."""
    with pytest.raises(ConfigError) as error:
        replace(alerts.TASK_FAILED, **changes)
    assert str(error.value).startswith(why)


def test_the_words_are_documented() -> None:
    """The list of words in the documentation is the list that holds."""
    assert all(f"``{word}``" in (facts.__doc__ or "") for word in WORDS)
    assert {one.name for one in fields(Alert)} == {
        *("event", "head", "color", "fields", "quote", "quote_length", "links", "markdown")
    }


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("moment", "zone", "told"),
    [
        (NOW, None, "2026-11-20 06:00 UTC"),
        (NOW, timezone.utc, "2026-11-20 06:00 UTC"),
        (NOW, ZoneInfo("Etc/UTC"), "2026-11-20 06:00 UTC"),
        (NOW, BERLIN, "2026-11-20 07:00 Europe/Berlin"),
        (NOW.replace(month=7), BERLIN, "2026-07-20 08:00 Europe/Berlin"),
        (NOW.replace(hour=23), BERLIN, "2026-11-21 00:00 Europe/Berlin"),
        (NOW.astimezone(BERLIN), None, "2026-11-20 06:00 UTC"),
        (NOW, ZoneInfo("Asia/Kathmandu"), "2026-11-20 11:45 Asia/Kathmandu"),
        (NOW, timezone(timedelta(hours=-5)), "2026-11-20 01:00 UTC-05:00"),
        (NOW, timezone(timedelta(0)), "2026-11-20 06:00 UTC"),
        # The hour that comes twice.
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc),
            BERLIN,
            "2026-10-25 02:30 Europe/Berlin (CEST)",
        ),
        (
            datetime(2026, 10, 25, 1, 30, tzinfo=timezone.utc),
            BERLIN,
            "2026-10-25 02:30 Europe/Berlin (CET)",
        ),
        (datetime.max.replace(tzinfo=timezone.utc), BERLIN, "9999-12-31 23:59:59 UTC"),
        (NOW, pendulum.timezone("Europe/Berlin"), "2026-11-20 07:00 Europe/Berlin"),
        (NOW, pendulum.timezone("UTC"), "2026-11-20 06:00 UTC"),
        (NOW, pendulum.FixedTimezone(7200), "2026-11-20 08:00 UTC+02:00"),
        (
            pendulum.instance(NOW),
            pendulum.timezone("Europe/Berlin"),
            "2026-11-20 07:00 Europe/Berlin",
        ),
    ],
)
def test_times(moment: datetime, zone: Any, told: str) -> None:
    """Every time is told in the time zone of the DAG, with its name; without one in UTC."""
    event = Event(
        "task_retry", logical_date=moment, started=moment, next_try=moment, deadline=moment
    )
    known = facts(replace(event, zone=zone))
    assert {known[word] for word in ("run", "started", "next_try", "deadline")} == {told}


def test_the_time_zone_of_a_dag() -> None:
    """The time zone is that of the DAG's dates, wherever a context has the DAG."""
    dag = DAG("d", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=BERLIN))
    for context in (
        {"dag": dag, "run_id": "r", "reason": "task_failure"},
        {"ti": SimpleNamespace(task_id="t", state="failed", task=SimpleNamespace(dag=dag))},
    ):
        event = replace(read_event(context), started=NOW)
        assert facts(event)["started"] == "2026-11-20 07:00 Europe/Berlin"


BODY = """12 rows, **3** without a *quantity*:

- `orders`
- [the list](https://a.example/list)

<!all> {{ 7 * 6 }} <b>x</b> @all [x](javascript:alert)"""


def test_a_question_in_markdown() -> None:
    """The body of a question is markdown, and what came from data in it stays words."""
    post = fill(alerts.APPROVAL_ASKED, Event("approval_asked", body=BODY))
    text = as_text(drafted(post))
    assert "12 rows, 3 without a quantity:" in text.message
    assert "<!all> {{ 7 * 6 }} <b>x</b> @all" in text.message
    formats = {(text.message[span.start : span.end], span.kind) for span in text.spans}
    assert {
        ("3", "Bold"),
        ("quantity", "Italic"),
        ("orders", "Code"),
        ("the list", "AddLink"),
    } <= formats
    assert text.contacts() == ()
    card = prepare(as_card(drafted(post)), {}, limit=MAX_CARD_TEXT)
    (block,) = [block for block in card["body"] if "12 rows" in str(block.get("text"))]
    assert block["is_markdown_support"] is True
    assert "style" not in block
    assert "12 rows, *3* without a _quantity_:" in block["text"]
    assert "<https://a.example/list|the list>" in block["text"]
    assert "&lt;!all&gt;" in block["text"]
    assert "javascript:" not in block["text"].partition("@all")[0]
    check_card(card)


@pytest.mark.parametrize(
    "body", ["**a** " * 400, "[x](https://a.example) " * 80, "> " * 1000 + "x", "_" * 2000]
)
def test_a_long_question(body: str) -> None:
    """A body of any length fits, and is not cut through the middle of a mark."""
    post = fill(alerts.APPROVAL_ASKED, Event("approval_asked", body=body))
    assert len(as_text(drafted(post)).message) < 2500
    for block in prepare(as_card(drafted(post)), {}, limit=MAX_CARD_TEXT)["body"]:
        assert len(str(block.get("text"))) <= 3000
        if block.get("is_markdown_support"):
            assert block["text"].count("<") == block["text"].count(">")
