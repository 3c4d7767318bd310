"""Take the pictures of the sandbox's page, with the messages of the example DAGs on it.

`zoomchat demo --open` runs them on a real Airflow; a browser looks at its page in the meantime.

It needs Debian's ``chromium`` and ``chromium-driver``, looks best with ``fonts-inter`` and
``fonts-noto-color-emoji``, and takes the project with its extra ``test``::

    python docs/page_pictures.py
"""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
sys.path.append(str(DOCS.parent / "tests"))

import chromium  # noqa: E402

SCALE = 2  # device pixels in each CSS pixel


def main() -> None:
    """Write the pictures."""
    with demo() as url, browser() as driver:
        look(driver, 1180, 860, "light")
        driver.get(f"{url}/#{place(driver, url, 'data-team')}")
        shown(driver, ".card")
        driver.execute_script(
            "const message = document.querySelector('.card').closest('.message');"
            "message.querySelector('.trace').click(); message.id = 'first';"
        )
        shown(driver, ".exchange")
        driver.execute_script("document.getElementById('first').scrollIntoView()")
        picture(driver, "page")
        look(driver, 400, 860, "dark")
        driver.get(f"{url}/#{place(driver, url, 'incidents')}")
        shown(driver, ".card")
        time.sleep(1)
        driver.execute_script(
            "document.querySelector('.card').closest('.message').scrollIntoView()"
        )
        picture(driver, "page-narrow")


@contextmanager
def demo() -> Iterator[str]:
    """Run the demo, and give the address of its page when all messages are there."""
    command = [sys.executable, "-m", "airflow_provider_zoomchat", "demo", "--open"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "BROWSER": "true"}
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if found := re.search(r"The chat is at (http\S+)/ until", line):
                yield found[1]
                break
        else:
            raise SystemExit("The demo has failed.")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


@contextmanager
def browser() -> Iterator[Any]:
    """Give a browser."""
    driver = chromium.start()
    try:
        yield driver
    finally:
        driver.quit()


def look(driver: Any, width: int, height: int, scheme: str) -> None:
    """Have the browser show pages of this size, in CSS pixels, and in light or dark."""
    size = {"width": width, "height": height, "deviceScaleFactor": SCALE, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def place(driver: Any, url: str, name: str) -> str:
    """Return the id of a channel."""
    driver.get(url)
    shown(driver, "nav [data-key]")
    script = """return [...document.querySelectorAll("nav [data-key]")]
        .find((each) => each.innerText.includes(arguments[0])).dataset.key"""
    return str(driver.execute_script(script, name))


def shown(driver: Any, selector: str) -> None:
    """Wait for something to stand on the page."""
    ends = time.monotonic() + 10
    while not driver.find_elements("css selector", selector):
        if time.monotonic() > ends:
            raise SystemExit(f"The page shows no {selector}.")
        time.sleep(0.05)


def picture(driver: Any, name: str) -> None:
    """Write what the browser shows as a PNG."""
    time.sleep(0.5)  # for fonts and pictures
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    (DOCS / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


if __name__ == "__main__":
    main()
