"""The parts of a card that people answer: buttons, menus, choices. Public in `cards`.

Zoom tells the app that posted the card, at the address given in its settings: an incoming webhook
has none, and Airflow does not listen. As in `builders`, any text may be a template.
Sources: `card.schema.json`, at the type of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .builders import Block, block, without_none

#: Texts to choose from: each with what the app is told, or such texts alone, or options.
Options = Mapping[str, str] | Iterable[str | Mapping[str, Any]]


def button(
    text: str,
    value: str | None = None,
    style: str = "Default",
    *,
    dialog: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return one button.

    :param value: what the app is told; by default the text.
    :param style: ``Primary`` (blue), ``Default`` (white), ``Danger`` (red) or ``Disabled`` (grey);
        ``Thumbsup`` and ``Thumbsdown`` are for feedback.
    :param dialog: what `dialog` returned: the button opens it.
    """
    opens = {} if dialog is None else {"action": "dialog", "dialog": dialog}
    return {**option(text, value), "style": style, **opens}


def actions(*buttons: Mapping[str, Any], limit: int | None = None) -> Block:
    """Return buttons in a row.

    :param buttons: what `button` returned.
    :param limit: how many are shown; the others go into a menu.
    """
    return block("actions", items=list(buttons), limit=limit)


def dialog(link: str, *, title: str | None = None, size: str | None = None) -> dict[str, Any]:
    """Return a page of the app that a button opens within Zoom.

    :param size: Zoom documents no sizes; its sample has one letter, such as ``S``.
    """
    return without_none(size=size, link=link, title=None if title is None else {"text": title})


def option(
    text: str, value: str | None = None, *, initial_selected: bool | None = None
) -> dict[str, Any]:
    """Return one choice.

    :param value: what the app is told; by default the text.
    :param initial_selected: for checkboxes alone.
    """
    told = text if value is None else value
    return without_none(text=text, value=told, initial_selected=initial_selected)


def select(
    text: str | None = None,
    options: Options | None = None,
    *,
    selected: str | Mapping[str, Any] | None = None,
    static_source: str | None = None,
) -> Block:
    """Return a menu.

    :param text: stands in front of it.
    :param options: what to choose from, such as ``{"Production": "prod", "Staging": "stg"}``.
    :param selected: the value that is chosen at first.
    :param static_source: ``members`` or ``channels`` instead of options: Zoom fills the menu.
    """
    items = None if options is None else _options(options)
    return block(
        "select",
        text=text,
        select_items=items,
        selected_item=_chosen(selected, items or []),
        static_source=static_source,
    )


def radio_buttons(
    action_id: str, options: Options, *, selected: str | Mapping[str, Any] | None = None
) -> Block:
    """Return choices of which one is taken.

    :param action_id: what the app is told, beside the value, to know the question by.
    :param selected: the value that is chosen at first.
    """
    items = _options(options)
    return block(
        "radio_buttons", initial_option=_chosen(selected, items), options=items, action_id=action_id
    )


def checkboxes(
    action_id: str, options: Options, *, selected: Iterable[str] = (), style: str | None = None
) -> Block:
    """Return choices of which any number is taken.

    :param selected: the values that are ticked at first.
    :param style: ``toggle_switch`` makes switches of them.
    """
    ticked = set(selected)
    items = [
        {**item, "initial_selected": True} if _value(item) in ticked else item
        for item in _options(options)
    ]
    return block("checkboxes", options=items, action_id=action_id, style=style)


def datepicker(action_id: str, initial_date: str | None = None) -> Block:
    """Return a day to choose.

    :param initial_date: as in Zoom's example: ``2026/11/20``.
    """
    return block("datepicker", initial_date=initial_date, action_id=action_id)


def timepicker(action_id: str, initial_time: str | None = None) -> Block:
    """Return a time of day to choose.

    :param initial_time: as in Zoom's example: ``12:00``.
    """
    return block("timepicker", initial_time=initial_time, action_id=action_id)


def plain_text_input(
    action_id: str,
    text: str | None = None,
    *,
    value: str | None = None,
    placeholder: str | None = None,
    multiline: bool | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Block:
    """Return a text to fill in.

    :param text: the question.
    :param value: what stands there at first.
    :param min_length: characters, like `max_length`.
    """
    return block(
        "plain_text_input",
        action_id=action_id,
        text=text,
        value=value,
        placeholder=placeholder,
        multiline=multiline,
        min_length=min_length,
        max_length=max_length,
    )


def _options(options: Options) -> Any:
    """Return options as dicts; anything else stays, so that `check_card` can tell its path."""
    if isinstance(options, Mapping):
        return [option(text, value) for text, value in options.items()]
    if isinstance(options, str) or not isinstance(options, Iterable):
        return options
    listed = (option(item) if isinstance(item, str) else item for item in options)
    return [dict(item) if isinstance(item, Mapping) else item for item in listed]


def _value(item: Any) -> Any:
    value = item.get("value") if isinstance(item, Mapping) else None
    return value if isinstance(value, str) else None


def _chosen(selected: str | Mapping[str, Any] | None, items: Any) -> Any:
    """Return the option that is chosen at first; a template's is not among the others."""
    if isinstance(selected, str):
        same = (item for item in items if _value(item) == selected)
        return next(same, option(selected))
    return dict(selected) if isinstance(selected, Mapping) else selected
