"""Arguments of operators, sensors and notifiers that are checked while a DAG is parsed."""

from __future__ import annotations

from typing import Any

from ..zoom.errors import ConfigError
from ..zoom.retry import DELIVERIES
from .app_types import TEAM_CHAT

#: What is done about an error of Zoom's.
ON_ERROR = ("raise", "log")


def may_be_template(value: object) -> bool:
    """Tell whether a text, or a list of them, may have a template, whose value only a run knows.

    A DAG may have delimiters of its own, so any brace counts.
    """
    return isinstance(value, (str, list, tuple)) and "{" in str(value)


def check_choice(name: str, value: Any, choices: tuple[str | None, ...]) -> None:
    """Refuse an argument that is none of its choices.

    :raises ConfigError: names the choices.
    """
    if value not in choices:
        known = ", ".join(filter(None, choices))
        raise ConfigError(f"{name} must be one of {known}, not {value!r}.")


def check_sending(delivery: Any, on_error: Any) -> None:
    """Refuse a way to send, or to treat an error, that there is not.

    :raises ConfigError: names the choices.
    """
    check_choice("delivery", delivery, DELIVERIES)
    check_choice("on_error", on_error, ON_ERROR)


def check_one_target(owner: object) -> None:
    """Refuse both a channel and a contact.

    :param owner: has the arguments as attributes.
    :raises ConfigError: both are given, and neither is a template.
    """
    given = [getattr(owner, name, None) for name in TEAM_CHAT.targets]
    if all(isinstance(target, str) and target and not may_be_template(target) for target in given):
        name = type(owner).__name__
        raise ConfigError(f"{name}: both to_channel and to_contact are given. Give only one.")
