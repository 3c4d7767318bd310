"""What the arguments of a notifier must be: checked while a DAG is parsed, not when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..zoom.errors import ConfigError

if TYPE_CHECKING:
    from .alerts import Alert
    from .base import ZoomNotifier


def check_time_budget(time_budget: Any) -> None:
    """Refuse seconds for an alert that make no sense."""
    seconds = 1 if time_budget is None else time_budget
    _check_number("time_budget", seconds)
    if not 0 < seconds <= 3600:
        raise ConfigError(f"time_budget must be above 0 and up to 3600 s, not {time_budget!r}.")


def check_group(group_by: Any, interval: Any, only_recovered: Any) -> None:
    """Refuse arguments on groups that make no sense."""
    if group_by not in ("auto", "run", "dag", None):
        raise ConfigError(f"group_by must be 'auto', 'run', 'dag' or None, not {group_by!r}.")
    _check_number("group_interval", interval)
    if not 0 <= interval <= 3600:
        raise ConfigError(f"group_interval must be from 0 to 3600 s, not {interval!r}.")
    if not isinstance(only_recovered, bool):
        raise ConfigError(f"only_recovered must be True or False, not {only_recovered!r}.")
    if only_recovered and group_by is None:
        raise ConfigError(
            "only_recovered needs a group: leave group_by out, or give 'run' or 'dag'."
        )


def check_conditions(only_if: Any, after_runs: Any) -> None:
    """Refuse conditions of alerts that are none."""
    if only_if is not None and not callable(only_if):
        raise ConfigError(
            "only_if must be a function that takes an event, as lambda event: event.run_type != "
            f"'backfill', not {only_if!r}."
        )
    if isinstance(after_runs, bool) or not isinstance(after_runs, int) or after_runs < 1:
        raise ConfigError(f"after_runs must be a number of runs from 1, not {after_runs!r}.")


def check_reaction(notifier: ZoomNotifier, wanted: Any, group_by: str | None) -> None:
    """Refuse a reaction where Zoom takes none, or where nothing recovers."""
    if not isinstance(wanted, bool):
        raise ConfigError(f"react_when_recovered must be True or False, not {wanted!r}.")
    if not notifier.api.can_react:
        raise ConfigError(
            f"{type(notifier).__name__} cannot react: Zoom lets users react, but no bots and no "
            "webhooks. Leave react_when_recovered out, or use ZoomChatNotifier."
        )
    if group_by is None:
        raise ConfigError(
            "react_when_recovered needs a group: leave group_by out, or give 'run' or 'dag'."
        )


def check_recovered(notifier: ZoomNotifier, *given: object) -> None:
    """Refuse a notifier that would never send anything.

    :param given: the author's own message and card.
    """
    has_own = any(one is not None for one in given)
    if has_own and notifier.only_recovered and notifier.group_by == "auto":
        raise ConfigError(
            "only_recovered needs a group, which a text or card of your own has only if group_by "
            "is given: 'run' or 'dag'."
        )


def check_message(notifier: object, message: object) -> None:
    """Refuse a message that is not a text, above all the context of a callback.

    It is one where the class was given as callback: Airflow then calls the class with the context,
    which makes an object and sends nothing.
    """
    name = type(notifier).__name__
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


def as_alert(value: Any) -> Alert:
    """Return an alert; the arguments of a deadline's callback hold it as a dict."""
    from .alerts import Alert

    try:
        return value if isinstance(value, Alert) else Alert(**value)
    except TypeError as error:
        raise ConfigError(f"alerts must be a list of alerts, or of dicts: {error}.") from None


def _check_number(name: str, seconds: Any) -> None:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ConfigError(f"{name} must be a number of seconds, not {seconds!r}.")
