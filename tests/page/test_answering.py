"""The page's box in which somebody answers a message and reacts to it, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
from sandbox.caller import Caller

from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox
from page.conftest import Page

ANN, BOB = "ann@example.com", "bob@example.com"
ENTER, ESCAPE, SHIFT = "\ue007", "\ue00c", "\ue008"


def ask(message: str = "Publish?", **more: Any) -> str:
    message_id = ZoomHook().send_message(message=message, **more)
    assert message_id
    return message_id


def write(page: Page, *keys: str) -> None:
    """Write where the focus is, which is in the box as soon as it is open."""
    page.until(lambda: page.run("return document.activeElement.tagName") == "TEXTAREA")
    page.driver.switch_to.active_element.send_keys(*keys)


def focused(page: Page) -> str:
    """Return the class of the element that has the focus."""
    name: str = page.run("return document.activeElement.className")
    return name


def pressed(page: Page) -> list[str]:
    """Return the emojis with which the person has reacted."""
    return page.texts(".emojis [aria-pressed=true]")


def test_an_answer(page: Page) -> None:
    """What somebody writes stands in the thread, by the person who was chosen, and is counted."""
    main = ask()
    ask("another message")
    page.until(lambda: len(page.messages()) == 2)
    page.press(".respond")
    write(page, "publish")
    page.choose(".person", "Bob")
    page.press(".answering button", "Send")
    page.until(lambda: page.messages() == ["Publish?", "publish", "another message"])
    assert page.texts(".reply .sender") == ["Bob"]
    page.until(lambda: page.texts(".replies") == ["1 reply"])
    answer = page.zoom.message(thread=main)
    assert (answer["text"], answer["sender_id"]) == ("publish", BOB)
    page.until(lambda: not page.all(".answering"))
    page.press(".reply .respond")
    page.until(lambda: page.all(".answering"))
    assert page.run("return document.querySelector('.answering .person').value") == BOB
    write(page, "now")
    page.press(".answering button", "Send")
    page.until(lambda: page.texts(".replies") == ["2 replies"])
    assert len(page.zoom.messages(thread=main)) == 2


def test_a_reaction(page: Page) -> None:
    """One press reacts as the person who is chosen, and the next takes it back."""
    message_id = ask()
    page.press(".respond")
    page.press(".emojis button", "✅")
    page.until(lambda: page.zoom.message()["reactions"] == {"✅": [ANN]})
    page.until(lambda: pressed(page) == ["✅"])
    page.choose(".person", "Bob")
    page.until(lambda: pressed(page) == [])
    page.press(".emojis button", "✅")
    page.until(lambda: page.texts(".reactions > span") == ["✅ 2"])
    page.press(".emojis button", "✅")
    page.until(lambda: page.zoom.message()["reactions"] == {"✅": [ANN]})
    page.zoom.react(message_id, "🚀", by=BOB)
    page.until(lambda: pressed(page) == ["🚀"])
    page.press(".emojis button", "🚀")
    page.until(lambda: page.texts(".reactions > span") == ["✅ 1"])


def test_by_keys_alone(page: Page) -> None:
    """Enter opens the box and sends, with Shift it begins a new line, and Escape closes."""
    ask()
    page.until(lambda: page.messages() == ["Publish?"])
    page.run("document.querySelector('.respond').focus()")
    page.driver.switch_to.active_element.send_keys(ENTER)
    write(page, "one", SHIFT, ENTER)
    write(page, "two", ENTER)
    page.until(lambda: [each["text"] for each in page.zoom.messages()[1:]] == ["one\ntwo"])
    page.until(lambda: page.texts(".replies") == ["1 reply"] and focused(page) == "respond")
    page.driver.switch_to.active_element.send_keys(ENTER)
    page.until(lambda: page.all(".answering"))
    names = page.run(
        "return [...document.querySelectorAll('.answering :is(select, textarea)')]"
        ".map((each) => each.labels[0]?.innerText.split('\\n')[0].trim() || each.ariaLabel)"
    )
    assert names[0].startswith("As")
    assert names[1] == "Answer"
    write(page, ESCAPE)
    page.until(lambda: not page.all(".answering"))
    assert focused(page) == "respond"
    assert page.run("return document.querySelector('.respond').ariaExpanded") == "false"


def test_a_message_that_changes_meanwhile(page: Page) -> None:
    """What somebody is writing stays, and so does the focus, when the message changes."""
    main = ask()
    page.press(".respond")
    write(page, "publ")
    ZoomHook().edit_message(main, message="Publish now?")
    page.zoom.answer(main, "wait", by=BOB)
    page.until(lambda: page.messages()[0] == "Publish now?" and page.texts(".replies"))
    write(page, "ish", ENTER)
    page.until(lambda: page.zoom.messages(thread=main, text="publish"))


def test_others_write_meanwhile(page: Page) -> None:
    """What somebody writes at the end stays where it is while messages come, and so do answers."""
    for number in range(30):
        main = ask(f"message {number}")
    page.until(lambda: page.messages()[-1:] == ["message 29"])
    page.run("[...document.querySelectorAll('.respond')].at(-1).click()")
    write(page, "publ")
    place = "return document.querySelector('.answering').getBoundingClientRect().top"
    top = page.run(place)
    page.zoom.answer(main, "no, wait", by=BOB)
    page.until(lambda: page.messages()[-1] == "no, wait")
    ask("another message")
    page.until(lambda: page.messages()[-1] == "another message")
    assert page.run(place) == pytest.approx(top, abs=25)  # a line that counts the replies
    write(page, "ish", ENTER)
    page.until(lambda: page.messages()[-3:] == ["no, wait", "publish", "another message"])
    end = "const chat = document.getElementById('chat'); return chat.scrollTop + chat.clientHeight"
    page.until(lambda: page.run(f"{end} > chat.scrollHeight - 3"))


def test_what_cannot_be_said(page: Page) -> None:
    """An empty answer is not sent; of one that is refused the reason shows, and the words stay."""
    ask()
    page.press(".respond")
    write(page, ENTER)
    page.run("document.querySelector('.answering textarea').value = 'x'.repeat(5000)")
    page.press(".answering button", "Send")
    reason = "The sandbox refused that (HTTP 400): An answer has at most 4,096 characters"
    page.until(lambda: page.text("#state").startswith(reason))
    assert page.run("return document.querySelector('.answering textarea').value.length") == 5000
    assert len(page.zoom.messages()) == 1


def test_an_answer_in_private(page: Page) -> None:
    """A conversation of two is answered where it is shown, by one of the two."""
    main = ask(to_contact=ANN)
    page.open(f"#{ANN}")
    page.press(".respond")
    page.until(lambda: page.texts(".answering .person option") == ["Ann", "Airflow"])
    write(page, "publish", ENTER)
    page.until(lambda: page.messages() == ["Publish?", "publish"])
    assert page.zoom.message(thread=main)["contact"] == "airflow@example.com"


def test_a_deleted_message(page: Page) -> None:
    """A message that is deleted cannot be answered, and its box goes."""
    main = ask()
    page.press(".respond")
    page.until(lambda: page.all(".answering"))
    ZoomHook().delete_message(main)
    page.until(lambda: not page.all(".answering"))
    assert page.all(".respond") == []


@pytest.fixture
def clock() -> list[float]:
    return [1_800_000_000.0]


def test_a_scheduled_message(driver: Any, clock: list[float]) -> None:
    """A scheduled message stands below the others with its time, until it is posted."""
    with Sandbox(now=lambda: clock[0]) as zoom:
        page = Page(driver, zoom)
        page.open()
        caller = Caller(zoom)
        caller.send("now")
        caller.send("later", scheduled_time="2027-01-15T09:00:00Z")
        page.until(lambda: page.text("#scheduled .text") == "later")
        assert page.text("#scheduled .note").startswith("Scheduled for Jan 15, 2027")
        assert page.messages() == ["now"]
        assert page.all("#scheduled .respond") == []
        page.press("#scheduled .trace")
        page.until(lambda: '"scheduled_time"' in page.text("#scheduled .exchange .body"))
        clock[0] += 3600
        page.until(lambda: page.messages() == ["now", "later"])
        assert page.all("#scheduled .message") == []
        driver.get("about:blank")
