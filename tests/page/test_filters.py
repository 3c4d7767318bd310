"""The page's list of all requests, and the end of all messages, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import world
from page.conftest import Page

TEAM = world.DATA_TEAM.id
ESCAPE = "\ue00c"


@pytest.fixture
def listed(page: Page) -> Callable[[], list[str]]:
    """The page of all requests, with a message in each of two channels and a refusal."""
    ZoomHook().send_message(message="Load is late")
    ZoomHook().send_message(message="elsewhere", to_channel=TEAM)
    requests.post(f"{page.zoom.url}/v2/im/chat/messages", json={})
    page.press("#all-requests")
    page.until(lambda: len(page.all("#requests .exchange")) == 4)
    return lambda: page.texts("#requests .exchange .path")


def test_filters(page: Page, listed: Callable[[], list[str]]) -> None:
    """Requests are filtered by channel, status and words; what comes is filtered as it comes."""
    every = listed()
    page.choose("#filter-status", "HTTP 4xx")
    page.until(lambda: listed() == ["/v2/im/chat/messages"])
    page.choose("#filter-status", "Every status")
    page.choose("#filter-place", "# data-team")
    page.until(lambda: len(listed()) == 1 and "elsewhere" in page.text("#requests .body"))
    ZoomHook().send_message(message="another", to_channel=TEAM)
    ZoomHook().send_message(message="not here")
    page.until(lambda: len(listed()) == 2 and "another" in page.text("#requests .body"))
    page.driver.find_element("id", "filter-words").send_keys("ELSEWHERE 201")
    page.until(lambda: page.text("#no-requests") == "No request fits.")
    page.driver.find_element("id", "filter-words").clear()
    page.driver.find_element("id", "filter-words").send_keys("ELSEWHERE messages")
    page.until(lambda: len(listed()) == 1)
    page.driver.find_element("id", "filter-words").clear()
    page.choose("#filter-place", "All channels")
    page.until(lambda: len(listed()) == len(every) + 2)


def test_token_calls(page: Page, listed: Callable[[], list[str]]) -> None:
    """A call for a token is one line until somebody opens it, and then stays open."""
    (token,) = [path for path in listed() if path == "/oauth/token"]
    assert token
    assert not page.all("details.exchange .body")
    page.press("details.exchange summary")
    page.until(lambda: page.all("details.exchange .body"))
    ZoomHook().send_message(message="another")
    page.until(lambda: len(page.all("#requests .exchange")) == 5)
    assert page.all("details.exchange .body")
    requests.post(f"{page.zoom.url}/oauth/token", data={"grant_type": "account_credentials"})
    page.until(lambda: page.text("#requests .exchange .path") == "/oauth/token")
    page.until(lambda: '"error"' in page.text("#requests .exchange .answer"))


@pytest.mark.parametrize("how", ["Keep it", ESCAPE])
def test_the_chat_is_kept(page: Page, how: str) -> None:
    """Clear asks first, and whoever does not want it keeps all."""
    ZoomHook().send_message(message="one")
    page.until(lambda: page.messages() == ["one"])
    page.press("#clear")
    page.until(lambda: page.driver.switch_to.active_element.text == "Keep it")
    if how == ESCAPE:
        page.driver.switch_to.active_element.send_keys(how)
    else:
        page.press("#clearing button", how)
    page.until(lambda: not page.all("#clearing"))
    ZoomHook().send_message(message="two")
    page.until(lambda: page.messages() == ["one", "two"])


def test_clear_stands_apart(page: Page) -> None:
    """Clear is no part of the trouble, and cannot be met by who aims at that."""
    page.press("#trouble summary")
    apart: Any = page.run(
        "const [a, b] = ['clear', 'trouble'].map((each) =>"
        " document.getElementById(each).getBoundingClientRect()); return b.left - a.right"
    )
    assert apart >= 16
    assert not page.run("return document.getElementById('trouble').innerText").count("Clear")
