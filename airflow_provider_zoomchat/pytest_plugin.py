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

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .sandbox import ZoomSandbox


@pytest.fixture
def zoom_sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[ZoomSandbox]:
    """A local Zoom with nothing in it yet, to which the default connection of every door leads.

    ``messages()`` and ``message()`` find what was posted by channel, text and thread; ``fail()``,
    ``hang()``, ``drop()`` and others let the next calls go wrong; ``connect()`` lets another
    connection lead here too. Every well-formed id of a channel and every e-mail address is known.

    The connections are environment variables (``AIRFLOW_CONN_...``), which tasks in this process
    and in those it starts read. A secrets backend that is configured comes before them: tests
    should have none.
    """
    sandbox = _sandbox_type()(monkeypatch.setenv)
    from .zoom.client import TOKENS

    # An earlier sandbox may have had the same port, and its tokens are none of this one's.
    TOKENS.forget()
    with sandbox:
        sandbox.connect_defaults()
        yield sandbox
    TOKENS.forget()


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
