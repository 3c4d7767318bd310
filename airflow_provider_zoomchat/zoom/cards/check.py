"""Cards held against `card.schema.json` before they are sent, whoever built them. Pure.

Zoom answers a mistake with "Invalid request body format." and no word about where. The rules, their
sources and most of the words for them stand in the schema; here a card is walked through, so that
the first mistake in reading order is named by its path::

    content.body[2].items[0].style: 'Blue' is not one of 'Primary', 'Default', ...

As a whole the schema works in any tool, but slowly: for each block it tries every type, and it
tells of what is wrong with one in terms of all of them. Here the type decides what is asked.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

from .. import validation
from ..errors import ConfigError
from ..text import Text
from .builders import Card

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

#: What a type or a key is called elsewhere: in https://github.com/zoom/skills, whose types Zoom's
#: documentation does not know, in common speech, and in a misspelling of Zoom's own page.
_MEANT = {
    "button": "actions",
    "buttons": "actions",
    "dropdown": "select",
    "form_field": "fields",
    "header": "message",
    "link": "message",
    "markdown": "is_markdown_support",
    "styled_text": "message",
    "text": "message",
    "ImageProvider_url": "img_url",
}

#: Keys whose texts people read, besides the `value` of fields and inputs.
_READ = frozenset(
    {"text", "key", "footer", "alt_text", "placeholder", "author_name", "provider_name"}
)

#: Options that are listed among the others as well.
_REPEATED = ("selected_item", "initial_option")

#: Rules of the schema for values that are not free text: there Jinja's ``None`` is no word.
_NO_WORDS = "count", "flag", "url", "color", "style", "sub_head", "option", "dialog", "settings"

#: Keys that are texts and that a number, or true and false, may be meant for.
_TEXTS = frozenset({"text", "key", "value", "footer"})

#: A rule of nothing but these says of a text how long it is, or what it is.
_OF_PLAIN_TEXTS = {"description", "type", "minLength", "const"}

_REMEDY = "Correct it, or send it unchecked with validate=False."


def check_card(content: object, *, zoom_markdown: Any = None) -> Card:
    """Return a card that Zoom takes, as a copy in plain JSON.

    In what is returned, digits and flags that a template gave as texts are numbers and flags, and
    numbers are texts where Zoom wants a text: send this, and not what was given.

    :param content: a dict, or the text of a JSON object. Markdown has been written as Zoom's own.
    :param zoom_markdown: Zoom reads its own markdown in all texts of the card.
    :raises ConfigError: names the path of the first mistake, the rule, and what to do.

    >>> check_card({"body": [{"type": "progress_bar", "value": "42"}]})
    {'body': [{'type': 'progress_bar', 'value': 42}]}
    """
    given = validation.card(content)
    validation.check_json("content", given)
    has_markdown = validation.flag("zoom_markdown", zoom_markdown) is True
    try:
        card: Card = corrected(json.loads(json.dumps(given)))
        fault = next(_card_faults(card, has_markdown), None)
    except RecursionError:
        fault = "content: it is nested too deeply for a card"
    if fault:
        raise ConfigError(f"{fault}{'' if fault.endswith('?') else '.'} {_REMEDY}")
    return card


def _card_faults(card: Card, zoom_markdown: bool) -> Iterator[str]:
    """Yield what is wrong with a card; what is behind the first fault may be anything."""
    yield from _faults("card", card, "content")
    head = card.get("head", {})
    if zoom_markdown:
        yield from _faults("plain_with_markdown", head, "content.head")
        yield from _faults("plain_with_markdown", head.get("sub_head", {}), "content.head.sub_head")
    yield from _block_faults(card.get("body", []), "content.body", zoom_markdown)
    characters = length(card)
    if characters > validation.MAX_CARD_TEXT:
        yield (
            f"content: its texts have {characters} characters, and a card takes no more than "
            f"{validation.MAX_CARD_TEXT}; shorten them, or send the rest as a reply"
        )


def _block_faults(
    blocks: list[Any], path: str, zoom_markdown: bool, holder: str = "card"
) -> Iterator[str]:
    """Yield what is wrong with blocks, each as a whole before the blocks in it."""
    for index, block in enumerate(blocks):
        here = f"{path}[{index}]"
        yield from _type_faults(block, here, holder)
        kind = block["type"]
        yield from _faults(kind, block, here)
        least, most = block.get("min_length"), block.get("max_length")
        if kind == "plain_text_input" and least is not None and most is not None and least > most:
            yield f"{here}.min_length: {_shown(least)} is more than max_length, {_shown(most)}"
        if zoom_markdown and kind == "message":
            yield from _faults("plain_with_markdown", block, here)
        elif zoom_markdown and kind == "fields":
            for number, item in enumerate(block["items"]):
                yield from _faults("plain_with_markdown", item, f"{here}.items[{number}]")
        elif kind == "section":
            yield from _block_faults(
                block["sections"], f"{here}.sections", zoom_markdown, "section"
            )
        elif kind == "page":
            for number, page in enumerate(block["pages"]):
                inside = f"{here}.pages[{number}].body"
                yield from _block_faults(page["body"], inside, zoom_markdown, "page")


def _type_faults(block: Any, path: str, holder: str) -> Iterator[str]:
    """Yield why this is not a block, or why it may not stand here."""
    if not isinstance(block, dict):
        yield f"{path}: {_shown(block)} is not a block, which is a dict with type"
    elif "type" not in block:
        yield f"{path}: a block needs 'type'"
    elif block["type"] not in types():
        kind = block["type"]
        yield f"{path}.type: {_shown(kind)} is no type of block; {_near(kind, types())}"
    elif holder == "section" and block["type"] in ("section", "page"):
        yield f"{path}.type: {block['type']!r} cannot stand in a section, only in the body itself"
    elif holder == "page" and block["type"] != "section":
        yield f"{path}.type: {block['type']!r} cannot stand on a page: put it into a section"


def _faults(name: str, part: Any, path: str) -> Iterator[str]:
    """Yield what the rules of this name say against a part, in reading order."""
    errors: list[ValidationError] = list(validator(name).iter_errors(part))
    for error in sorted(errors, key=lambda error: _position(part, error.absolute_path)):
        steps = error.absolute_path
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
        yield f"{path}{where}: {_said(error)}"


def _position(part: Any, path: Iterable[str | int]) -> list[int]:
    """Return where in a part a path leads, as numbers that sort in reading order."""
    found = []
    for step in path:
        found.append(step if isinstance(step, int) else list(part).index(step))
        part = part[step]
    return found


def _said(error: ValidationError) -> str:
    """Return what JSON Schema found, in words that quote no more than one short value."""
    value: Any = error.instance
    rule: Any = error.schema
    title = rule.get("title", "it")
    if error.validator == "required":
        missing = next(name for name in rule["required"] if name not in value)
        return f"{title} needs {missing!r}"
    if error.validator == "additionalProperties":
        known = list(rule["properties"])
        extra = next(key for key in value if key not in known)
        return f"{title} has no key {_shown(extra)}; {_near(extra, known)}"
    if error.validator == "not":
        return str(rule["description"])
    if error.validator == "enum":
        return f"{_shown(value)} is not one of {', '.join(map(repr, rule['enum']))}"
    return f"{_shown(value)} is not {rule.get('description', 'a dict')}"


def _near(name: object, known: list[str]) -> str:
    """Return what may have been meant."""
    if isinstance(name, str):
        near = [_MEANT[name]] if _MEANT.get(name) in known else []
        near = near or difflib.get_close_matches(name[:40], known, 1)
        if near:
            return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(map(repr, known))}"


def _shown(value: object) -> str:
    """Return a value as an error may quote it: short, in one line, never a payload."""
    if isinstance(value, dict):
        return "a dict"
    if isinstance(value, list):
        return "a list" if value else "[]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and len(value) > 40:
        value = f"{value[:39]}…"
    # What is written as \U0010ffff is ten times as long as it was.
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"


def corrected(card: dict[str, Any]) -> dict[str, Any]:
    """Return the card, in which numbers, flags and texts have become what Zoom wants them to be.

    A template always gives a text, so ``progress_bar("{{ done }}")`` holds ``"42"`` when it is
    sent; and what another task returned may be a number where Zoom wants a text. A key whose value
    is None is one that is left out.
    """
    numbers, flags = keys_of("count"), keys_of("flag")
    for part in dicts(card):
        for key, value in list(part.items()):
            if is_left_out(key, value):
                del part[key]
            elif key in numbers or (key == "value" and part.get("type") == "progress_bar"):
                # Fractions of milliseconds are what clocks give.
                part[key] = _number(value, to_whole=key == "ts")
            elif key in flags:
                part[key] = to_flag(value)
            elif key in _TEXTS and isinstance(value, (bool, int, float)):
                # Few cards have such a value.
                from ..tables import cells

                part[key] = cells.text(value)
    return card


def dicts(card: Any, but: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """Yield every dict in a card, however deep, except those at these keys.

    Nothing recurses. A dict may be changed before the next one is asked for.
    """
    waiting: list[Any] = [card]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [part[key] for key in reversed(part) if key not in but]
        elif isinstance(part, list):
            waiting += reversed(part)


def texts(card: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where the texts are that people read: the dict and the key of each.

    The value of a button or an option, an address and an id are for an app.
    """
    for part in dicts(card, _REPEATED):
        for key, value in part.items():
            in_value = key == "value" and ("key" in part or part.get("type") == "plain_text_input")
            if (key in _READ or in_value) and isinstance(value, (str, Text)):
                yield part, key


