"""What a caller may give to a message, checked before anything is sent.

Each check returns the value as Zoom wants it, or raises a `ConfigError` that names the argument in
the words of the operators. The functions know no API; what differs between APIs is with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from .errors import ConfigError
from .text import Text, commonmark, zoom_markdown

#: Characters. Zoom's reference says 1024 for a user's message and its samples 4096, so up to the
#: larger figure Zoom is left to judge.
#: Sources: https://developers.zoom.us/docs/api/team-chat/ (`message`, maxLength 1024);
#: https://github.com/zoom/chatbot-nodejs-quickstart (`utils/validation.js`, 4096).
MAX_MESSAGE = 4096

#: Characters of a message that Zoom takes for certain, wherever it goes.
ALWAYS_TAKEN = 1024

#: Characters of a card's texts together, and so of a message that becomes a card. No page of Zoom's
#: states a limit; this is what clients that were tried against Zoom keep to
#: (https://github.com/caronc/apprise, `plugins/zoom.py`).
MAX_CARD_TEXT = 4000

#: Source: https://developers.zoom.us/docs/api/team-chat/ (`file_ids`, at most 6).
MAX_FILES = 6


def message_text(
    message: object, markdown: object = None, *, limit: int | None = MAX_MESSAGE
) -> Text:
    """Return the text of a message, which is not blank.

    :param markdown: whether `message` is markdown as people write it.
    :param limit: characters that it may have.
    """
    if message is None:
        raise ConfigError("message is missing. Give message a text.")
    if isinstance(message, str):
        given = commonmark.markdown(message) if flag("markdown", markdown) else Text(message)
    elif isinstance(message, Text):
        given = message
    else:
        raise ConfigError(f"message must be a text, not {_kind(message)}.")
    if not given.message.strip():
        raise ConfigError("message is empty: Zoom has no empty messages. Give message a text.")
    if limit is not None and len(given.message) > limit:
        raise ConfigError(
            f"message has {len(given.message)} characters, and Zoom takes no more than {limit}. "
            "Shorten it, or send the rest as a reply."
        )
    return given


def message_id(value: object) -> str:
    """Return the id of an existing message.

    A task that was skipped hands on None, which Jinja turns into the text ``None``.
    """
    given = optional_text("message_id", value)
    if given is None:
        raise ConfigError(
            "message_id is missing: the task that should have sent the message gave none (was it "
            "skipped, or does it send through a webhook, which names none?). Give message_id the "
            "output of the task that sends it."
        )
    return given


def optional_text(name: str, value: object) -> str | None:
    """Return a text that may be left out; blank and None are the same, and so is Jinja's None."""
    if value is None:
        return None
    given = _one_id(name, value)
    if given in ("", "None"):
        return None
    # A path segment of dots would be resolved away, and the call would go to another address.
    if not given.isprintable() or set(given) <= {"."}:
        raise ConfigError(f"{name} holds characters that no id or address has: {given[:40]!a}.")
    return given


def entries(name: str, value: object) -> list[dict[str, Any]] | None:
    """Return a list of JSON objects that may be left out, such as `at_items`."""
    if value is None:
        return None
    if not _is_list(value) or not all(isinstance(entry, Mapping) for entry in value):
        raise ConfigError(f"{name} must be a list of dicts, not {_kind(value)}.")
    check_json(name, value)
    return [dict(entry) for entry in value]


def file_ids(value: object) -> list[str] | None:
    """Return the ids of uploaded files, at most `MAX_FILES`; an empty list stays one."""
    if value is None:
        return None
    if not _is_list(value) or not all(isinstance(entry, str) and entry for entry in value):
        raise ConfigError(f"file_ids must be a list of texts, not {_kind(value)}.")
    for entry in value:
        _one_id("file_ids", entry)
    if len(value) > MAX_FILES:
        raise ConfigError(
            f"file_ids has {len(value)} entries, and a message takes {MAX_FILES}. "
            "Send the others with another message."
        )
    return list(value)


