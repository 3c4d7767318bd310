"""What a person sees and does behind the links, in a headless Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local_airflow import wait_for

sys.path.append(str(Path(__file__).parent.parent))

import chromium


class Browser:
    """A headless Chromium.

    :param airflow: the address of the Airflow to look at.
    """

    def __init__(self, airflow: str) -> None:
        self._airflow = airflow

    def __enter__(self) -> Browser:
        self._driver: Any = chromium.start()
        # Airflow 3.1 without passwords forgets where a link leads while it logs somebody in.
        self.open(self._airflow, "Dags")
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.quit()

    def open(self, url: str, words: str) -> list[str]:
        """Open a page, wait until it says something, and return its lines.

        :raises Failure: it does not say so.
        """
        self._driver.get(url)
        return wait_for(f"{url} to show {words!r}", lambda: self._lines_with(words), 30)

    def press(self, words: str) -> None:
        """Press the button with these words.

        :raises Failure: there is none that can be pressed.
        """
        wait_for(f"the button {words!r}", lambda: self._pressed(words), 10)

    def answer(self, message: str, text: str) -> None:
        """Answer a message on the sandbox's page, as the person whom that page suggests.

        :raises Failure: it has no box to answer in.
        """
        wait_for(f"the box to answer {message!r}", lambda: self._boxed(message), 10)
        self._driver.switch_to.active_element.send_keys(text)
        self.press("Send")
        wait_for("the answer on the page", lambda: self._lines_with(text.strip()), 10)

    def _boxed(self, message: str) -> bool:
        """Open the box to answer a message in, and tell whether one can write there."""
        script = """
            const main = [...document.querySelectorAll("#messages .message")].find(
              (each) => each.innerText.includes(arguments[0]));
            const button = main?.querySelector(".respond[aria-expanded=false]");
            button?.click();
            return document.activeElement.tagName === "TEXTAREA";"""
        return bool(self._driver.execute_script(script, message))

    def _lines_with(self, words: str) -> list[str]:
        text: str = self._driver.execute_script("return document.body?.innerText ?? ''")
        return text.splitlines() if words in text else []

    def _pressed(self, words: str) -> bool:
        # All at once, since the page may draw its buttons anew at any time.
        script = """
            const found = [...document.querySelectorAll("button")].find(
              (button) => button.innerText.trim() === arguments[0] && !button.disabled);
            found?.click();
            return Boolean(found);"""
        return bool(self._driver.execute_script(script, words))


@contextmanager
def browser_if_there(airflow: str) -> Iterator[Browser | None]:
    """Have a browser if there is Chromium, its driver and the package `selenium`, else none.

    :param airflow: the address of the Airflow to look at.
    """
    if chromium.missing():
        yield None
    else:
        with Browser(airflow) as browser:
            yield browser
