"""A sandbox and its page in a real browser."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import chromium
import pytest
from sandbox.caller import fill

from airflow_provider_zoomchat.sandbox import Sandbox


@pytest.fixture(scope="package")
def driver() -> Iterator[Any]:
    """A browser for all tests of the page."""
    if reason := chromium.missing():
        pytest.skip(reason)
    browser = chromium.start()
    yield browser
    browser.quit()


class Page:
    """The page as somebody sees and uses it."""

    def __init__(self, driver: Any, zoom: Sandbox) -> None:
        self.driver = driver
        self.zoom = zoom

    def open(self, address: str = "") -> None:
        """Open the page, at a place if its address names one."""
        self.driver.get("about:blank")  # another fragment alone would not load the page anew
        self.driver.get(f"{self.zoom.url}/{address}")
        self.until(lambda: self.text("#state") == "Live")

    def fill(self, *texts: str) -> list[str]:
        """Put messages into the page's channel at once; return the ids.

        A page that is open is told of at most a hundred at a time before it begins anew.
        """
        return fill(self.zoom, *texts)

    def run(self, script: str, *values: Any) -> Any:
        """Run a script in the page and return what it returns."""
        return self.driver.execute_script(script, *values)

    def all(self, selector: str) -> list[Any]:
        """Return the elements that can be seen."""
        script = """
            return [...document.querySelectorAll(arguments[0])]
              .filter((each) => each.checkVisibility());"""
        found: list[Any] = self.run(script, selector)
        return found

    def text(self, selector: str) -> str:
        """Return what an element shows."""
        script = """
            const found = document.querySelector(arguments[0]);
            return found?.checkVisibility() ? found.innerText : '';"""
        text: str = self.run(script, selector)
        return text.strip()

    def texts(self, selector: str) -> list[str]:
        """Return what each of these elements shows."""
        texts: list[str] = self.run(
            "return [...document.querySelectorAll(arguments[0])].map((each) => each.innerText)",
            selector,
        )
        return [text.strip() for text in texts]

    def type(self, keys: str) -> None:
        """Press keys, wherever the focus is: what is sent to an element goes there first."""
        chains = import_module("selenium.webdriver").ActionChains
        chains(self.driver).send_keys(keys).perform()

    def messages(self) -> list[str]:
        """Return what the messages say, from top to bottom."""
        return self.texts("#messages .message .content > :not(header, .note, .replies, .traces)")

    def press(self, selector: str, words: str = "") -> None:
        """Press the first of these elements that can be seen, and shows these words."""
        self.until(lambda: self._pressed(selector, words))

    def choose(self, selector: str, words: str) -> None:
        """Choose what shows these words, when it is there, in a list of choices."""
        self.until(lambda: words in self.texts(f"{selector} option"))
        select = import_module("selenium.webdriver.support.select").Select
        select(self.driver.find_element("css selector", selector)).select_by_visible_text(words)

    def _pressed(self, selector: str, words: str) -> bool:
        stale = import_module("selenium.common").StaleElementReferenceException
        # The page may draw a message anew at any time.
        with contextlib.suppress(stale):
            for each in self.all(selector):
                if words in each.text:
                    each.click()
                    return True
        return False

    @staticmethod
    def until(is_so: Callable[[], Any], seconds: float = 60) -> None:
        """Wait for something to become so."""
        ends = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < ends, "it did not come to be"
            time.sleep(0.02)


@pytest.fixture
def page(driver: Any, zoom: Sandbox) -> Iterator[Page]:
    """The page of a fresh sandbox, open."""
    shown = Page(driver, zoom)
    driver.get_log("browser")  # what pages of earlier tests, at the same address, have told
    shown.open()
    yield shown
    # A page left open would look for its sandbox on, and find the server of a later test.
    driver.get("about:blank")
