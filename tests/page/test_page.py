"""The sandbox's page in a real browser: live, harmless, for every eye and every hand."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from conftest import ROOT

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world
from airflow_provider_zoomchat.zoom.text import styled
from page.conftest import Page

PIPELINES = world.DATA_PIPELINES.id
TEAM = world.DATA_TEAM.id
HOSTILE = "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>&lt;b&gt; \u202e"

#: How many pixels the end of what is shown is away.
GAP = (
    "const chat = document.getElementById('chat');"
    "return chat.scrollHeight - chat.scrollTop - chat.clientHeight"
)


def send(message: str = "Load is late", **more: Any) -> str:
    message_id = ZoomHook().send_message(message=message, **more)
    assert message_id
    return message_id


def hide(page: Page, hidden: bool) -> None:
    """Have the page's tab seem to be hidden, or shown again."""
    page.run(
        "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))",
        hidden,
    )


def delay_requests(page: Page) -> None:
    """Have the page wait for requests that it asks for until `window.go()` is called."""
    page.run(
        "const real = window.fetch; const gone = new Promise((go) => { window.go = go; });"
        "window.fetch = async (address, options) => {"
        "  if (address.includes('/sandbox/requests')) await gone;"
        "  return real(address, options);"
        "}"
    )


def emulate(page: Page, command: str, **values: Any) -> None:
    page.driver.execute_cdp_cmd(f"Emulation.{command}", values)


def test_live(page: Page) -> None:
    """What is posted, edited, answered and deleted shows without a reload, where it belongs."""
    page.run("window.same = true")
    assert page.text("#empty") == "Nothing was posted here yet."
    first = send("one")
    send("two")
    page.until(lambda: page.messages() == ["one", "two"])
    ZoomHook().edit_message(first, message="**one** more")
    send("an answer", reply_main_message_id=first)
    gone = send("three")
    page.until(lambda: page.messages() == ["**one** more", "an answer", "two", "three"])
    assert page.texts("#messages .message:first-child .note") == ["(edited)"]
    assert page.texts("#messages .reply .text") == ["an answer"]
    ZoomHook().delete_message(gone)
    page.until(lambda: page.texts("#messages .note")[-1:] == ["This message was deleted."])
    assert page.messages() == ["**one** more", "an answer", "two"]
    assert page.run("return window.same")
    assert page.text("#empty") == ""


def test_a_message_for_many_failures(page: Page) -> None:
    """A card that is edited and answered changes where it stands, and counts its replies."""
    hook = ZoomHook("zoom_chatbot_default")
    colors = "return [...document.querySelectorAll('.bar')].map((each) => each.style.borderColor)"

    def card(head: str, color: str) -> dict[str, Any]:
        return {"settings": {"default_sidebar_color": color}, "head": {"text": head}}

    page.run("window.same = true")
    first = hook.send_chatbot_message(content=card("one failed", "#d92d20"))
    assert first
    send("another message")
    page.until(lambda: len(page.messages()) == 2)
    for count in (1, 2):
        hook.send_chatbot_message(message="one more", reply_to=first)
        hook.edit_chatbot_message(first, content=card(f"{1 + count} failed", "#d92d20"))
        words = "1 reply" if count == 1 else "2 replies"
        page.until(lambda: page.texts("#messages .replies") == [words])  # noqa: B023
    hook.edit_chatbot_message(first, content=card("recovered", "#067647"))
    page.until(lambda: page.messages()[0] == "recovered")
    assert page.messages() == ["recovered", "one more", "one more", "another message"]
    assert page.run(colors)[0] == "rgb(6, 118, 71)"
    assert page.texts("#messages .note") == ["(edited)"]
    assert page.run("return window.same")
    page.open()
    page.until(lambda: page.texts("#messages .replies") == ["2 replies"])


def test_colours_and_pictures(page: Page) -> None:
    """A card's bar has its colour, and a picture is loaded: the policy lets both through."""
    ZoomHook("zoom_chatbot_default").send_chatbot_message(
        content={
            "body": [
                {"type": "section", "sidebar_color": "#d64545", "sections": [{"type": "divider"}]}
            ]
        }
    )
    dot = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000" "1f15c4890000000d49444154"
        "789c6360f8cf50070003810180db6ac70a0000000049454e44ae426082"
    )  # fmt: skip
    send("files", files=[("dot.png", dot), ("orders.csv", b"a,b\n")])
    page.until(lambda: len(page.all("#messages .message")) == 2)
    bar = "return getComputedStyle(document.querySelector('.bar')).borderLeftColor"
    assert page.run(bar) == "rgb(214, 69, 69)"
    assert page.texts(".files .title") == ["orders.csv"]
    image = "const image = document.querySelector('.files img'); return image.naturalWidth"
    page.until(lambda: page.run(image) == 1)


