"""`zoomchat silence` and `zoomchat silences`, with a database of Airflow's."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from airflow.models import crypto
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_zoomchat.notifications.silences import (
    KEY,
    Silence,
    SilencesError,
    decode,
    encode,
)
from airflow_provider_zoomchat.tools.cli import main
from airflow_provider_zoomchat.tools.cli.silence import duration
from airflow_provider_zoomchat.tools.cli.stored_silences import change
from airflow_provider_zoomchat.tools.cli.terminal import CommandError

Said = Callable[..., tuple[int, str, str]]
AIRFLOW = tuple(int(part) for part in airflow_version.split(".")[:2])
FOREVER = datetime(2100, 1, 1, tzinfo=timezone.utc)
ONE, TWO = (Silence(name, "sales_*", FOREVER, "JIRA-123") for name in ("one", "two"))
MADE = ["silence", "sales_*", "--task", "load_*", "--for", "1d12h", "--reason", "JIRA-123"]


pytestmark = pytest.mark.usefixtures("keeps_signals")


@pytest.fixture
def variable(airflow_home: str) -> Iterator[Any]:
    """Airflow's class of Variables, without that of the silences."""
    from airflow.models import Variable

    Variable.delete(KEY)
    yield Variable
    Variable.delete(KEY)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Run the command, and give its status and what it has printed."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("30m", 0.5),
        ("3h", 3),
        ("3d", 72),
        ("1w", 168),
        ("1d12h", 36),
        ("1w2d3h30m", 168 + 48 + 3.5),
        ("90m", 1.5),
        ("036h", 36),
        ("365d", 365 * 24),
    ],
)
def test_durations(text: str, hours: float) -> None:
    """A duration is numbers of weeks, days, hours and minutes, the largest first."""
    assert duration(text) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no time such as 30m, 3h, 3d, 1w or 1d12h"),
        ("3", "is no time such as"),
        ("d", "is no time such as"),
        ("-3d", "is no time such as"),
        ("3 d", "is no time such as"),
        ("3d ", "is no time such as"),
        ("3d\n", "is no time such as"),
        ("3D", "is no time such as"),
        ("3s", "is no time such as"),
        ("1.5d", "is no time such as"),
        ("12h1d", "is no time such as"),
        ("٣d", "is no time such as"),
        ("9999999d", "is no time such as"),
        ("forever", "is no time such as"),
        ("0d", "is no time at all"),
        ("0w0d0h0m", "is no time at all"),
        ("366d", "is more than a year"),
        ("53w", "is more than a year"),
        ("999999w", "is more than a year"),
    ],
)
def test_wrong_durations(text: str, why: str) -> None:
    """What is no duration, none at all or more than a year is refused in words."""
    with pytest.raises(argparse.ArgumentTypeError, match=f"^{re.escape(repr(text))} {why}"):
        duration(text)


@given(st.integers(0, 3), st.integers(0, 99), st.integers(0, 99), st.integers(1, 9999))
def test_any_duration(weeks: int, days: int, hours: int, minutes: int) -> None:
    """Every part may be left out, and all of them are added."""
    parts = zip((weeks, days, hours, minutes), "wdhm", strict=True)
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    assert duration(text) == timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


