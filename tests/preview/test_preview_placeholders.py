"""What only a run knows: a template may do with it what it likes."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.providers.common.compat.sdk import DAG
from hypothesis import given
from hypothesis import strategies as st
from jinja2.filters import FILTERS

from airflow_provider_zoomchat.tools.preview.placeholders import (
    Placeholder,
    Record,
    marked,
    plain,
)


def environment(record: Record, *, native: bool = False) -> Any:
    dag = DAG("sales", schedule=None, render_template_as_native_obj=native)
    record.observe(dag)
    return dag.get_template_env()


def render(template: str, record: Record, *, native: bool = False) -> str:
    env = environment(record, native=native)
    return str(plain(env.from_string(template).render(x=Placeholder("x", record))))


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ x }}", "<x>"),
        ("{{ x.rows[0]['name'] }}", "<x.rows[0].name>"),
        ("{{ x.strftime('%d') }}", "<x>"),
        ("{{ x.get('a', 1) }} {{ x | upper }}", "<x.a> <x>"),
        ("{{ x.count }} {{ x.title() }}", "<x.count> <x>"),
        ("{{ x + 1 }} {{ 2 * x }} {{ 'a' + x }} {{ x ~ 'b' }}", "<x> <x> a<x> <x>b"),
        ("{{ -x }} {{ x // 2 }} {{ 7 % x }} {{ x ** 2 - 1 }}", "<x> <x> <x> <x>"),
        ("{% for a, b in x.items() %}{{ a }}={{ b }}{% endfor %}", "<x.key>=<x.value>"),
        ("{% for a in x %}{{ a }}{% endfor %}", "<x>"),
        ("{{ x | length }} {{ x | round(2) }} {{ x | join(', ') }}", "<x> <x> <x>"),
        ("{{ '%.2f' | format(x) }}", "<x>"),
        ("{{ x | tojson }}", '"<x>"'),
        ("{{ x if x > 3 else 'few' }} {{ 'few' if x < 3 else x }}", "<x> <x>"),
        ("{{ 'y' if x else 'z' }} {{ 'y' if 3 in x else 'z' }} {{ x | default('z') }}", "y y <x>"),
    ],
)
def test_in_templates(template: str, shown: str) -> None:
    """It is shown by its name, whatever is done with it."""
    expected = shown.replace("<", "\u2039").replace(">", "\u203a")
    assert render(template, Record()) == expected
    if "tojson" not in template:  # which a native template reads again
        assert render(template, Record(), native=True) == expected


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default", "d"}))
def test_in_every_filter(name: str) -> None:
    """None of Jinja's filters fails for it."""
    assert "\u2039x\u203a" in render(f"{{{{ x | {name} }}}}", Record())


@given(st.lists(st.sampled_from([".a", "[0]", "['b c']", "()", ".items()", " | list", " * 3"])))
def test_in_any_chain(steps: list[str]) -> None:
    """However much of it is taken, there is something to show."""
    template = "x"
    for step in steps:
        template = f"({template}){step}"
    try:
        assert render(f"{{{{ {template} }}}}", Record()) is not None
    except TypeError:
        # What is a list by now is a list.
        assert ".items" in template or "list" in template


def test_names_are_noted_when_shown() -> None:
    """Only what is shown, or decided on, is noted."""
    record = Record()
    value = Placeholder("load", record)
    assert value.rows[1] is not None
    assert not record.placeholders
    assert plain({"a": [value.rows], "b": (1, value)}) == {
        "a": ["\u2039load.rows\u203a"],
        "b": (1, "\u2039load\u203a"),
    }
    assert list(record.placeholders) == ["load.rows", "load"]


@pytest.mark.parametrize(
    "decision", ["x", "not x", "x > 3", "0 >= x", "x == 3", "x in [3]", "3 in x", "x | length > 3"]
)
def test_what_is_decided_is_noted(decision: str) -> None:
    """Where a template takes one of two ways, the value that decides is noted, shown or not."""
    record = Record()
    render(f"{{% if {decision} %}}a{{% else %}}b{{% endif %}}", record)
    assert list(record.placeholders) == ["x"]


def test_marks_are_found() -> None:
    """The placeholders in a text are found; other values have none."""
    assert marked("to \u2039a\u203a and \u2039b.c\u203a") == ["\u2039a\u203a", "\u2039b.c\u203a"]
    assert marked(3) == []