def test_escaping(page: Page) -> None:
    """What a message says is shown as it is and runs nothing, wherever in a message it stands."""
    page.zoom.add_channel("hostile-channel-0000", HOSTILE)
    send(HOSTILE)
    send(HOSTILE, to_channel="hostile-channel-0000")
    send("file", files=[(f"{HOSTILE}.txt".replace("/", ""), b"x")])
    bot = ZoomHook("zoom_chatbot_default")
    bot.send_chatbot_message(
        content={
            "head": {"text": HOSTILE, "sub_head": {"text": HOSTILE}},
            "body": [{"type": "fields", "items": [{"key": HOSTILE, "value": HOSTILE}]}],
        }
    )
    bot.send_chatbot_message(message=HOSTILE, zoom_markdown=True)
    script = {"format_type": "AddLink", "format_attr": "javascript:window.hurt=1"}
    send("link", rich_text=[{**script, "start_position": 0, "end_position": 3}])
    page.until(lambda: len(page.all("#messages .message")) == 5)
    assert page.messages()[0].startswith("<script>window.hurt = 1</script><img src=x")
    for button in page.all(".trace"):
        button.click()
    page.until(lambda: len(page.all(".exchange")) >= 5)
    assert any("<script>" in text for text in page.texts(".exchange pre"))
    page.press("nav button", "<script>")
    page.until(lambda: page.text("#title").startswith("# <script>"))
    page.press("#all-requests")
    page.until(lambda: page.all("#requests .exchange"))
    assert page.run("return window.hurt ?? null") is None
    sources = page.run("return [...document.scripts].map((each) => each.src)")
    assert [source.removeprefix(page.zoom.url) for source in sources] == ["/sandbox/page/page.js"]
    assert page.run("return [...document.links].filter((a) => a.protocol == 'javascript:')") == []


def test_the_request_behind_a_message(page: Page) -> None:
    """One press shows method, path, body and answer of all that made a message what it is."""
    message_id = send("running")
    ZoomHook().edit_message(message_id, message="done")
    page.until(lambda: page.messages() == ["done"])
    page.press(".trace")
    page.until(lambda: len(page.all(".exchange")) == 2)
    assert page.texts(".exchange .method") == ["POST", "PUT"]
    assert page.texts(".exchange .path")[1].endswith(f"/messages/{message_id}")
    assert page.texts(".exchange .status") == ["HTTP 201", "HTTP 204"]
    posted, answer = (json.loads(text) for text in page.texts(".exchange pre")[:2])
    assert posted == {"message": "running", "to_channel": PIPELINES}
    assert answer == {"id": message_id}
    ZoomHook().delete_message(message_id)
    page.until(lambda: page.texts(".exchange .method") == ["POST", "PUT", "DELETE"])
    page.press(".trace")
    page.until(lambda: not page.all(".exchange"))


def test_what_was_refused(page: Page) -> None:
    """A request of which no message tells stands among all requests, with its refusal."""
    requests.post(page.zoom.url + "/v2/im/chat/messages", json={})
    page.press("#all-requests")
    page.until(lambda: page.texts("#requests .status") == ["HTTP 401"])
    assert '"code": 7010' in page.text("#requests .answer")
    send("fine")
    page.until(lambda: page.texts("#requests .status") == ["HTTP 201", "HTTP 200", "HTTP 401"])
    assert "sandbox-client-secret" not in page.text("#requests")
    page.press("#places button", "data-pipelines")
    page.until(lambda: page.messages() == ["fine"])


def test_fault_buttons(page: Page) -> None:
    """A button sets what happens to the next call to the chat, and to no other."""
    page.press("#trouble summary")
    assert page.texts("#fault-path option")[0] == (
        "the next to the chat: messages, channels, webhooks"
    )
    outcomes = {
        **{"429": 429, "401": 401, "503": 503},
        **{"Hang": requests.ReadTimeout, "Drop": requests.ConnectionError},
    }
    for button, outcome in outcomes.items():
        page.press("#faults button", button)
        page.until(lambda: page.text("#waiting") == "1")
        assert len(page.texts("#fault-list li")) == 1
        other = requests.get(f"{page.zoom.url}/v2/users/ann@example.com", timeout=5)
        assert other.status_code == 401
        try:
            seconds = 1 if outcome is requests.ReadTimeout else 60
            url = f"{page.zoom.url}/v2/chat/channels/x"
            got: Any = requests.get(url, timeout=seconds).status_code
        except requests.RequestException as error:
            got = type(error)
        assert got == outcome
        page.until(lambda: not page.all("#waiting"))