@given(st.text(alphabet="0123456789wdhm.- ") | st.text())
def test_any_text_as_duration(text: str) -> None:
    """Any other text is refused, and none gives a silence without an end."""
    with suppress(argparse.ArgumentTypeError):
        assert timedelta(0) < duration(text) <= timedelta(days=365)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["sales"], "the following arguments are required: --for, --reason"),
        (["--for", "3d", "--reason", "x"], "the following arguments are required: PATTERN"),
        ([" ", "--for", "3d", "--reason", "x"], "argument PATTERN: it is empty"),
        (["a", "--for", "3d", "--reason", " \n"], "argument --reason: it is empty"),
        (["a", "--for", "3d", "--task", "", "--reason", "x"], "argument --task: it is empty"),
        (["d" * 251, "--for", "3d", "--reason", "x"], "it has 251 of at most 250 characters"),
        (["a", "--for", "soon", "--reason", "x"], "argument --for: 'soon' is no time such as 30m"),
        (["a", "--for", "-3d", "--reason", "x"], "argument --for: expected one argument"),
    ],
)
def test_wrong_use(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A silence needs a pattern, a reason and an end; what is wrong is said before anything."""
    with pytest.raises(SystemExit) as ended:
        main(["silence", *arguments])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


def test_make_list_and_end(variable: Any, said: Said) -> None:
    """A silence is made, listed with all that is known of it, and ended by its id."""
    assert said("silences") == (0, "No alerts are silenced.\n", "")
    before = datetime.now(timezone.utc)
    status, out, err = said(*MADE)
    (made,) = decode(variable.get(KEY))
    assert status == 0
    assert timedelta(0) <= made.until + timedelta(seconds=1) - before - timedelta(hours=36)
    assert out.startswith(
        f"Silenced for 1 d 12 h, until {made.end}: DAGs sales_*, tasks load_*\n"
        f"To end it before: zoomchat silences --end {made.id}\n"
    )
    # Other tests have left DAGs.
    assert re.search(
        r"^(Note: none|\d+) of the \d+ DAGs here (has|have) such an id\.$", out + err, re.M
    )
    assert said("silence", "team/🚚 *", "--for", "1w", "--reason", "it  moves\nnow")[0] == 0
    status, out, err = said("silences")
    assert (status, err) == (0, "")
    head, rule, first, second = out.splitlines()
    assert re.split(r"  +", head) == ["ID", "DAGs", "Tasks", "Until", "Left", "Reason", "By"]
    assert set(rule) == {"-", " "}
    cells = re.split(r"  +", first)
    assert cells[:6] == [made.id, "sales_*", "load_*", made.end, "1 d 11 h", "JIRA-123"]
    assert cells[6:] == ([made.by] if made.by else [])
    assert re.split(r"  +", second)[1:3] == ["team/🚚 *", "all alerts"]
    assert re.search("(6 d 23 h|7 d) +it moves now", second)  # as the minute ends
    assert said("silences", "--end", made.id) == (
        0,
        "Ended: DAGs sales_*, tasks load_* (JIRA-123)\n",
        "",
    )
    (left,) = decode(variable.get(KEY))
    assert left.reason == "it moves now"
    status, out, err = said("silences", "--end", made.id)
    assert (status, out) == (1, "")
    assert err == (
        f"zoomchat: there is no silence {made.id!r}. zoomchat silences lists all that are left.\n"
    )


@pytest.fixture
def known(airflow_home: str) -> Iterator[list[str]]:
    """DAGs in Airflow's database, two of them with like names."""
    from airflow import models
    from airflow.utils.session import create_session

    model: Any = models.DagModel
    names = ["silence_me", "silence_me_too"]
    with create_session() as session:
        more: dict[str, Any] = {}
        if AIRFLOW >= (3, 0):
            from airflow.models.dagbundle import DagBundleModel

            session.merge(DagBundleModel(name="tests"))
            session.flush()
            more["bundle_name"] = "tests"
        for name in names:
            session.merge(model(dag_id=name, **more))
    with create_session() as session:
        yield [dag_id for (dag_id,) in session.query(model.dag_id)]
        session.query(model).filter(model.dag_id.in_(names)).delete()


@pytest.mark.parametrize(
    ("pattern", "out", "err"),
    [
        ("silence_me*", "2 of the {} DAGs here have such an id.\n", ""),
        ("silence_me", "1 of the {} DAGs here has such an id.\n", ""),
        ("silence-me*", "", "Note: none of the {} DAGs here has such an id.\n"),
    ],
)
def test_how_many_dags(
    variable: Any, said: Said, known: list[str], pattern: str, out: str, err: str
) -> None:
    """Whoever makes a silence sees how many DAGs its pattern fits; none is a note, no error."""
    status, *printed = said("silence", pattern, "--task", "x", "--for", "1h", "--reason", "x")
    assert status == 0
    assert ["".join(printed[0].splitlines(keepends=True)[2:]), printed[1]] == [
        out.format(len(known)),
        err.format(len(known)),
    ]


def test_what_has_ended(variable: Any, said: Said) -> None:
    """A silence that has ended is not listed, cannot be ended, and goes with the next write."""
    ended = Silence("old", "*", datetime(2026, 1, 1, tzinfo=timezone.utc), "JIRA-1")
    variable.set(KEY, encode([ended, ONE]))
    assert "JIRA-1 " not in said("silences")[1]
    assert said("silences", "--end", "old")[0] == 1
    assert len(decode(variable.get(KEY))) == 2
    assert said(*MADE)[0] == 0
    assert "one" in [one.id for one in decode(variable.get(KEY))]
    assert "old" not in variable.get(KEY)


def test_the_description(variable: Any, said: Said) -> None:
    """Airflow's page says of the Variable what it is for."""
    from airflow.utils.session import create_session

    assert said(*MADE)[0] == 0
    with create_session() as session:
        description = session.query(variable.description).filter(variable.key == KEY).scalar()
    assert "zoomchat silences" in description


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("sales", "Variable zoomchat_silences cannot be understood: it is no JSON. Correct it, or"),
        (json.dumps({"version": 2}), "Variable zoomchat_silences has version 2, which a newer"),
    ],
    ids=["garbage", "newer"],
)
def test_what_is_not_understood(variable: Any, said: Said, text: str, why: str) -> None:
    """The commands say what is wrong with the Variable, and leave it as it is."""
    variable.set(KEY, text)
    for arguments in (MADE, ["silences"], ["silences", "--end", "one"]):
        status, out, err = said(*arguments)
        assert (status, out) == (1, "")
        assert err.startswith(f"zoomchat: {why}")
        assert err.count("\n") == 1
    assert variable.get(KEY) == text


