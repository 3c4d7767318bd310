"""The pytest plugin: a Zoom of its own for every test that asks for one.

pytest loads this file in every run on every machine that has the package, so nothing is imported at
its top that pytest has not imported already; a test that asks for the fixture pays for the rest.

    def test_the_channel_hears_of_a_failed_load(zoom_sandbox):
        dag = DagBag("dags").get_dag("sales_daily")
        dag.get_task("load_orders").python_callable = lambda: 1 / 0
        dag.test()
        alert = zoom_sandbox.message(channel="data-pipelines", text="load_orders failed")
        assert "Owner: data-team" in alert["text"]

``dag.test()`` is Airflow's, and needs a database that ``airflow db migrate`` has made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import ZoomSandbox


@pytest.fixture(scope="session")
def _zoom_sandbox_of_session() -> Iterator[ZoomSandbox]:
    """A server for all tests, which takes longer to stop than to answer."""
    with _sandbox_type()() as zoom:
        yield zoom


@pytest.fixture
def zoom_sandbox(_zoom_sandbox_of_session: ZoomSandbox) -> Iterator[ZoomSandbox]:
    """A local Zoom with nothing in it yet, to which the default connection of every API leads.

    ``messages()`` and ``message()`` find what was posted by channel, text and thread; ``fail()``,
    ``hang()``, ``drop()`` and others let the next calls go wrong; ``connect()`` lets another
    connection lead here too. Every well-formed id of a channel and every e-mail address is known,
    but for the channel ``00000000000000000000000000000000`` and ``nobody@example.com``.

    The connections are environment variables (``AIRFLOW_CONN_...``), which tasks in this process
    and in those it starts read; those of Zoom that were there lead here too, with their channels
    and labels. A secrets backend comes before them, and a connection in Airflow's database leads
    where it says: tests should have neither.
    """
    zoom = _zoom_sandbox_of_session
    # Not that of the test, which may undo what it has done, and these with it.
    with pytest.MonkeyPatch.context() as environment:
        _forget()
        zoom.begin_test(lambda name, value: _set(environment.setenv, zoom, name, value))
        yield zoom
        _forget()


def _set(setenv: Callable[[str, str], None], zoom: ZoomSandbox, name: str, connection: str) -> None:
    """Set a connection; for one of user_oauth also the token that a user has given it."""
    setenv(name, connection)
    if '"user_oauth"' not in connection:
        return
    from .hooks.connection import read_connection, shared_token
    from .hooks.connection_sources import parse_connection
    from .zoom.auth import read_token
    from .zoom.errors import ConfigError

    with suppress(ConfigError):  # as the test wants it
        settings = read_connection(parse_connection(connection, name), name)
        shared = shared_token(settings, name)
        if shared is not None:
            token = read_token(zoom.authorize(), shared.now())
            setenv(f"AIRFLOW_VAR_{shared.name.upper()}", shared.sealed(token))


def _forget() -> None:
    """Forget what an earlier sandbox has told: it had the same address."""
    from .hooks import channel_lookup, user_lookup
    from .zoom import client

    client.forget()
    user_lookup.forget()
    channel_lookup.forget()


def _sandbox_type() -> type[ZoomSandbox]:
    try:
        from .sandbox import ZoomSandbox
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == __name__.partition(".")[0]:
            raise
        pytest.fail(
            f"The fixture zoom_sandbox needs {missing}, which is not installed: "
            "pip install 'airflow-provider-zoomchat[sandbox]'",
            pytrace=False,
        )
    return ZoomSandbox