def test_trouble(page: Page) -> None:
    """Faults are forgotten, the limits go on and off, and the chat is cleared, each by a button."""
    send("one")
    page.until(lambda: page.messages() == ["one"])
    page.press("#trouble summary")
    page.press("#fault-accept")
    page.press("#faults button", "503")
    page.until(lambda: page.zoom.state()["faults"])
    (fault,) = page.zoom.state()["faults"]
    assert (fault["status"], fault["path"], fault["accept"]) == (503, "/chat/", True)
    page.press("#forget")
    page.until(lambda: not page.zoom.state()["faults"])
    page.zoom.limits = True
    page.until(lambda: page.run("return document.getElementById('limits').checked"))
    page.press("#limits")
    page.until(lambda: not page.zoom.limits)
    page.press("#limits")
    page.until(lambda: page.zoom.limits)
    page.press("#clear")
    page.press("#clearing button", "Clear")
    page.until(lambda: page.text("#empty") == "Nothing was posted here yet.")
    assert page.zoom.messages() == []


def test_channels(page: Page) -> None:
    """What comes elsewhere is counted there; an address leads to a place and to a message in it."""
    send("here")
    for number in range(3):
        elsewhere = send(f"elsewhere {number}", to_channel=TEAM)
    send("Hi Ann", to_contact="ann@example.com")
    page.until(lambda: page.text(f"[data-key='{TEAM}'] .count") == "3")
    page.until(lambda: page.text("[data-key='ann@example.com'] .name") == "To ann@example.com")
    assert page.messages() == ["here"]
    page.press("#places button", "data-team")
    page.until(lambda: page.messages() == ["elsewhere 0", "elsewhere 1", "elsewhere 2"])
    assert page.text(f"[data-key='{TEAM}'] .count") == ""
    current = page.run("return document.querySelector('nav [aria-current]').dataset.key")
    assert current == TEAM
    page.open(f"#{TEAM}/{elsewhere}")
    page.until(lambda: page.texts(".sought .text") == ["elsewhere 2"])


def test_odd_addresses(page: Page) -> None:
    """Whatever stands in its address, the page is live, and leads to the channels."""
    page.fill("here")
    for address in ("#chat", "#%E0%A4%A", "#no/such/place", "#requests"):
        page.open(address)
        page.press("#places button", "data-pipelines")
        page.until(lambda: page.messages() == ["here"])


def test_requests_stay_where_they_are(page: Page) -> None:
    """Somebody who reads requests is not moved by messages that come."""
    for number in range(12):
        send(f"message {number}")
    page.press("#all-requests")
    page.until(lambda: len(page.all("#requests .exchange")) >= 12)
    send("another")
    page.until(lambda: page.text("#calls") == "14")
    page.until(lambda: len(page.all("#requests .exchange")) == 14)
    assert page.run("return document.getElementById('chat').scrollTop") == 0


def test_ten_thousand(page: Page) -> None:
    """Of ten thousand messages the newest are shown, and older ones when somebody wants them."""
    text = "message {} of a *pipeline*".format
    page.fill(*map(text, range(10_000)))
    page.open(f"#{PIPELINES}")
    page.until(lambda: page.messages()[-1:] == [text(9_999)])
    assert len(page.all("#messages .message")) == 100
    page.press("#older")
    page.until(lambda: len(page.messages()) == 200)
    assert page.messages()[0] == text(9_800)
    assert page.messages() == [text(number) for number in range(9_800, 10_000)]
    page.run("document.getElementById('chat').scrollTop = 1e9")
    for start in (0, 75):
        page.fill(*(f"more {number}" for number in range(start, start + 75)))
        page.until(lambda: page.messages()[-1] == f"more {start + 74}")  # noqa: B023
    assert len(page.messages()) <= 300


def test_changes_of_what_is_not_shown(page: Page) -> None:
    """A change of a message that is too old to be shown leaves no gap among those that are."""
    ids = page.fill(*(f"message {number}" for number in range(250)))
    page.open(f"#{PIPELINES}")
    page.until(lambda: page.messages()[-1:] == ["message 249"])
    ZoomHook().edit_message(ids[3], message="edited")
    ZoomHook().delete_message(ids[4])
    send("a new answer", reply_main_message_id=ids[5])
    page.until(lambda: page.messages()[-1] == "a new answer")
    assert page.messages()[0] == "message 150"
    for shown in (200, 250):
        page.press("#older")
        page.until(lambda shown=shown: len(page.messages()) >= shown)  # type: ignore[misc]
    assert page.messages()[3:6] == ["edited", "message 5", "a new answer"]
    assert page.messages()[6:] == [f"message {number}" for number in range(6, 250)]
    assert page.all("#older") == []


