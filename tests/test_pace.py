"""How a process spreads its calls."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.triggers.zoom import Pace


def test_turns() -> None:
    """The first call goes at once, the next one only when its turn has come."""
    pace = Pace(4)
    assert pace.wait(100.0) == 0
    assert pace.wait(100.1) == pytest.approx(0.15)
    assert pace.wait(100.2) == pytest.approx(0.05)
    assert pace.wait(100.25) == 0
    assert pace.wait(103.0) == 0
    assert pace.wait(103.0) == pytest.approx(0.25)


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=60))
def test_no_second_has_more(lateness: list[float]) -> None:
    """However late those come who have waited, no second has more calls than it may."""
    pace, now, calls = Pace(6), 0.0, list[float]()
    for late in lateness:
        while wait := pace.wait(now):
            now += wait + late
        calls.append(now)
    for at, first in enumerate(calls):
        assert sum(first <= call < first + 0.999 for call in calls[at:]) <= 6
