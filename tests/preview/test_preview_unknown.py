"""What is not known: a template may do with it what it likes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2.filters import FILTERS
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import SandboxedEnvironment

from airflow_provider_zoomchat.tools.preview.unknown import (
    Unknown,
    filters,
    marked,
    settled,
    undefined,
)


def render(template: str, env: Environment | None = None) -> str:
    env = env or Environment()
    env.undefined = undefined(lambda _: None)
    env.filters.update(filters())
    return str(env.from_string(template).render(x=Unknown("x", lambda _: None)))


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        ("{{ x }}", "<x>"),
        ("{{ x.rows[0]['name'] }}", "<x.rows[0].name>"),
        ("{{ x.strftime('%d') }}", "<x>"),
        ("{{ x.get('a', 1) }} {{ x | upper }}", "<x.a> <x>"),
        ("{{ x + 1 }} {{ 2 * x }} {{ 'a' + x }} {{ x ~ 'b' }}", "<x> <x> a<x> <x>b"),
        ("{% for a, b in x.items() %}{{ a }}={{ b }}{% endfor %}", "<x.key>=<x.value>"),
        ("{% for a in x %}{{ a }}{% endfor %}", "<x>"),
        ("{{ x | length }} {{ x | round(2) }} {{ x | join(', ') }}", "<x> <x> <x>"),
        ("{{ '%.2f' | format(x) }}", "<x>"),
        ("{{ x | tojson }}", '"<x>"'),
        ("{{ x if x > 3 else 'few' }} {{ 'few' if x < 3 else x }}", "<x> <x>"),
        ("{% for a, b in x %}{{ a }}={{ b }}{% endfor %}", "<x[0]>=<x[1]>"),
        ("{% for a, b, c in x | dictsort %}{{ c }}{{ loop.index }}{% endfor %}", "<x[2]>1"),
        ("{% set a, b = x.pair %}{{ b }}", "<x.pair[1]>"),
        ("{{ nobody.knows }} {{ nobody() }}", "<nobody.knows> <nobody>"),
        ("{{ nobody | default('me') }} {{ nobody is defined }}", "me False"),
        ("{{ (nobody or 'me') | upper }}", "ME"),
    ],
)
def test_in_templates(template: str, shown: str) -> None:
    """It is shown by its name, whatever is done with it."""
    expected = shown.replace("<", "\u2039").replace(">", "\u203a")
    assert render(template) == expected
    assert render(template, SandboxedEnvironment()) == expected  # Airflow's own kind
    if "tojson" not in template:  # which a native template reads again
        assert render(template, NativeEnvironment()) == expected


@pytest.mark.parametrize("name", sorted(set(FILTERS) - {"default", "d"}))
def test_in_every_filter(name: str) -> None:
    """None of Jinja's filters fails for it."""
    assert "\u2039x\u203a" in render(f"{{{{ x | {name} }}}}")


@given(st.lists(st.sampled_from([".a", "[0]", "['b c']", "()", ".items()", " | list", " * 3"])))
def test_in_any_chain(steps: list[str]) -> None:
    """However much of it is taken, there is something to show."""
    template = "x"
    for step in steps:
        template = f"({template}){step}"
    try:
        assert render(f"{{{{ {template} }}}}") is not None
    except TypeError:
        # What is a list by now is a list.
        assert ".items" in template or "list" in template


def test_names_are_noted_when_shown() -> None:
    """Only what is shown, or decided on, is noted."""
    noted: list[str] = []
    value = Unknown("load", noted.append)
    assert value.rows[1] is not None
    assert noted == []
    assert settled({"a": [value.rows], "b": (1, value)}) == {
        "a": ["\u2039load.rows\u203a"],
        "b": (1, "\u2039load\u203a"),
    }
    assert noted == ["load.rows", "load"]


@pytest.mark.parametrize(
    "decision",
    ["x", "not x", "x > 3", "0 >= x", "x == 3", "x in [3]", "3 in x", "nobody", "x | length > 3"],
)
def test_what_is_decided_is_noted(decision: str) -> None:
    """Where a template takes one of two ways, the value that decides is noted, shown or not."""
    noted: list[str] = []
    env = SandboxedEnvironment(undefined=undefined(noted.append))
    env.filters.update(filters())
    env.from_string(f"{{% if {decision} %}}a{{% else %}}b{{% endif %}}").render(
        x=Unknown("x", noted.append)
    )
    assert set(noted) == {"nobody" if decision == "nobody" else "x"}


def test_marks_are_found() -> None:
    """The stand-ins in a text are found; other values have none."""
    assert marked("to \u2039a\u203a and \u2039b.c\u203a") == ["\u2039a\u203a", "\u2039b.c\u203a"]
    assert marked(3) == []
