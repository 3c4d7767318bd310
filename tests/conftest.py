"""A throw-away Airflow and a running sandbox for every test that asks for them."""

from __future__ import annotations

import functools
import gc
import importlib.util
import io
import json
import logging
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How fast a machine is, and what else it does, is no fault of what is tested.
settings.register_profile(
    "zoomchat",
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("zoomchat")
# For one more line of Airflow: `pytest --hypothesis-profile=few`.
settings.register_profile("few", settings.get_profile("zoomchat"), max_examples=20)

# A proxy or certificates of this machine, or how its terminal looks, have no place in a test.
for name in (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC"),
    *("BROWSER", "COLUMNS", "LINES", "FORCE_COLOR", "NO_COLOR", "PYTHONWARNINGS"),
):
    os.environ.pop(name, None)
    os.environ.pop(name.lower(), None)

# Airflow reads these when it is imported, so they are set before anything imports it. Settings of
# an Airflow on this machine, and its connections, have no place in a test.
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
HOME = tempfile.mkdtemp(prefix="zoomchat-tests-")
ROOT = Path(__file__).parent.parent
os.environ |= {
    "AIRFLOW_HOME": HOME,
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "tests" / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
    # The last one to look for a netrc or a proxy is a test.
    "NO_PROXY": "127.0.0.1,localhost",
}

from airflow_provider_zoomchat.hooks import channel_lookup, user_lookup  # noqa: E402
from airflow_provider_zoomchat.hooks.zoom import ZoomHook  # noqa: E402
from airflow_provider_zoomchat.notifications.groups import timeouts  # noqa: E402
from airflow_provider_zoomchat.sandbox import Sandbox  # noqa: E402
from airflow_provider_zoomchat.zoom import client  # noqa: E402


def as_typed(*arguments: str) -> list[str]:
    """Return the command line of a `zoomchat` that Ctrl-C can end.

    What a shell starts with ``&`` or in a script is deaf to it, and so is all that it starts.
    """
    hears = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    command = [sys.executable, "-m", "airflow_provider_zoomchat", *arguments]
    return [sys.executable, "-c", f"{hears}os.execv(sys.executable, sys.argv[1:])", *command]


def keep_modules() -> None:
    """Keep Python from looking through all modules whenever it collects garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_finish() -> None:
    """Keep what the tests have imported."""
    keep_modules()


@functools.cache
def finders_of_maskers(modules: int) -> list[Callable[[], Any]]:
    """Return what finds Airflow's maskers of secrets, while so many modules are imported."""
    # A copy: the thread of a sandbox that has just started may be importing still.
    found = [
        vars(module).get("_secrets_masker")
        for name, module in sys.modules.copy().items()
        if name.endswith(".secrets_masker")
    ]
    return [find for find in dict.fromkeys(found) if find]


@pytest.fixture(autouse=True)
def forget_secrets() -> Iterator[None]:
    """Have Airflow forget the secrets of a test.

    It keeps all that it ever masked in one regular expression, which it compiles anew for each. The
    tokens of all tests would cost more time than all else.
    """

    def maskers() -> list[Any]:
        return [find() for find in finders_of_maskers(len(sys.modules))]

    before = {id(masker): set(masker.patterns) for masker in maskers()}
    yield
    for masker in maskers():
        masker.patterns = before.get(id(masker), set())
        masker.replacer = re.compile("|".join(masker.patterns)) if masker.patterns else None


def fork(work: Callable[[], Any]) -> int:
    """Return the process that does this, and ends with status 0 if it goes well."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return child


class Terminal(io.StringIO):
    """A stream that says of itself that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[Sandbox]:
    """One server for all tests."""
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def zoom(sandbox_server: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A local Zoom, with the default connection of every API leading to it."""
    # The one before had the same address, and its tokens and people are none of this one's.
    client.forget()
    user_lookup.forget()
    channel_lookup.forget()
    sandbox_server.renew()
    for name, value in sandbox_server.environment().items():
        monkeypatch.setenv(name, value)
    return sandbox_server


@pytest.fixture
def connect(zoom: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ZoomHook]:
    """Give a hook for a connection to the sandbox, with other fields where a test needs them."""

    def hook(
        app_type: str = "server_to_server", time_budget: float = 60, **fields: Any
    ) -> ZoomHook:
        connection = zoom.connection(app_type, signed=fields.pop("signed", False))
        for name, value in fields.items():
            place = connection if name in ("host", "login", "password") else connection["extra"]
            place[name] = value
        monkeypatch.setenv("AIRFLOW_CONN_ZOOM_TEST", json.dumps(connection))
        return ZoomHook("zoom_test", time_budget=time_budget)

    return hook


@pytest.fixture(scope="session")
def airflow_home() -> str:
    """The folder of an Airflow with a database of its own."""
    import quick_airflow  # noqa: F401
    from airflow.utils.db import initdb

    # It sets up the logging of a command.
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    initdb()
    root.level, root.handlers[:] = before
    keep_modules()  # it has imported as much again
    return HOME


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have an Airflow whose database was never set up.

    Airflow opens its database once in a process, when it is imported: another one needs its own
    sessions replaced, or a process of its own, which takes seconds.
    """
    from airflow import settings
    from sqlalchemy import create_engine
    from sqlalchemy.orm import scoped_session, sessionmaker

    sessions = sessionmaker(create_engine(f"sqlite:///{tmp_path / 'empty.db'}"))
    monkeypatch.setattr(settings, "Session", scoped_session(sessions))
    monkeypatch.setattr(settings, "NonScopedSession", sessions, raising=False)


@pytest.fixture
def hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let a secrets backend wait until the test ends, when it is asked for this.

    It is given ``conn_value`` or ``variable``.
    """
    import hanging_secrets

    def hang(asked: str) -> None:
        for section in ("SECRETS__BACKEND", "WORKERS__SECRETS_BACKEND"):
            monkeypatch.setenv(f"AIRFLOW__{section}", "hanging_secrets.HangingSecrets")
            monkeypatch.setenv(f"AIRFLOW__{section}_KWARGS", json.dumps({"waits_for": asked}))

    hanging_secrets.ENDED.clear()
    yield hang
    hanging_secrets.ENDED.set()


def stored_variables(*, forget: bool = False) -> dict[str, str]:
    """Return the Variables of this provider in Airflow's database.

    :param forget: whether to remove them.
    """
    from airflow.models import Variable
    from airflow.utils.session import create_session

    with create_session() as session:
        there = list(session.query(Variable).filter(Variable.key.startswith("zoomchat_")))
        for variable in there if forget else ():
            session.delete(variable)
        return {variable.key: variable.val for variable in there}


@pytest.fixture
def without_variables(airflow_home: str) -> Iterator[None]:
    """See that a test begins and ends without Variables of this provider.

    It also begins with the patience of a process that has waited for nothing yet: a busy machine's
    slow answers add up over all tests of this one.
    """
    timeouts.dag_processor_patience.cache_clear()
    timeouts.task_patience.cache_clear()
    stored_variables(forget=True)
    yield
    stored_variables(forget=True)


@pytest.fixture
def dag_from(
    airflow_home: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], Any]:
    """Give the DAG of a text, whose file is alone in Airflow's folder: Airflow 3 runs no others."""
    from airflow import settings

    from airflow_provider_zoomchat._compat import dags_in

    # Airflow reads its configuration for this once, when it is imported.
    monkeypatch.setattr(settings, "DAGS_FOLDER", str(tmp_path))

    def load(text: str) -> Any:
        file = tmp_path / "dags.py"
        file.write_text(text, "utf-8")
        (dag,), errors = dags_in(str(file))
        assert not errors
        return dag

    return load


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Keep Python from collecting garbage where a test goes to the end of the stack.

    What other tests have left would be finalized there, and have no stack to do it.
    """
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def keeps_signals() -> Iterator[None]:
    """Give a signal back that a command in this process has taken."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def dag_file(name: str) -> ModuleType:
    """Return a module of `tests/dags`; Airflow 3 runs no DAG of a file outside of its folder."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / "dags" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def logged(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> Callable[[], str]:
    """Give what was logged; Airflow 2 does so through logging, Airflow 3 to the console."""
    caplog.set_level("INFO")

    def read() -> str:
        out, err = capsys.readouterr()
        return caplog.text + out + err

    return read
