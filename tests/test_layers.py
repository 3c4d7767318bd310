"""The architecture: who may import whom, and what a test must say."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from conftest import ROOT

from airflow_provider_zoomchat.tools.cli import COMMANDS

PACKAGE = ROOT / "airflow_provider_zoomchat"
OURS = "airflow_provider_zoomchat"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "example_dags" not in path.parts)

#: What touches the network, the clock or threads.
IO = {"requests", "urllib3", "socket", "time", "threading", "subprocess", "random", "asyncio"}


@cache
def parsed(path: Path) -> ast.Module:
    """Return what is in a file."""
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    """Return the full name of everything that a file imports, wherever in it."""
    return frozenset(imports_in(parsed(path), path))


def imports_in(tree: ast.AST, path: Path) -> Iterator[str]:
    """Yield the full name of everything that a part of a file imports."""
    package = [OURS, *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    """Return the part of the package that a file belongs to."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else parts[0].removesuffix(".py")


#: The layers of ours that each layer may import.
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "get_provider_info": set(),
    "_compat": set(),
    "__main__": {"tools"},
    "tools": {
        *("tools", "sandbox", "_compat", "__init__"),
        *("zoom", "hooks", "operators", "transfers", "sensors", "notifications"),
    },
    "pytest_plugin": {"sandbox", "hooks", "zoom"},
    "zoom": {"zoom"},
    "hooks": {"zoom", "hooks", "_compat", "get_provider_info"},
    "operators": {"zoom", "hooks", "operators", "_compat"},
    "transfers": {"zoom", "hooks", "operators", "transfers"},
    "sensors": {"zoom", "hooks", "operators", "sensors", "triggers", "_compat"},
    "triggers": {"zoom", "hooks", "triggers"},
    "notifications": {"zoom", "hooks", "notifications", "_compat"},
    "sandbox": {"sandbox"},
}


def test_arrows_point_down() -> None:
    """Each layer imports only what lies beneath it; the sandbox shares nothing with zoom."""
    layers = {layer(path) for path in FILES}
    for path in FILES:
        found = {
            ([*name.split("."), "__init__"])[1]
            for name in imports(path)
            if name.split(".")[0] == OURS
        }
        assert (found & layers) - {"__init__"} <= ALLOWED[layer(path)], path


def test_who_knows_airflow() -> None:
    """Airflow is known to what its users see and to hooks, and that through common.compat."""
    for path in FILES:
        known = {name for name in imports(path) if name.split(".")[0] == "airflow"}
        if layer(path) == "_compat":
            continue
        knows = ("hooks", "operators", "transfers", "sensors", "triggers", "notifications", "tools")
        if layer(path) not in knows:
            assert not known, path
        if layer(path) == "transfers":  # whose queries are common.sql's to run
            known = {n for n in known if not n.startswith("airflow.providers.common.sql")}
        if layer(path) == "triggers":  # whose base common.compat does not have
            known = {name for name in known if not name.startswith("airflow.triggers.base")}
        if path.name == "__init__.py":  # so that Airflow is whole before a module of ours is
            known.discard("airflow")
        assert all(n.startswith("airflow.providers.common.compat.sdk") for n in known), path


def test_zoom_is_pure() -> None:
    """In zoom, only six modules touch the network, the clock and threads."""
    clocks = ("client", "deadline", "retry", "session", "shared_token", "transport")
    for path in (PACKAGE / "zoom").rglob("*.py"):
        if path.stem not in clocks:
            assert {name.split(".")[0] for name in imports(path)}.isdisjoint(IO), path
            assert "datetime.now" not in path.read_text(), path


def test_what_is_said_is_pure() -> None:
    """What an alert says is read and laid out without Airflow, network, clock and threads."""
    for name in ("alerts", "context", "event", "rendering", "lenient", "silences"):
        path = PACKAGE / "notifications" / f"{name}.py"
        found = {module.split(".")[0] for module in imports(path)}
        assert found.isdisjoint(IO | {"airflow", "jinja2", "asgiref"}), name
        assert "datetime.now" not in path.read_text(), name


def test_commands_know_nothing_of_each_other() -> None:
    """No module of a command imports that of another: what they share is in a file of its own."""
    commands = {f"{OURS}.tools.cli.{name}" for name in COMMANDS}
    for name in COMMANDS:
        assert commands.isdisjoint(imports(PACKAGE / "tools" / "cli" / f"{name}.py")), name


def test_names_tell_their_modules() -> None:
    """No name of a function is public in more than three modules, but those of every command."""
    modules: dict[str, list[str]] = {}
    for path in FILES:
        for node in parsed(path).body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                modules.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    of_commands = {"run", "add_arguments"}
    for name, found in modules.items():
        others = [one for one in found if name not in of_commands or "tools/cli" not in one]
        assert name.startswith("_") or len(others) <= 3, (name, found)


def test_what_airflow_always_loads_is_light() -> None:
    """The package itself and its metadata import nothing."""
    for name in ("__init__", "get_provider_info"):
        found = set(imports(PACKAGE / f"{name}.py"))
        assert {module.split(".")[0] for module in found} <= {"__future__", "typing"}


def test_what_dag_files_import_is_light() -> None:
    """Operators and notifiers load texts, cards and the client when they run, not when imported."""
    heavy = {f"{OURS}.zoom.{name}" for name in ("cards", "client", "tables", "text", "validation")}
    for name in (
        *("notifications/base", "notifications/templating", "notifications/zoom"),
        *("operators/base", "operators/templated", "operators/zoom"),
        *("sensors/zoom", "triggers/zoom"),
    ):
        path = PACKAGE / f"{name}.py"
        at_import = ast.Module(
            [node for node in ast.parse(path.read_text()).body if not isinstance(node, ast.If)], []
        )
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(at_import):
            if isinstance(node, functions):
                node.body = []
        found = set(imports_in(at_import, path))
        assert not {each for each in found if any(each.startswith(one) for one in heavy)}, name


def test_every_test_says_what_must_hold() -> None:
    """Each test has a docstring of whole sentences."""
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = ast.get_docstring(node) or ""
                assert said.endswith("."), f"{path.name}::{node.name} does not say what must hold"
