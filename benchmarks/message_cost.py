"""One message through a kept hook and through the operator, against a bare `requests.Session.post`.

All go to the same server, in turns, in one run. The server is a process of its own that answers
every call at once with what Zoom and Slack would say.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable

from measuring import Ti, connections, instant_server, print_ratios

ROUNDS = 1500


def contenders(url: str) -> dict[str, Callable[[], object]]:
    """Return what is measured, each ready to send one message."""
    import requests

    os.environ.update(connections(url))
    from airflow_provider_zoomchat.hooks.zoom import ZoomHook
    from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

    session, alone = requests.Session(), requests.Session()
    # Like the hook on a loopback address, without the look into the environment for proxies.
    alone.trust_env = False
    headers = {"Authorization": "Bearer token"}
    address = f"{url}/v2/chat/users/airflow%40example.com/messages"
    payload = {"message": "Load finished", "to_channel": "c1" * 16}
    hook = ZoomHook()
    operator = ZoomChatMessageOperator(task_id="post", message="Load finished")
    found: dict[str, Callable[[], object]] = {
        "requests.Session.post": lambda: session.post(
            address, json=payload, headers=headers, timeout=10
        ).json(),
        "  without environment": lambda: alone.post(
            address, json=payload, headers=headers, timeout=10
        ).json(),
        "ZoomHook.send_message": lambda: hook.send_message(message="Load finished"),
        "ZoomChatMessageOperator": lambda: operator.execute({"ti": Ti()}),  # type: ignore[typeddict-item]
    }
    if importlib.util.find_spec("airflow.providers.slack"):
        from airflow.providers.slack.operators.slack import SlackAPIPostOperator

        post = SlackAPIPostOperator(task_id="slack", channel="C1", text="Load finished")
        found["SlackAPIPostOperator"] = lambda: post.execute({})
    return found


def main() -> None:
    """Print the median of each contender, and its ratio to the bare post."""
    # Before Airflow is imported, which prints a line for each message otherwise.
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"
    with instant_server() as url:
        measured = contenders(url)
        times: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(ROUNDS + 50):
            for name, send in measured.items():
                start = time.perf_counter()
                send()
                if number >= 50:
                    times[name].append((time.perf_counter() - start) * 1000)
    print_ratios(times, "requests.Session.post")


if __name__ == "__main__":
    main()
