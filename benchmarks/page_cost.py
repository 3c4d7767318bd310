"""How soon the sandbox's page shows a message, and how much the sandbox takes with a page open.

It needs Debian's ``chromium`` and ``chromium-driver``, and the package ``selenium``::

    pip install selenium
    python benchmarks/page_cost.py

The first figure is the time from a message's acceptance, as the sandbox notes it in milliseconds,
to the moment at which it stands in the document. The second is of a client on one kept connection
that asks for nothing twice, while the page shows the channel that the messages come into.
"""

from __future__ import annotations

import base64
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import chromium

MESSAGES = 100  # of which each is waited for
FLOOD = 5000

#: Notes in the page when each message comes into the document.
WATCH = """
window.seen = {};
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) {
    const now = performance.timeOrigin + performance.now();
    if (node.dataset?.id) window.seen[node.dataset.id] ??= now;
  }
}).observe(document.getElementById("messages"), {childList: true});
"""

#: A sandbox in a process of its own, as `zoomchat sandbox` is one.
SERVE = """
import json, time
from airflow_provider_zoomchat.sandbox import Sandbox
zoom = Sandbox().start()
print(json.dumps([zoom.url, zoom.connection("server_to_server")]), flush=True)
time.sleep(3600)
"""


def main() -> None:
    """Print the figures."""
    with _sandbox() as (url, connection), _browser() as browser:
        client = _Client(url, connection)
        print(f"without a page: {_flood(client):.0f} messages a second")
        browser.get(f"{url}/#{client.channel}")
        browser.execute_script(WATCH)
        time.sleep(1)
        print(f"{MESSAGES} messages, one by one: {_latency(client, browser)}")
        print(f"with the page open: {_flood(client):.0f} messages a second")
        began = time.monotonic()
        last = client.send("the last one")
        while last not in browser.execute_script("return window.seen"):
            time.sleep(0.01)
        behind = (time.monotonic() - began) * 1000
        count = browser.execute_script("return document.querySelectorAll('.message').length")
        print(f"after that, the page shows the last one {behind:.0f} ms later, {count} in all")
        print(f"then, one by one with {2 * FLOOD} behind it: {_latency(client, browser)}")


def _latency(client: _Client, browser: Any) -> str:
    ids = []
    for number in range(MESSAGES):
        ids.append(client.send(f"message {number} of a **pipeline** that goes on"))
        time.sleep(0.03 + number % 7 * 0.011)  # not in step with the page
    time.sleep(1)
    seen = browser.execute_script("return window.seen")
    accepted = client.accepted()
    waits = sorted(seen[each] - accepted[each] for each in ids)
    return (
        f"median {statistics.median(waits):.0f} ms, 95 % within {waits[94]:.0f} ms, "
        f"longest {waits[-1]:.0f} ms after acceptance"
    )


def _flood(client: _Client) -> float:
    began = time.perf_counter()
    for number in range(FLOOD):
        client.send(f"row {number} of many, all of them about as long as a line of a log is")
    return FLOOD / (time.perf_counter() - began)


class _Client:
    """Posts with the least that HTTP needs, so that the sandbox is what is measured."""

    def __init__(self, url: str, connection: dict[str, Any]) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc)
        self.channel = connection["extra"]["channel"]
        self._path = f"/v2/chat/users/{connection['extra']['user_id']}/messages"
        basic = base64.b64encode(f"{connection['login']}:{connection['password']}".encode())
        form = f"grant_type=account_credentials&account_id={connection['extra']['account_id']}"
        token = self._call(
            "POST",
            "/oauth/token",
            form,
            {
                "Authorization": f"Basic {basic.decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )["access_token"]
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, text: str) -> str:
        """Post a message and return its id."""
        body = json.dumps({"message": text, "to_channel": self.channel})
        return str(self._call("POST", self._path, body, self._headers)["id"])

    def accepted(self) -> dict[str, float]:
        """Return when each message was accepted, in milliseconds since 1970."""
        state = self._call("GET", "/sandbox/state.json", "", {})
        return {
            message["id"]: datetime.fromisoformat(
                message["time"].replace("Z", "+00:00")
            ).timestamp()
            * 1000
            for message in state["messages"]
        }

    def _call(self, method: str, path: str, body: str, headers: dict[str, str]) -> Any:
        self._connection.request(method, path, body, headers)
        return json.loads(self._connection.getresponse().read())


@contextmanager
def _sandbox() -> Iterator[tuple[str, dict[str, Any]]]:
    server = subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url, connection = json.loads(server.stdout.readline())
        yield url, connection
    finally:
        server.kill()
        server.wait()


@contextmanager
def _browser() -> Iterator[Any]:
    browser = chromium.start()
    try:
        yield browser
    finally:
        browser.quit()


if __name__ == "__main__":
    main()
