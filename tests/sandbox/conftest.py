from __future__ import annotations

from collections.abc import Iterator

import pytest

from airflow_provider_zoomchat.sandbox import Sandbox
from sandbox.caller import Caller


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    with Sandbox() as zoom:
        yield zoom


@pytest.fixture
def zoom(running: Sandbox) -> Sandbox:
    running.reset()
    running.limits = False
    running.owns_cards = True
    return running


@pytest.fixture
def caller(zoom: Sandbox) -> Caller:
    return Caller(zoom)