def length(card: dict[str, Any]) -> int:
    """Return the number of characters that people read in a written card."""
    return sum(len(part[key]) for part, key in texts(card))


@functools.cache
def keys_of(*rules: str) -> frozenset[str]:
    """Return the keys of a card whose values the schema describes by one of these rules."""
    return frozenset(
        key
        for part in dicts(schema())
        for key, rule in part.get("properties", {}).items()
        if isinstance(rule, dict) and _named(rule) in rules
    )


def is_left_out(key: str, value: Any) -> bool:
    """Tell whether a key counts as not given: None, which Jinja writes as a text."""
    return value is None or (value == "None" and key in keys_of(*_NO_WORDS))


def to_flag(value: Any) -> Any:
    """Return true or false for its text, anything else as it is."""
    words = {"true": True, "false": False}
    return words.get(value.strip().lower(), value) if isinstance(value, str) else value


def _number(value: Any, to_whole: bool) -> Any:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,15}(\.\d{1,15})?\s*", value, re.ASCII):
        value = float(value)
    if isinstance(value, float) and (to_whole or value.is_integer()):
        return round(value)
    return value


@functools.cache
def schema() -> dict[str, Any]:
    """Return the schema as it is shipped."""
    text = resources.files(__package__).joinpath("card.schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@functools.cache
def types() -> list[str]:
    """Return the types of blocks."""
    return [_named(rule) for rule in schema()["$defs"]["block"]["oneOf"]]


def _named(rule: dict[str, Any]) -> str:
    """Return which of the definitions a rule refers to, if any."""
    return str(rule.get("$ref", "")).rpartition("/")[2]


@functools.cache
def validator(name: str) -> Validator:
    """Return the rules of a type, or of ``card``, without those of the blocks in it."""
    from jsonschema import Draft202012Validator, validators

    rules = schema() if name == "card" else schema()["$defs"][name]
    extend: Callable[..., type[Validator]] = validators.extend
    return extend(Draft202012Validator, {"properties": _properties})(_flat(rules))


def _flat(rule: Any) -> Any:
    """Return a rule with those it refers to in their places: following a reference takes time."""
    if isinstance(rule, list):
        return [_flat(part) for part in rule]
    if not isinstance(rule, dict):
        return rule
    name = _named(rule)
    if name in ("block", "section"):
        return True
    inner = {key: value for key, value in rule.items() if key not in ("$ref", "$comment", "$defs")}
    return (_flat(schema()["$defs"][name]) if name else {}) | {
        key: _flat(value) for key, value in inner.items()
    }


def _properties(asked: Any, rules: Any, part: Any, rule: Any) -> Iterator[Any]:
    """Yield what is wrong with the values of a dict; jsonschema is not asked about plain ones.

    Most of a card is texts and flags, and to ask takes twenty times as long as to look.
    """
    if isinstance(part, dict):
        for key, inner in rules.items():
            if key in part and not _is_plainly_right(part[key], inner):
                yield from asked.descend(part[key], inner, path=key, schema_path=key)


def _is_plainly_right(value: Any, rule: dict[str, Any]) -> bool:
    if isinstance(value, str):
        return (
            rule.keys() <= _OF_PLAIN_TEXTS
            and rule.get("type", "string") == "string"
            and rule.get("const", value) == value
            and len(value) >= rule.get("minLength", 0)
        )
    return isinstance(value, bool) and rule.get("type") == "boolean"