def test_print(said: Said) -> None:
    """Without a database the Variable can be set by hand: its name and its value are printed."""
    status, out, err = said(*MADE, "--print")
    name, value = out.splitlines()
    assert (status, name) == (0, "zoomchat_silences")
    (made,) = decode(value)
    assert (made.dags, made.tasks, made.reason) == ("sales_*", "load_*", "JIRA-123")
    assert "It replaces all silences that are there." in err


def test_without_a_database(tmp_path: Path) -> None:
    """Where there is no database of Airflow's, one line says so, and what to do."""
    ran = subprocess.run(
        [sys.executable, "-m", "airflow_provider_zoomchat", *MADE],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "zoomchat: could not read Variable zoomchat_silences in Airflow's database "
        "(OperationalError: (sqlite3.OperationalError) no such table: variable). Run this on a "
        "machine that reaches it, or set the Variable by hand: zoomchat silence --print shows it.\n"
    )


@pytest.fixture
def other_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have another key than that with which Airflow's Variables were written."""

    def forget() -> None:
        vars(crypto).update(_fernet=None)  # Airflow 2
        if hasattr(crypto.get_fernet, "cache_clear"):
            crypto.get_fernet.cache_clear()

    forget()
    with monkeypatch.context() as changed:
        changed.setenv("AIRFLOW__CORE__FERNET_KEY", f"{'QUFB' * 10}QUE=")
        yield
    forget()


def test_another_key(variable: Any, said: Said, other_key: None) -> None:
    """What cannot be decrypted is not taken for nothing, and not overwritten."""
    from airflow.utils.session import create_session

    variable.set(KEY, encode([ONE]))
    with create_session() as session:
        row = session.query(variable).filter(variable.key == KEY)
        row.update({"val": encode([ONE]), "is_encrypted": True})
    status, out, err = said(*MADE)
    assert (status, out) == (1, "")
    assert "cannot be decrypted with this [core] fernet_key). Run this on a machine" in err
    with create_session() as session:
        row = session.query(variable.val).filter(variable.key == KEY)
        assert decode(row.scalar()) == (ONE,)


def test_a_variable_that_hides_it(
    variable: Any, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set in the environment hides the database, and the command says so."""
    monkeypatch.setenv("AIRFLOW_VAR_ZOOMCHAT_SILENCES", encode([ONE]))
    status, out, err = said(*MADE)
    assert (status, out) == (1, "")
    assert "What is written is not what is read: is it set in the environment (AIRFLOW_VAR_" in err


class Shared:
    """A Variable that several commands write, each over what the others have written."""

    def __init__(self) -> None:
        self.text: str | None = None
        #: What a write raises.
        self.trouble: list[Exception] = []
        #: What another command writes while this one waits to read back.
        self.others: list[str] = []
        self.slept = 0.0

    def read(self) -> tuple[Silence, ...]:
        """Read it."""
        return decode(self.text)

    def write(self, silences: tuple[Silence, ...]) -> None:
        """Write it, or fail."""
        if self.trouble:
            raise self.trouble.pop()
        self.text = encode(silences)

    def sleep(self, seconds: float) -> None:
        """Let time pass, in which another command writes."""
        self.slept += seconds
        self.text = self.others.pop() if self.others else self.text

    def change(self, wanted: Callable[[tuple[Silence, ...]], tuple[Silence, ...]]) -> None:
        """Change it as a command does."""
        change(wanted, read=self.read, write=self.write, sleep=self.sleep)

    def add(self, new: Silence) -> None:
        """Add one."""
        self.change(lambda known: known if new in known else (*known, new))


def test_two_at_once() -> None:
    """What another command overwrites, since it had read before, is written again."""
    shared = Shared()
    shared.others = [encode([TWO]), encode([TWO])]
    shared.add(ONE)
    assert shared.read() == (TWO, ONE)
    shared.others = [encode([TWO, ONE])]
    shared.change(lambda known: tuple(one for one in known if one != ONE))
    assert shared.read() == (TWO,)
    assert shared.slept < 5


def test_a_write_that_fails() -> None:
    """A database that is busy is asked again, and one that stays so is an error of one line."""
    shared = Shared()
    shared.trouble = [RuntimeError("database is locked\n[SQL: ...]")] * 2
    shared.add(ONE)
    assert shared.read() == (ONE,)
    shared.trouble = [RuntimeError("database is locked\n[SQL: ...]")] * 99
    with pytest.raises(CommandError) as caught:
        shared.add(TWO)
    assert str(caught.value) == (
        "could not write Variable zoomchat_silences. RuntimeError: database is locked."
    )


def test_a_newer_version_that_comes_meanwhile() -> None:
    """What a newer version writes in between is not overwritten."""
    shared = Shared()
    newer = json.dumps({"version": 2})
    shared.others = [newer]
    with pytest.raises(SilencesError, match="version 2"):
        shared.add(ONE)
    assert shared.text == newer