def card(content: object) -> dict[str, Any]:
    """Return a card as a dict with a head or a body; the text of a JSON object is accepted too.

    Source: https://developers.zoom.us/docs/team-chat/customizing-messages/
    """
    if isinstance(content, str):
        content = _parsed(content)
    if not isinstance(content, Mapping):
        raise ConfigError(
            f"content is not a card: a card is a dict with head or body, not {_kind(content)}."
        )
    if not (content.get("head") or content.get("body")):
        keys = ", ".join(sorted(repr(key)[:40] for key in content)[:9]) or "nothing"
        raise ConfigError(
            f"content is not a card: it has neither head nor body (it has {keys}). "
            'A small one: {"head": {"text": "Load finished"}}.'
        )
    found = dict(content)
    # A template that gives Python's values gives a tuple for a list.
    if isinstance(found.get("body"), tuple):
        found["body"] = list(found["body"])
    for key, kind, shape in (("head", Mapping, "a dict"), ("body", list, "a list")):
        if found.get(key) and not isinstance(found[key], kind):
            raise ConfigError(
                f"content is not a card: its {key} is {shape}, not {_kind(found[key])}."
            )
    return found


def _parsed(text: str) -> object:
    """Return a card's JSON as a value; an error names the line of the mistake, not the text."""
    if not text.lstrip().startswith(("{", "[")):
        raise ConfigError(
            "content is not a card: it is a text, but not one in JSON. Give a plain text as "
            "message, or a dict with head or body as content."
        )
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        why = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError:  # Python reads no number of thousands of digits.
        why = "a number in it is too long"
    raise ConfigError(
        f"content is not a card: its JSON cannot be read, {why}. Correct it; in a template, write "
        "{{ value | tojson }} for a value, without quotes around it."
    )


def card_or_text(content: object, message: object, markdown: object = None) -> dict[str, Any]:
    """Return the card of a message that is given as one of the two: a text becomes a body.

    Its texts may have formats; `cards.prepare.write_card` writes them in Zoom's markdown, which can
    take more characters than are shown. So a text is counted as it is written; a mention counts
    with the words that it has here.
    """
    if content not in (None, "") and message not in (None, ""):
        raise ConfigError("Both message and content are given, and a message is one of them.")
    if content not in (None, ""):
        if flag("markdown", markdown):
            raise ConfigError(
                "markdown is for message, and content is given. In a card, mark the blocks: "
                '{"type": "message", "text": "**done**", "markdown": true}.'
            )
        return card(content)
    if message is None:
        raise ConfigError("Neither message nor content is given. Give one of them.")
    given = message_text(message, markdown, limit=None)
    shown = len(given.message)
    written = len(zoom_markdown.write(given)) if given.spans else shown
    if written > MAX_CARD_TEXT:
        both = f" ({written} as it is written for Zoom)" if written != shown else ""
        raise ConfigError(
            f"message has {shown} characters{both}, and as a bot or through a webhook it may have "
            f"{MAX_CARD_TEXT}. Shorten it, or send the rest with another message."
        )
    return {"body": [{"type": "message", "text": given}]}


def flag(name: str, value: object) -> bool | None:
    """Return a yes or no that may be left out; templates and forms give it as a text."""
    if value is None or isinstance(value, bool):
        return value
    given = str(value).strip().lower()
    if given in ("", "none"):
        return None
    if given in ("true", "yes", "on", "1"):
        return True
    if given in ("false", "no", "off", "0"):
        return False
    raise ConfigError(f"{name} must be true or false, not {str(value)[:40]!r}.")


def check_json(name: str, value: object) -> None:
    """Refuse what cannot be written as JSON."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{name} cannot be written as JSON: {error}.") from None


def _one_id(name: str, value: object) -> str:
    """Return an id without blanks around it.

    :raises ConfigError: a list or a dict, also one that a template has made a text of.
    """
    if isinstance(value, (bool, int, float, bytes)):
        raise ConfigError(f"{name} must be a text, not {_kind(value)}.")
    given = value.strip() if isinstance(value, str) else ""
    # Some of Zoom's own ids stand in braces.
    is_list = re.match(r"[\[({<]|Lazy\w+\(", given) and not re.fullmatch(
        r"\{[0-9A-Za-z-]+\}", given
    )
    if is_list or not isinstance(value, str):
        what = "a text of a list or a dict" if is_list else _kind(value)
        raise ConfigError(
            f"{name} must be one id, not {what}. Hand on what one task returns with "
            f"{name}=task.output, and what a mapped task returns with .expand({name}=task.output)."
        )
    return given


def _is_list(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _kind(value: object) -> str:
    return "None" if value is None else f"a value of type {type(value).__name__}"
