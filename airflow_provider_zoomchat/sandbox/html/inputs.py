"""What a card asks for, as HTML: buttons, menus, choices and texts to fill in. None of it works.

Sources: https://developers.zoom.us/docs/chat/customizing-messages/ and its sub-pages,
https://developers.zoom.us/docs/chat/appcardbuilder/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox.html.safe import escape, objects, string

Block = Mapping[str, Any]


def _actions(block: Block) -> str:
    """Return buttons; those beyond the limit stand in a menu."""
    buttons = [_button(item) for item in objects(block.get("items"))]
    limit = block.get("limit")
    shown = limit if type(limit) is int and limit > 0 else len(buttons)
    return "".join([*buttons[:shown], _menu("More", buttons[shown:])])


def _button(item: Mapping[str, Any]) -> str:
    style = string(item.get("style")).lower()
    known = style if style in ("primary", "danger", "disabled") else "default"
    return f'<span class="button {known}">{escape(string(item.get("text")))}</span>'


def _menu(label: str, choices: Iterable[str]) -> str:
    """Return a menu of HTML that opens without a script, or nothing for no choices."""
    items = "".join(f"<div>{choice}</div>" for choice in choices)
    return f"<details><summary>{escape(label)}</summary>{items}</details>" if items else ""


def _select(block: Block) -> str:
    items = objects(block.get("select_items"))
    source = string(block.get("static_source"))
    # No page shows what the chosen item looks like in JSON; its value or the item are taken.
    chosen = block.get("selected_item")
    chosen = chosen.get("value") if isinstance(chosen, dict) else chosen
    label = next(
        (string(item.get("text")) for item in items if chosen and item.get("value") == chosen),
        f"Choose from {source}" if source else "Choose",
    )
    choices = [escape(string(item.get("text"))) for item in items]
    menu = _menu(label, choices) or f'<span class="input">{escape(label)}</span>'
    return _label(block) + menu


def _picker(icon: str, name: str) -> Callable[[Block], str]:
    def picker(block: Block) -> str:
        value = escape(string(block.get(name))) or "Choose"
        return f'{_label(block)}<span class="input">{icon} {value}</span>'

    return picker


def _radio_buttons(block: Block) -> str:
    chosen = block.get("initial_option")
    chosen = chosen.get("value") if isinstance(chosen, dict) else chosen
    return _label(block) + "".join(
        _choice("◉" if chosen and item.get("value") == chosen else "○", item)
        for item in objects(block.get("options"))
    )


def _checkboxes(block: Block) -> str:
    return _label(block) + "".join(
        _choice("☑" if item.get("initial_selected") is True else "☐", item)
        for item in objects(block.get("options"))
    )


def _choice(mark: str, item: Mapping[str, Any]) -> str:
    return f"<div>{mark} {escape(string(item.get('text')))}</div>"


def _text_input(block: Block) -> str:
    value = escape(string(block.get("value")))
    hint = f'<span class="hint">{escape(string(block.get("placeholder")))}</span>'
    tall = " tall" if block.get("multiline") is True else ""
    return f'{_label(block)}<span class="input{tall}">{value or hint}</span>'


def _label(block: Block) -> str:
    text = escape(string(block.get("text")))
    return f'<div class="label">{text}</div>' if text else ""


BLOCKS: Mapping[str, Callable[[Block], str]] = {
    "actions": _actions,
    "select": _select,
    "datepicker": _picker("📅", "initial_date"),
    "timepicker": _picker("🕒", "initial_time"),
    "radio_buttons": _radio_buttons,
    "checkboxes": _checkboxes,
    "plain_text_input": _text_input,
}
