"""The ready-made alerts: what is said of each event. Values to copy and to change.

.. code-block:: python

    from dataclasses import replace
    from airflow_provider_zoomchat.notifications import alerts

    mine = replace(
        alerts.TASK_FAILED,
        head="🔥 {task} broke",
        links={**alerts.TASK_FAILED.links, "Runbook": "https://wiki.example.com/{dag}"},
    )
    ZoomChatNotifier(alerts=[mine])

Words in braces stand for what is known of the event; `alert.facts` lists them. What is not known is
left out: a field or a link with such a word in it is not shown, and of several heads the first is
taken of which everything is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from .alert import Alert

RED, AMBER, GREEN, GREY, BLUE = "#D92D20", "#B54708", "#067647", "#667085", "#175CD3"

_OF_TASK = {"Run": "{run}", "Try": "{try}", "Started": "{started}", "Took": "{took}"}
_OF_RUN = {"Run": "{run}", "Started": "{started}", "Took": "{took}"}
_FAILED = {"Failed": "{failed_tasks}", "Upstream failed": "{upstream_failed}"}
_OWNER = {"Owner": "{owner}"}
_OPEN_RUN = {"Open run": "{run_url}"}
_OPEN_LOG = {"Open log": "{log_url}", **_OPEN_RUN}

#: Characters of an exception with what led to it: with all else below what Zoom takes for certain.
_WITH_CAUSES = 600


def _heads(mark: str, said: str) -> tuple[str, ...]:
    """Return heads for a task of which more or less is known.

    The mark is for notices of phones, which have no colours. It is of those that count as one in
    every unit, so that the positions of formats behind it are right in any.
    """
    known = ("{dag} / {task}", "{task}", "{dag}: a task")
    return tuple(f"{mark} {words} {said}" for words in known)


TASK_STARTED = Alert(
    "task_started",
    _heads("▶", "started"),
    BLUE,
    {"Run": "{run}", "Try": "{try}"},
    links=_OPEN_LOG,
)
TASK_SUCCEEDED = Alert(
    "task_succeeded", _heads("✅", "succeeded"), GREEN, _OF_TASK, links=_OPEN_LOG
)
TASK_FAILED = Alert(
    "task_failed",
    _heads("❌", "failed"),
    RED,
    {**_OF_TASK, **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)
TASK_RETRY = Alert(
    "task_retry",
    _heads("⏳", "failed and will be tried again"),
    AMBER,
    {**_OF_TASK, "Next try": "{next_try}", **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)
TASK_SKIPPED = Alert(
    "task_skipped", _heads("⏭", "was skipped"), GREY, {"Run": "{run}"}, links=_OPEN_LOG
)
DAG_SUCCEEDED = Alert(
    "dag_succeeded",
    # A run ends well with its last tasks, whatever has failed before them.
    ("✅ {dag} succeeded, although {failures}", "✅ {dag} succeeded"),
    GREEN,
    {**_FAILED, **_OF_RUN},
    links=_OPEN_RUN,
)
DAG_FAILED = Alert(
    "dag_failed",
    "❌ {dag} failed",
    RED,
    {
        **_FAILED,
        "Reason": "{reason}",
        **_OF_RUN,
        **_OWNER,
    },
    links=_OPEN_RUN,
)
DEADLINE_MISSED = Alert(
    "deadline_missed",
    "⏰ {dag} has missed its deadline",
    AMBER,
    {
        "Deadline": "{deadline}",
        "Run": "{run}",
        "Started": "{started}",
        "State": "{state}",
        **_OWNER,
    },
    links=_OPEN_RUN,
)
APPROVAL_ASKED = Alert(
    "approval_asked",
    ("❓ {subject}", "❓ {dag} / {task} asks for an approval"),
    BLUE,
    {"Asked by": "{dag} / {task}", "Run": "{run}", "By default": "{defaults}", **_OWNER},
    quote="{body}",
    quote_length=2000,
    markdown=True,
)
SLA_MISSED = Alert("sla_missed", "⏰ {dag} has missed an SLA", AMBER, _OWNER)
UNKNOWN = Alert(
    "unknown",
    ("An alert from {dag} / {task}", "An alert from {dag}"),
    GREY,
    {"Run": "{run}", **_OWNER},
    quote="{exception}",
    quote_length=_WITH_CAUSES,
    links=_OPEN_LOG,
)

#: The ready-made alert of each event.
READY_MADE: Mapping[str, Alert] = {
    alert.event: alert
    for alert in (
        TASK_STARTED,
        TASK_SUCCEEDED,
        TASK_FAILED,
        TASK_RETRY,
        TASK_SKIPPED,
        DAG_SUCCEEDED,
        DAG_FAILED,
        DEADLINE_MISSED,
        APPROVAL_ASKED,
        SLA_MISSED,
        UNKNOWN,
    )
}
