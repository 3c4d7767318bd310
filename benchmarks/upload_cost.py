"""What a file of 200 MB costs on its way to Zoom: memory beyond that of a small one, and seconds.

The server is a process of its own that takes everything. Each way to upload is a process of its own
too, since what is asked of the system is the most memory that a process ever had.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MB = 1_000_000
SIZE = 200 * MB


class Handler(BaseHTTPRequestHandler):
    """Takes whatever comes."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read the body, and name a token and a file."""
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1024 * 1024)))
        body = json.dumps({"access_token": "t0ken", "id": "f1"}).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def serve(connection: Any) -> None:
    """Take files until the process is ended."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        connection.send(f"http://127.0.0.1:{server.server_port}")
        server.serve_forever()


def ours(url: str) -> Callable[[Path], object]:
    """Return the upload of this package."""
    from airflow_provider_zoomchat.zoom import auth
    from airflow_provider_zoomchat.zoom.addresses import hosts_of
    from airflow_provider_zoomchat.zoom.client import ZoomClient
    from airflow_provider_zoomchat.zoom.files import file, upload
    from airflow_provider_zoomchat.zoom.transport import Transport

    at = hosts_of(url)
    client = ZoomClient(auth.App("id", "s", "account_credentials", "a"), at, transport=Transport())
    return lambda path: client.send(upload(at.files, "u", file(path)))


def plain(url: str) -> Callable[[Path], object]:
    """Return an upload with `requests` alone."""
    import requests

    def send(path: Path) -> None:
        with path.open("rb") as content:
            requests.post(url, files={"file": content}, timeout=60).raise_for_status()

    return send


def measure(make: Callable[[str], Callable[[Path], object]], url: str, *paths: Path) -> Any:
    """Upload a small file, then a large one; return the memory in between, and the seconds."""
    small, large = paths
    send = make(url)
    send(small)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    send(large)
    seconds = time.perf_counter() - start
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, seconds


def main() -> None:
    """Print memory and seconds of each way."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    server = spawn.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = here.recv()
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.bin"), Path(folder, "large.bin")
        small.write_bytes(bytes(range(256)))
        large.write_bytes(bytes(range(250)) * (SIZE // 250))
        for name, make in {"ZoomClient": ours, "requests, files=": plain}.items():
            with spawn.Pool(1) as pool:
                memory, seconds = pool.apply(measure, (make, url, small, large))
            print(f"{name:18} {memory / MB:7.1f} MB more  {seconds:6.2f} s  ({SIZE // MB} MB)")
    server.kill()


if __name__ == "__main__":
    main()
