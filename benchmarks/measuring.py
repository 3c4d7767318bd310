"""What the benchmarks share: times, their ratios, and a server that answers every call at once."""

from __future__ import annotations

import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

#: What Zoom and Slack would say, to a token call and to a message.
ANSWER = {
    "access_token": "token",
    "expires_in": 3600,
    "id": "7df8cc5b-efc4-4e08-9083-9823b8871c82",
    "ok": True,
    "ts": "1.0",
    "channel": "C1",
}


class Ti:
    """As much of a task instance as an operator asks for."""

    max_tries = 0

    def xcom_push(self, **_: Any) -> None:
        """Take it."""


def milliseconds(do: Callable[[], object], rounds: int) -> float:
    """Return the median time of something that is done so often."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        do()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def print_ratios(times: Mapping[str, Sequence[float]], base: str) -> None:
    """Print the median of each contender, and its ratio to one of them.

    :param times: of each, in milliseconds.
    """
    medians = {name: statistics.median(found) for name, found in times.items()}
    for name, median in medians.items():
        ratio = median / medians[base]
        print(f"{name:24} {median:8.3f} ms  {ratio:5.2f} x (median of {len(times[name])})")


@contextmanager
def instant_server() -> Iterator[str]:
    """Run a process that answers every call at once, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = multiprocessing.get_context("fork").Process(target=_serve, args=(listener,))
        server.start()
        port = listener.getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()


def connections(url: str) -> dict[str, str]:
    """Return environment variables: the default connections to Zoom and to Slack, to a server."""
    extra = {"account_id": "acc", "user_id": "airflow@example.com", "channel": "c1" * 16}
    zoom = {"conn_type": "zoom", "host": url, "login": "id", "password": "secret", "extra": extra}
    slack = {"conn_type": "slack", "password": "xoxb-1", "extra": {"base_url": f"{url}/api/"}}
    return {
        "AIRFLOW_CONN_ZOOM_DEFAULT": json.dumps(zoom),
        "AIRFLOW_CONN_SLACK_API_DEFAULT": json.dumps(slack),
    }


def _serve(listener: socket.socket) -> None:
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