def test_changes_of_what_was_taken_away(page: Page) -> None:
    """A change of a message that had to go for newer ones leaves no gap either."""
    ids = []
    for start in range(0, 310, 62):
        ids += page.fill(*(f"message {number}" for number in range(start, start + 62)))
        page.until(lambda: page.messages()[-1:] == [f"message {len(ids) - 1}"])  # noqa: B023
    first = page.messages()[0]
    assert first not in ("message 0", "message 1")  # which are what is taken away
    ZoomHook().edit_message(ids[1], message="edited")
    send("the last")
    page.until(lambda: page.messages()[-1] == "the last")
    assert page.messages()[0] == first


def test_the_order_of_a_thread(page: Page) -> None:
    """Answers stand under what they answer, in the order of posting, whenever they are shown."""
    main = send("main")
    early = ["early 0", "early 1"]
    for words in early:
        send(words, reply_main_message_id=main)
    others = [f"other {number}" for number in range(150)]
    page.fill(*others)
    send("late", reply_main_message_id=main)
    page.open(f"#{PIPELINES}")
    page.until(lambda: page.messages()[-1:] == ["late"])
    page.press("#older")
    page.until(lambda: page.messages() == ["main", *early, "late", *others])
    assert page.all("#older") == []


def test_reading_on(page: Page) -> None:
    """Whoever has scrolled up is not moved: what comes is counted, and there at a press."""
    *_, message_id = page.fill(*(f"message {number}" for number in range(60)))
    page.until(lambda: len(page.messages()) == 60)
    page.run("document.getElementById('chat').scrollTop = 300")
    page.until(lambda: page.all("#newest"))
    for start, end in ((0, 90), (90, 130)):
        page.fill(*(f"more {number}" for number in range(start, end)))
        page.until(lambda: page.text("#newest") == f"{end} new ↓")  # noqa: B023
    ZoomHook().edit_message(message_id, message="edited")
    page.until(lambda: page.text("#newest") == "130 new ↓")
    page.until(lambda: page.messages()[-1] == "edited")
    assert len(page.messages()) == 60
    assert page.run("return document.getElementById('chat').scrollTop") == 300
    page.press("#newest")
    page.until(lambda: page.messages()[-1] == "more 129")
    page.until(lambda: not page.all("#newest"))
    send("the last")
    page.until(lambda: page.messages()[-1] == "the last")


def test_following(page: Page) -> None:
    """Whoever is at the end stays there, also when a message grows or a picture is loaded."""
    *_, message_id = page.fill(*(f"message {number}" for number in range(40)))
    page.until(page.messages)
    ZoomHook().edit_message(message_id, message="line\n" * 30)
    page.until(lambda: page.messages()[-1].startswith("line\nline"))
    page.until(lambda: page.run(GAP) < 3)
    send("a picture", files=[ROOT / "docs" / "card.png"])
    image = "return document.querySelector('.files img')?.naturalWidth > 1"
    page.until(lambda: page.run(image))
    page.until(lambda: page.run(GAP) < 3)
    send("the last")
    page.until(lambda: page.messages()[-1] == "the last")
    assert page.all("#newest") == []


def test_a_link_to_an_old_message(page: Page) -> None:
    """A link leads to a message among those around it, and from there to the newest."""
    ids = page.fill(*(f"message {number}" for number in range(260)))
    page.open(f"#{PIPELINES}/{ids[30]}")
    page.until(lambda: page.texts(".sought .text") == ["message 30"])
    assert "message 259" not in page.messages()
    assert page.text("#newest") == "To the newest ↓"
    page.press("#newest")
    page.until(lambda: page.messages()[-1:] == ["message 259"])


def test_a_link_to_a_message_that_is_gone(page: Page) -> None:
    """It leads to the newest, which are followed, and says so until somebody goes elsewhere."""
    send("here")
    for elsewhere in ("#all-requests", "#places button"):
        page.driver.get("about:blank")
        page.driver.get(f"{page.zoom.url}/#{PIPELINES}/no-such-message")
        page.until(lambda: "no longer here" in page.text("#state"))
        assert page.all("#newest") == []
        page.press(elsewhere)
        page.until(lambda: page.text("#state") == "Live")
    page.driver.get("about:blank")
    page.driver.get(f"{page.zoom.url}/#{PIPELINES}/no-such-message")
    page.until(lambda: "no longer here" in page.text("#state"))
    send("another")
    page.until(lambda: page.messages() == ["here", "another"])


