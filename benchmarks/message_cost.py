"""One message through a kept hook and through the operator, against a bare `requests.Session.post`.

All go to the same server, in turns, in one run. The server is a process of its own that answers
every call at once with what Zoom and Slack would say.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import multiprocessing
import os
import socket
import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = 1500
ANSWER = {
    "access_token": "token",
    "expires_in": 3600,
    "id": "7df8cc5b-efc4-4e08-9083-9823b8871c82",
    "ok": True,
    "ts": "1.0",
    "channel": "C1",
}


def serve(listener: socket.socket) -> None:
    """Answer every call."""
    import uvicorn

    body = json.dumps(ANSWER).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        status = 201 if "/chat/users/" in scope["path"] else 200
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    config = uvicorn.Config(app, lifespan="off", access_log=False, log_level="critical")
    uvicorn.Server(config).run(sockets=[listener])


def contenders(url: str) -> dict[str, Callable[[], object]]:
    """Return what is measured, each ready to send one message."""
    import requests

    extra = {"account_id": "acc", "user_id": "airflow@example.com", "channel": "c1" * 16}
    zoom = {"conn_type": "zoom", "host": url, "login": "id", "password": "secret", "extra": extra}
    os.environ["AIRFLOW_CONN_ZOOM_DEFAULT"] = json.dumps(zoom)
    slack = {"conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": f"{url}/api/"}}
    os.environ["AIRFLOW_CONN_SLACK_API_DEFAULT"] = json.dumps(slack)

    from airflow_provider_zoomchat.hooks.zoom import ZoomHook
    from airflow_provider_zoomchat.operators.zoom import ZoomChatMessageOperator

    class Ti:
        max_tries = 0

        def xcom_push(self, **_: Any) -> None:
            """Take it."""

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
    logging.disable(logging.WARNING)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(listener,))
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        measured = contenders(url)
        times: dict[str, list[float]] = {name: [] for name in measured}
        for number in range(ROUNDS + 50):
            for name, send in measured.items():
                start = time.perf_counter()
                send()
                if number >= 50:
                    times[name].append(time.perf_counter() - start)
    finally:
        server.kill()
    bare = statistics.median(times["requests.Session.post"])
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:24} {median * 1000:7.3f} ms  {median / bare:5.2f} x (median of {ROUNDS})")


if __name__ == "__main__":
    main()
