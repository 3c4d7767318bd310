"""What the arguments of a notifier must be: checked while a DAG is parsed, not when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..hooks.arguments import check_sending
from ..zoom.errors import ConfigError

if TYPE_CHECKING:
    from .alerts import Alert
    from .base import ZoomNotifier

#: Seconds at most of any argument.
_MAX_SECONDS = 3600


def check_arguments(notifier: ZoomNotifier) -> None:
    """Refuse arguments that all notifiers have and that make no sense.

    :raises ConfigError: one has a wrong type or value, or they contradict each other.
    """
    name = type(notifier).__name__
    _check_message(name, notifier.message)
    check_sending(notifier.delivery, notifier.on_error)
    budget, interval = notifier.time_budget, notifier.group_interval
    if budget is not None and not 0 < _seconds("time_budget", budget) <= _MAX_SECONDS:
        raise ConfigError(f"time_budget must be above 0 and up to 3600 s, not {budget!r}.")
    if notifier.group_by not in ("auto", "run", "dag", None):
        raise ConfigError(
            f"group_by must be 'auto', 'run', 'dag' or None, not {notifier.group_by!r}."
        )
    if not 0 <= _seconds("group_interval", interval) <= _MAX_SECONDS:
        raise ConfigError(f"group_interval must be from 0 to 3600 s, not {interval!r}.")
    only_if, after_runs = notifier.only_if, notifier.after_runs
    if only_if is not None and not callable(only_if):
        raise ConfigError(
            "only_if must be a function that takes an event, as lambda event: event.run_type != "
            f"'backfill', not {only_if!r}."
        )
    if isinstance(after_runs, bool) or not isinstance(after_runs, int) or after_runs < 1:
        raise ConfigError(f"after_runs must be a number of runs from 1, not {after_runs!r}.")
    for argument in ("only_recovered", "react_when_recovered"):
        value = getattr(notifier, argument)
        if not isinstance(value, bool):
            raise ConfigError(f"{argument} must be True or False, not {value!r}.")
        if value and argument == "react_when_recovered" and not notifier.api.can_react:
            raise ConfigError(
                f"{name} cannot react: Zoom lets users react, but no bots and no webhooks. Leave "
                "react_when_recovered out, or use ZoomChatNotifier."
            )
        if value and notifier.group_by is None:
            raise ConfigError(
                f"{argument} needs a group: leave group_by out, or give 'run' or 'dag'."
            )
    has_own = notifier.message is not None or notifier.content is not None
    if has_own and notifier.only_recovered and notifier.group_by == "auto":
        raise ConfigError(
            "only_recovered needs a group, which a text or card of your own has only if group_by "
            "is given: 'run' or 'dag'."
        )


def as_alert(value: Any) -> Alert:
    """Return an alert; the arguments of a deadline's callback hold it as a dict."""
    from .alerts import Alert

    try:
        return value if isinstance(value, Alert) else Alert(**value)
    except TypeError as error:
        raise ConfigError(f"alerts must be a list of alerts, or of dicts: {error}.") from None


def _check_message(name: str, message: object) -> None:
    """Refuse a message that is not a text, above all the context of a callback.

    It is one where the class was given as callback: Airflow then calls the class with the context,
    which makes an object and sends nothing.
    """
    if isinstance(message, Mapping):
        raise ConfigError(
            f"message is the context of a callback, so no alert was sent: write {name}() instead "
            f"of {name}."
        )
    if message is None or isinstance(message, str):
        return
    # Imported here, since most DAG files give plain texts.
    from ..zoom.text import Text

    if not isinstance(message, Text):
        raise ConfigError(f"message must be a text, not {type(message).__name__}.")


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigError(f"{name} must be a number of seconds, not {value!r}.")
    return value
