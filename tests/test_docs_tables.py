"""The tables of the pages tell what there is, all of it and nothing else."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import MISSING, fields
from typing import Any

import pytest
from pages import DOCS, page

from airflow_provider_zoomchat.get_provider_info import get_provider_info
from airflow_provider_zoomchat.hooks.app_types import APIS, APP_TYPES
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.notifications import alerts
from airflow_provider_zoomchat.notifications.event import WORDS, Event
from airflow_provider_zoomchat.notifications.policy import add_alerts
from airflow_provider_zoomchat.notifications.zoom import (
    ZoomChatbotNotifier,
    ZoomChatNotifier,
    ZoomWebhookNotifier,
)
from airflow_provider_zoomchat.operators import zoom as operators
from airflow_provider_zoomchat.sensors.zoom import ZoomChatReplySensor
from airflow_provider_zoomchat.transfers.sql_to_zoom_chat import SqlToZoomChatOperator
from airflow_provider_zoomchat.zoom import cards
from airflow_provider_zoomchat.zoom.error_codes import HINTS

#: A row of a table: the cells by the head above them.
Row = dict[str, str]


def rows(name: str, heading: str | None = None, column: str | None = None) -> list[Row]:
    """Return the rows of a page's tables.

    :param heading: of those below this heading alone.
    :param column: of those whose first column is called so.
    """
    found: list[Row] = []
    for above, (head, *body) in page(DOCS / f"{name}.md").tables:
        if heading in (None, above) and column in (None, head[0]):
            found += [dict(zip(head, row, strict=True)) for row in body]
    assert found, f"{name}.md has no table {heading or column}"
    return found


def code(cell: str) -> list[str]:
    """Return the pieces of code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def arguments(one: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments of a function, or of a class and those of ours that it is made of.

    Each has its default. Airflow's own are left out, and so is what a class refuses.
    """
    made = one.__mro__ if isinstance(one, type) else (one,)
    ours = [each for each in made if each.__module__.startswith("airflow_provider_zoomchat.")]
    found: dict[str, Any] = {}
    for each in ours:
        function = vars(each).get("__init__") if isinstance(each, type) else each
        if function is None:
            continue
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name != "self" and parameter.kind is not parameter.VAR_KEYWORD:
                found.setdefault(parameter.name, parameter.default)
    return {name: default for name, default in found.items() if not is_refused(one, name)}


def is_refused(one: Callable[..., Any], name: str) -> bool:
    """Tell whether a class takes no such argument, though one that it is made of does."""
    try:
        one(**{"message_id": "1", "emoji": "✅", "task_id": "task", name: None})
    except Exception as error:
        return f"takes no {name}:" in str(error)
    return False


#: Each public class with the headings of its tables.
TABLES: list[tuple[Any, str, list[str]]] = [
    *(
        (getattr(operators, name), "operators", [name])
        for name in (
            "ZoomChatMessageOperator",
            "ZoomChatbotMessageOperator",
            "ZoomWebhookMessageOperator",
            "ZoomChatReactionOperator",
        )
    ),
    (ZoomChatReplySensor, "operators", ["ZoomChatReplySensor"]),
    (SqlToZoomChatOperator, "reports", ["Arguments of SqlToZoomChatOperator"]),
    *(
        (notifier, "alerts", ["All notifiers", notifier.__name__])
        for notifier in (ZoomChatNotifier, ZoomChatbotNotifier, ZoomWebhookNotifier)
    ),
]


@pytest.mark.parametrize(("one", "name", "headings"), TABLES, ids=lambda one: str(one)[:60])
def test_every_argument_is_in_the_table(one: Any, name: str, headings: list[str]) -> None:
    """The table has each argument with its default, and says whether it is a template."""
    written = {
        code(row["Argument"])[0]: (row["Default"], row["Template"] == "yes")
        for heading in headings
        for row in rows(name, heading, "Argument")
    }
    taken = arguments(one)
    assert sorted(written) == sorted(taken)
    for argument, (default, is_template) in written.items():
        assert is_template == (argument in one.template_fields), argument
        check_default(default, taken[argument], argument)


def check_default(written: str, default: Any, argument: str) -> None:
    """See that a table has the default of an argument."""
    if default is inspect.Parameter.empty or default is MISSING:
        assert written == "needed", argument
    else:
        assert ast.literal_eval(code(written)[0]) == default, argument


def test_every_public_class_has_a_table() -> None:
    """No operator and no notifier that Airflow is told of is forgotten."""
    public = [name for name in vars(operators) if re.match(r"Zoom.+Operator$", name)]
    public += [name.rpartition(".")[2] for name in get_provider_info()["notifications"]]
    described = {one.__name__ for one, _, _ in TABLES}
    assert {*public} - {"ZoomMessageOperator"} <= described


def test_the_arguments_of_functions() -> None:
    """Those of `add_alerts` and of the hook are all there."""
    policy = {
        code(row["Argument"])[0]: row["Default"]
        for row in rows("alerts", column="Argument")
        if "Template" not in row
    }
    taken = arguments(add_alerts)
    assert sorted(policy) == sorted(taken)
    for name, default in policy.items():
        check_default(default, taken[name], name)
    hook = {
        code(row["Argument of `ZoomHook`"])[0]
        for row in rows("operators", column="Argument of `ZoomHook`")
    }
    assert hook == set(arguments(ZoomHook))


def test_every_method_of_the_hook() -> None:
    """The page names what a hook can do with each app type."""
    named = {
        name for row in rows("operators", "The hook", "Connection") for name in code(row["Methods"])
    }
    for api in APIS:
        assert {*api.methods.values(), *api.more_methods} <= named
    assert all(hasattr(ZoomHook, name) for name in named)


def test_what_an_event_holds() -> None:
    """The page tells of each value of `event`."""
    written = [
        name for row in rows("alert-texts", column="`event.`") for name in code(row["`event.`"])
    ]
    assert sorted(written) == sorted(field.name for field in fields(Event))


def test_what_an_alert_is_made_of() -> None:
    """The page tells of each part of an `Alert`, each word in braces, and each ready-made alert."""
    parts = rows("alert-texts", column="Part of an `Alert`")
    assert sorted(code(row["Part of an `Alert`"])[0] for row in parts) == sorted(
        field.name for field in fields(alerts.Alert)
    )
    written = [word for row in rows("alert-texts", column="Word") for word in code(row["Word"])]
    assert sorted(written) == sorted(f"{{{word}}}" for word in WORDS)
    text = (DOCS / "alert-texts.md").read_text("utf-8")
    for event in alerts.READY_MADE:
        assert re.search(rf"\b{event.upper()}`", text), event
        assert f"`{event}`" in text


def test_every_field_of_the_connection() -> None:
    """The table of the connection's fields is that of the form."""
    text = (DOCS / "connection.md").read_text("utf-8")
    form = get_provider_info()["connection-types"][0]
    for name, field in form["conn-fields"].items():
        assert f"| {field['label']} | extra `{name}` |" in text
    for kept, field_label in form["ui-field-behaviour"]["relabeling"].items():
        assert f"| {field_label} | {kept} |" in text


def test_every_code_in_the_table_has_a_remedy() -> None:
    """The table of errors names no code that the provider does not know."""
    known = {one for hints in HINTS.values() for hint in hints for one in hint.codes} | {429}
    cells = [row["Code"] for row in rows("errors", "By code")]
    codes = {int(one) for cell in cells for one in re.findall(r"\d+", cell)}
    assert len(codes) > 15
    assert codes <= known


def test_every_scope_is_named_in_both_spellings() -> None:
    """Whoever makes an app finds the scopes as either kind of app spells them."""
    pages = {"server_to_server": "server-to-server", "chatbot": "chatbot"}
    for app_type, name in pages.items():
        text = (DOCS / f"{name}.md").read_text("utf-8")
        for scope in APP_TYPES[app_type].scopes:
            for spelling in scope.spellings[: 1 if app_type == "chatbot" else 2]:
                assert f"`{spelling}`" in text


def builders() -> Iterable[str]:
    """Return the names of all functions that make a card or a part of one."""
    return [
        name for name, one in vars(cards).items() if inspect.isfunction(one) and name != "as_text"
    ]


def test_every_block_of_a_card_has_its_picture() -> None:
    """The page shows each block with the code that makes it, and names each part."""
    text = (DOCS / "cards.md").read_text("utf-8")
    for name in builders():
        assert f"cards.{name}(" in text, name
    shown = re.findall(r"^### (\w+)\n", text, re.M)
    assert {*shown} <= {*builders()}
    for name in shown:
        assert f'<img src="cards/{name}.png"' in text
        assert (DOCS / "cards" / f"{name}.png").stat().st_size < 25_000


def test_the_reference_has_every_builder() -> None:
    """The reference of cards is complete."""
    text = (DOCS / "reference" / "cards.md").read_text("utf-8")
    for name in builders():
        assert f".zoom.cards.{name}\n" in text, name