def test_focus_stays(page: Page) -> None:
    """A message that changes under somebody's hands keeps focus and open request."""
    message_id = send("one")
    page.until(lambda: page.messages() == ["one"])
    page.run("document.querySelector('.trace').focus()")
    page.driver.switch_to.active_element.send_keys("\ue007")
    page.until(lambda: len(page.all(".exchange")) == 1)
    ZoomHook().edit_message(message_id, message="two")
    page.until(lambda: len(page.all(".exchange")) == 2)
    assert page.driver.switch_to.active_element.get_attribute("class") == "trace"
    page.press("#trouble summary")
    page.press("#faults button", "503")
    page.until(lambda: page.all("#forget"))
    page.press("#forget")
    page.until(lambda: not page.all("#forget"))
    assert page.driver.switch_to.active_element.text == "429 too many"
    page.driver.switch_to.active_element.send_keys("\ue00c")  # Escape
    assert page.driver.switch_to.active_element.tag_name == "summary"
    assert page.all(".panel") == []


def test_a_look_at_another_tab(page: Page) -> None:
    """Whoever comes back from another tab finds focus, selection and open request untouched."""
    ids = [send(words) for words in ("zero", "one", "two")]
    page.until(lambda: page.messages() == ["zero", "one", "two"])
    page.run("document.querySelectorAll('.trace')[1].click()")
    page.until(lambda: len(page.all(".exchange")) == 1)
    page.run(
        "document.querySelectorAll('.trace')[1].focus();"
        "getSelection().selectAllChildren(document.querySelector('.exchange .body'))"
    )
    selected = page.run("return String(getSelection())")
    hide(page, True)
    ZoomHook().edit_message(ids[0], message="edited")
    send("three")
    hide(page, False)
    page.until(lambda: page.messages() == ["edited", "one", "two", "three"])
    assert len(page.all(".exchange")) == 1
    focused = "return document.activeElement.closest('.message')?.dataset.id"
    assert page.run(focused) == ids[1]
    assert page.run("return String(getSelection())") == selected


def test_a_request_that_is_opened_at_the_end(page: Page) -> None:
    """Whoever opens a request at the end sees it and the button; closed, the end is followed."""
    page.fill(*(f"message {number}" for number in range(30)))
    page.until(page.messages)
    send("long\n" * 8)
    button = "[...document.querySelectorAll('.trace')].at(-1)"
    view = f"""
        const [chat, button, opened] = [document.getElementById('chat'), {button},
          document.querySelector('.exchange')].map((each) => each.getBoundingClientRect());
        return [button.top >= chat.top, opened.bottom <= chat.bottom];"""
    for words in ("long", "short"):
        page.until(lambda: page.messages()[-1].startswith(words))  # noqa: B023
        page.until(lambda: page.run(GAP) < 3)
        page.run(f"{button}.click()")
        page.until(lambda: page.all(".exchange") and page.run(view) == [True, True])
        page.run(f"{button}.click()")
        page.until(lambda: not page.all("#newest"))
        send("short")


def test_a_request_that_comes_after_a_change(page: Page) -> None:
    """A request that was asked for opens though its message changes before it comes."""
    message_id = send("one")
    page.until(lambda: page.messages() == ["one"])
    delay_requests(page)
    page.press(".trace")
    ZoomHook().edit_message(message_id, message="two")
    page.until(lambda: page.messages() == ["two"])
    page.run("window.go()")
    page.until(lambda: page.texts(".exchange .method") == ["POST", "PUT"])


def test_a_request_that_cannot_be_had(page: Page) -> None:
    """A failure closes what was to open; the page says so for a while, and is still live."""
    send("one")
    page.until(lambda: page.messages() == ["one"])
    page.run(
        "window.real = window.fetch; window.fetch = () => Promise.reject(new TypeError('x'));"
        "const later = window.setTimeout;"
        "window.setTimeout = (what, after) => later(what, after / 10)"
    )
    page.press(".trace")
    page.until(lambda: page.text("#state") == "The sandbox gave no answer to that.")
    assert page.run("return document.querySelector('.trace').ariaExpanded") == "false"
    page.until(lambda: page.text("#state") == "Live")
    page.run("window.fetch = window.real")
    page.press(".trace")
    page.until(lambda: len(page.all(".exchange")) == 1)


def test_a_switch_that_fails(page: Page) -> None:
    """A switch that the sandbox did not take goes back, and the page says so until it is well."""
    page.press("#trouble summary")
    port = int(page.zoom.url.rpartition(":")[2])
    page.zoom.stop()
    page.press("#limits")
    page.until(lambda: "does not answer" in page.text("#state"))
    page.until(lambda: not page.run("return document.getElementById('limits').checked"))
    with Sandbox(port=port):
        page.until(lambda: page.text("#state") == "Live")


def test_a_page_that_nobody_sees(page: Page) -> None:
    """A hidden page keeps no connection, since a browser has six; shown again it is right."""
    hide(page, True)
    send("unseen")
    time.sleep(0.5)  # a page that listens takes a tenth of it
    assert page.messages() == []
    hide(page, False)
    page.until(lambda: page.messages() == ["unseen"])


def test_requests_while_they_come(page: Page) -> None:
    """All requests are shown as they come, a late answer too, and a selection stays."""
    send("first")
    page.press("#all-requests")
    page.until(lambda: page.all("#requests .exchange"))
    page.run("getSelection().selectAllChildren(document.querySelector('#requests .body'))")
    selected = page.run("return String(getSelection())")
    for number in range(12):
        send(f"message {number}")
        page.until(lambda: len(page.all("#requests .exchange")) > 2)
    page.until(lambda: len(page.all("#requests .exchange")) == 14)
    assert page.run("return String(getSelection())") == selected
    page.zoom.hang(1, path="/v2/im/")
    threading.Thread(target=lambda: requests.post(page.zoom.url + "/v2/im/chat/messages")).start()
    page.until(lambda: page.texts("#requests .status")[0] == "unanswered")
    page.until(lambda: page.texts("#requests .status")[0] == "HTTP 401")


def numbers(page: Page) -> list[int]:
    """Return the numbers of all requests that are shown, from top to bottom."""
    shown: list[int] = page.run(
        "return [...document.querySelectorAll('#requests .exchange')]"
        ".map((each) => Number(each.dataset.number))"
    )
    return shown


def renew(page: Page, messages: int) -> None:
    """Have the sandbox begin anew, with these messages, while nobody looks at the page."""
    hide(page, True)
    page.zoom.reset()
    for number in range(messages):
        send(f"second {number}")
    hide(page, False)
    page.until(lambda: f"second {messages - 1}" in page.text("#requests"))


def test_requests_of_a_new_run(page: Page) -> None:
    """As many requests after a reset that nobody saw are the new ones, not the old ones."""
    send("now there is a token, which lasts")
    page.zoom.reset()
    page.press("#all-requests")
    for number in range(5):
        send(f"first {number}")
    page.until(lambda: numbers(page) == [5, 4, 3, 2, 1])
    renew(page, 5)
    assert numbers(page) == [5, 4, 3, 2, 1]
    assert "first" not in page.text("#requests")


def test_the_order_of_requests(page: Page) -> None:
    """All requests stand newest first, also when a reset has their numbers begin anew."""
    page.press("#all-requests")
    for number in range(120):
        send(f"first {number}")
    page.until(lambda: numbers(page) == list(range(121, 21, -1)))
    renew(page, 60)
    assert numbers(page) == sorted(numbers(page), reverse=True)
    assert "first" not in page.text("#requests")


def test_many_faults(page: Page) -> None:
    """Forty faults that wait are one line, and every button of the panel can be reached."""
    for _ in range(40):
        page.zoom.fail(503, path="/chat/")
    page.press("#trouble summary")
    page.until(lambda: page.texts("#fault-list li") == ["HTTP 503: calls to …/chat/… (40)"])
    emulate(
        page, "setDeviceMetricsOverride", width=640, height=260, deviceScaleFactor=1, mobile=False
    )
    try:
        page.press("#limits")
        page.until(lambda: page.zoom.limits)
    finally:
        emulate(page, "clearDeviceMetricsOverride")


def test_a_restart(page: Page) -> None:
    """A page left open says that the sandbox is gone, and is right again when it is back."""
    page.run("window.same = true")
    send("before")
    page.until(lambda: page.messages() == ["before"])
    port = int(page.zoom.url.rpartition(":")[2])
    page.zoom.stop()
    page.until(lambda: page.text("#state").startswith("The sandbox does not answer"))
    with Sandbox(port=port) as another:
        page.until(lambda: page.text("#state") == "Live")
        page.until(lambda: page.text("#empty") == "Nothing was posted here yet.")
        send("after")
        page.until(lambda: page.messages() == ["after"])
        assert another.messages()
        for number in range(3):
            send(f"elsewhere {number}", to_channel=TEAM)
        page.until(lambda: page.text(f"[data-key='{TEAM}'] .count") == "3")
        assert page.text("#title") == "# data-pipelines"
    assert page.run("return window.same")


def test_two_pages(page: Page) -> None:
    """Two pages show the same, each at the place that it was opened at."""
    mine = page.driver.current_window_handle
    page.driver.switch_to.new_window("window")
    page.open(f"#{TEAM}")
    send("one")
    send("two", to_channel=TEAM)
    page.until(lambda: page.messages() == ["two"])
    page.driver.close()
    page.driver.switch_to.window(mine)
    page.until(lambda: page.messages() == ["one"])
    page.press("#trouble summary")
    page.press("#faults button", "Drop")
    page.until(lambda: page.text("#waiting") == "1")


def test_keyboard_and_screen_reader(page: Page) -> None:
    """All can be reached and done by keys alone, and what stands there has a name and a role."""
    send("one")
    page.until(lambda: page.messages() == ["one"])
    names = []
    page.open()
    for _ in range(14):
        page.type("\ue004")  # Tab
        focused = page.driver.switch_to.active_element
        names.append((focused.aria_role, focused.accessible_name))
    assert names[0] == ("link", "Skip to the messages")
    for expected in (
        ("button", "# data-pipelines"),
        ("button", "# old-project, archived"),
        ("button", "Request behind this message by Airflow"),
    ):
        assert expected in names
    page.run("document.querySelector('.trace').focus()")
    page.driver.switch_to.active_element.send_keys("\ue007")  # Enter
    page.until(lambda: len(page.all(".exchange")) == 1)
    assert page.run("return document.querySelector('.trace').ariaExpanded") == "true"
    roles = page.run(
        "return ['nav', 'main', '#messages', '#state'].map((each) => {"
        "const found = document.querySelector(each);"
        "return found.role || found.tagName})"
    )
    assert roles == ["NAV", "MAIN", "log", "status"]


def test_narrow(page: Page) -> None:
    """At 400 pixels nothing has to be scrolled sideways to be read, the request neither."""
    emulate(
        page, "setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=False
    )
    try:
        ZoomHook("zoom_chatbot_default").send_chatbot_message(
            content={
                "head": {"text": "Quality of a table with a long name"},
                "body": [{"type": "fields", "items": [{"key": "T", "value": "x" * 300}]}],
            }
        )
        send("word" * 100)
        page.until(lambda: len(page.messages()) == 2)
        page.press(".trace")
        page.press(".respond")
        page.until(lambda: page.all(".exchange") and page.all(".answering"))
        page.press("#trouble summary")
        wide = (
            "return [...document.querySelectorAll('body, #chat, .message, .exchange, .panel,"
            " .answering, #filters, .bar-top')].filter((each) => each.scrollWidth > innerWidth"
            " || each.getBoundingClientRect().right > innerWidth).map((each) => each.className)"
        )
        assert page.run(wide) == []
        page.press("#all-requests")
        page.until(lambda: page.all("#filters") and page.all("#requests .exchange"))
        assert page.run(wide) == []
        assert page.run("return document.querySelector('nav').offsetHeight") < 80
    finally:
        emulate(page, "clearDeviceMetricsOverride")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(page: Page, scheme: str) -> None:
    """In light and in dark, all words stand out from what is behind them (WCAG AA: 4.5 to 1)."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    emulate(page, "setEmulatedMedia", features=features)
    try:
        send("**bold** `code` [link](https://example.com)", markdown=True)
        send("x", to_channel=TEAM)
        for hue in ("000000", "0000A0", "7A1500"):
            ZoomHook().send_message(message=styled("done", FontColor=hue))
        gone = send("gone")
        ZoomHook().delete_message(gone)
        requests.post(page.zoom.url + "/v2/im/chat/messages", json={})
        page.until(lambda: len(page.all(".message")) == 5)
        page.open(f"#{PIPELINES}/{gone}")
        page.until(lambda: page.all(".sought"))
        page.press(".trace")
        page.press(".respond")
        page.until(lambda: page.all(".exchange") and page.all(".answering"))
        page.press("#trouble summary")
        ground = page.run("return getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (scheme == "dark")
        assert page.run(CONTRAST) == []
        page.press("#all-requests")
        page.until(lambda: page.all("#requests .exchange"))
        page.press("#clear")
        assert page.run(CONTRAST) == []
    finally:
        emulate(page, "setEmulatedMedia", features=[])


#: Words whose colour is too near to that of what is behind them.
CONTRAST = """
const pixel = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
// Whatever way it is written in: red, green, blue and how much of it covers what is behind.
const parse = (css) => {
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = css;
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
  .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
  .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (each) => {
  for (let at = each; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color[3] === 255) return color;
  }
  return [255, 255, 255];
};
const found = [];
for (const each of document.querySelectorAll("body *")) {
  const words = [...each.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!words || !each.checkVisibility()) continue;
  const [a, b] = [light(parse(getComputedStyle(each).color)), light(behind(each))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push([each.outerHTML.slice(0, 80), ratio]);
}
return found;
"""


def test_no_other_host(page: Page) -> None:
    """The page loads nothing from another host, and the browser would not let it."""
    ZoomHook("zoom_chatbot_default").send_chatbot_message(
        content={
            "body": [
                {
                    "type": "attachments",
                    "img_url": "https://example.com/a.png",
                    "resource_url": "https://example.com/a",
                    "information": {"title": {"text": "a"}, "description": {"text": "b"}},
                }
            ]
        }
    )
    page.until(lambda: len(page.all(".message")) == 1)
    loaded = page.run("return performance.getEntriesByType('resource').map((each) => each.name)")
    assert loaded
    assert all(name.startswith(page.zoom.url + "/") for name in loaded)
    policy = requests.get(page.zoom.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    errors = [each for each in page.driver.get_log("browser") if each["level"] == "SEVERE"]
    assert [each for each in errors if page.zoom.url in each["message"]] == []


class Stranger(BaseHTTPRequestHandler):
    """A page of another site."""

    def do_GET(self) -> None:
        """Serve it."""
        body = b"<!doctype html><title>another site</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def another_site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_page_of_another_site(page: Page, another_site: str) -> None:
    """A page of another site can neither read nor change anything, but it may have a link."""
    secret = send("secret")
    page.driver.get(another_site)
    page.driver.set_script_timeout(10)
    outcomes = page.driver.execute_async_script(
        """
        const [url, answer, done] = arguments;
        const tries = [
          fetch(url + "/sandbox/state.json"),
          fetch(url + "/sandbox/reset", {method: "POST"}),
          fetch(url + "/sandbox/reset", {method: "POST", mode: "no-cors"}),
          fetch(url + "/sandbox/faults", {method: "POST", mode: "no-cors", body: "{}"}),
          fetch(url + "/sandbox/answers", {method: "POST", mode: "no-cors", body: answer}),
          new Promise((resolve, reject) => {
            const source = new EventSource(url + "/sandbox/events");
            source.onopen = () => resolve("open");
            source.onerror = () => { source.close(); reject(); };
          }),
          new Promise((resolve, reject) => {
            const script = document.createElement("script");
            [script.onload, script.onerror] = [resolve, reject];
            script.src = url + "/sandbox/page/page.js";
            document.head.append(script);
          }),
        ];
        Promise.allSettled(tries).then((all) => done(all.map((each) =>
          each.status === "rejected" ? "refused" : each.value?.type || "read")));
        """,
        page.zoom.url,
        json.dumps({"message": secret, "text": "publish", "by": "ann@example.com"}),
    )
    # An opaque answer cannot be read, and the messages below show that it was a refusal.
    assert outcomes == ["refused", "refused", "opaque", "opaque", "opaque", "refused", "refused"]
    assert [each["text"] for each in page.zoom.messages()] == ["secret"]
    assert page.zoom.state()["faults"] == []
    page.run("location.href = arguments[0]", page.zoom.url)
    page.until(lambda: page.text("#state") == "Live")


def test_a_busy_browser_follows(page: Page) -> None:
    """Who is at the end stays there if old messages go and new ones come before it can scroll."""
    page.fill(*(f"message {number}" for number in range(150)))
    page.open(f"#{PIPELINES}")
    page.press("#older")
    page.until(lambda: len(page.messages()) == 150)
    page.run("document.getElementById('chat').scrollTop = 1e9")
    page.until(lambda: not page.all("#newest"))
    more = threading.Thread(target=lambda: [send(f"more {number}") for number in range(40)])
    # The page connects anew, and is told of the newest hundred and of more while it is busy.
    hide(page, True)
    hide(page, False)
    more.start()
    page.run("const end = performance.now() + 1500; while (performance.now() < end);")
    more.join()
    page.until(lambda: page.messages()[-1] == "more 39")
    assert not page.all("#newest")
