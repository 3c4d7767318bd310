"""One token for many processes, in a made-up time in which others do something meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from airflow_provider_zoomchat.zoom.auth import Token
from airflow_provider_zoomchat.zoom.errors import (
    ConfigError,
    CredentialsError,
    UnreachableError,
)
from airflow_provider_zoomchat.zoom.seal import seal
from airflow_provider_zoomchat.zoom.shared_token import SharedToken, StateError

NAME, SECRET = "zoomchat_token_1", "s3cret"
CLAIM = f"{NAME}_claim"
EPOCH = 1_800_000_000.0


class World:
    """Variables, a clock, and what others do at certain seconds."""

    def __init__(self) -> None:
        self.time = 0.0
        self.texts: dict[str, str] = {}
        self.is_outdated = False
        #: Seconds that each call takes; what a call raises; names that writes do not reach.
        self.call, self.broken = 0.0, ""
        self.frozen: tuple[str, ...] = ()
        self.writes: list[str] = []
        #: What happens a moment after each write, by name.
        self.after_write: dict[str, Callable[[], None]] = {}
        self._events: list[tuple[float, Callable[[], None]]] = []

    def at(self, seconds: float, event: Callable[[], None]) -> None:
        """Have something happen."""
        self._events.append((seconds, event))

    def sleep(self, seconds: float) -> None:
        """Let time pass, with all that happens in it."""
        ends = self.time + seconds
        self._events.sort(key=lambda event: event[0])
        while self._events and self._events[0][0] <= ends:
            moment, event = self._events.pop(0)
            self.time = max(self.time, moment)
            event()
        self.time = ends

    def read(self, name: str) -> str | None:
        """Read a Variable."""
        self._called("read")
        return self.texts.get(name)

    def write(self, name: str, text: str) -> None:
        """Write a Variable."""
        self._called("write")
        self.writes.append(name)
        if name not in self.frozen:
            self.texts[name] = text
        if name in self.after_write:
            self.at(self.time + 0.1, self.after_write[name])

    def delete(self, name: str) -> None:
        """Delete a Variable."""
        self._called("delete")
        self.texts.pop(name, None)

    def _called(self, kind: str) -> None:
        self.sleep(self.call)
        if kind in self.broken.split():
            raise StateError("out of order")

    def process(self, *, rotates: bool = False, off: float = 0.0) -> SharedToken:
        """Return what one process has.

        :param off: seconds by which its clock is wrong.
        """
        return SharedToken(
            NAME,
            SECRET,
            self,
            rotates=rotates,
            login="zoomchat login zoom_me",
            now=lambda: self.time,
            wall=lambda: EPOCH + self.time + off,
            sleep=self.sleep,
        )

    def put(self, token: Token, *, off: float = 0.0) -> None:
        """Have another process write a token."""
        self.texts[NAME] = self.process(off=off).sealed(token)

    def claim(self, age: float = 0.0) -> None:
        """Have another process claim to ask."""
        self.texts[CLAIM] = seal(SECRET, CLAIM, {"by": "other", "at": EPOCH + self.time - age})


class Zoom:
    """What Zoom answers.

    :param world: whose time a call takes.
    :param spent: whether it refuses the refresh token.
    """

    def __init__(self, world: World, *, seconds: float = 0.1, spent: str = "") -> None:
        self.world, self.seconds, self.spent = world, seconds, spent
        self.asked: list[str | None] = []

    def __call__(self, refresh_token: str | None) -> Token:
        """Give a token."""
        self.world.sleep(self.seconds)
        self.asked.append(refresh_token)
        if self.spent:
            error = CredentialsError(f"Could not get a token from Zoom: {self.spent}.", 400)
            error.said = self.spent
            raise error
        return made(self.world, f"new{len(self.asked)}")


def made(world: World, value: str, lasts: float = 3600.0) -> Token:
    """Return a token that Zoom has just given."""
    refresh = value.replace("new", "refresh") if value.startswith("new") else f"r-{value}"
    ends = world.time + lasts
    return Token(value, ("a:b",), ends - min(60.0, lasts / 2), ends, refresh)


@pytest.fixture
def world() -> World:
    """Nothing has happened yet."""
    return World()


def get(world: World, process: SharedToken, zoom: Zoom, budget: float = 60.0, **how: object) -> str:
    """Return the value of the token that a process gets."""
    ends = world.time + budget
    return process.token(zoom, remaining=lambda: ends - world.time, **how).value  # type: ignore


def test_one_asks_for_all(world: World) -> None:
    """The first process asks Zoom, and those after it find its token, with its scopes and end."""
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "new1"
    world.sleep(1000)
    found = world.process().token(zoom, remaining=lambda: 60.0)
    assert (found.value, found.scopes, found.is_shared) == ("new1", ("a:b",), True)
    assert found.ends_at == pytest.approx(3600, abs=2)
    assert zoom.asked == [None]
    assert CLAIM not in world.texts
    assert "new1" not in world.texts[NAME]


def test_somebody_else_asks(world: World) -> None:
    """While another process asks, nobody does; its token is taken as soon as it is there."""
    world.claim()
    world.at(2.0, lambda: world.put(made(world, "theirs")))
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "theirs"
    assert zoom.asked == []
    assert 2.0 <= world.time < 2.6
    assert CLAIM not in world.writes


def test_two_claims_at_once(world: World) -> None:
    """Of two that claim at the same moment, the one that is overwritten waits."""
    world.after_write[CLAIM] = world.claim
    world.at(1.5, lambda: world.put(made(world, "theirs")))
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "theirs"
    assert zoom.asked == []


@pytest.mark.parametrize(("age", "waits"), [(0, True), (-90, True), (90, True), (600, False)])
def test_a_process_that_was_killed(world: World, age: float, waits: bool) -> None:
    """A claim of which nothing comes holds others up for seconds, and an old one not at all."""
    world.claim(age)
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "new1"
    assert zoom.asked == [None]
    assert (world.time > 5) == waits
    assert world.time < 7


def test_many_behind_one_that_was_killed(world: World) -> None:
    """Of those that have waited in vain, one asks."""
    world.claim()
    # Others take over at the same moment, and one of them writes its claim last.
    world.after_write[CLAIM] = world.claim
    world.at(7.0, lambda: world.put(made(world, "theirs")))
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "theirs"
    assert zoom.asked == []
    assert CLAIM in world.writes


def test_a_token_that_is_soon_over(world: World) -> None:
    """While one renews, the others go on with what is still good."""
    world.put(made(world, "old", lasts=3600))
    world.sleep(3560)
    world.claim()
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "old"
    assert zoom.asked == []
    assert world.time < 3561
    world.delete(CLAIM)
    assert get(world, world.process(), zoom) == "new1"


@pytest.mark.parametrize("rotates", [False, True])
def test_a_renewal_that_fails(world: World, rotates: bool) -> None:
    """If Zoom gives no other at the moment, the one that is still good goes on."""

    def zoom(_: str | None) -> Token:
        raise UnreachableError("No answer.")

    world.put(made(world, "old"))
    world.sleep(3560)
    process = world.process(rotates=rotates)
    assert process.token(zoom, remaining=lambda: 60.0).value == "old"
    assert CLAIM not in world.texts
    world.sleep(60)
    with pytest.raises(UnreachableError, match="No answer"):
        process.token(zoom, remaining=lambda: 60.0)


def test_a_token_that_zoom_refuses(world: World) -> None:
    """What Zoom has refused is not taken again: a newer one that is there, or a fresh one is."""
    zoom = Zoom(world)
    world.put(made(world, "dead"))
    assert get(world, world.process(), zoom, refused="dead") == "new1"
    assert get(world, world.process(), zoom, refused="dead") == "new1"
    assert zoom.asked == [None]


def test_one_that_is_wanted_anew(world: World) -> None:
    """A test of the connection asks Zoom although a good token is there, and leaves the new one."""
    zoom = Zoom(world)
    world.put(made(world, "good"))
    assert get(world, world.process(), zoom, anew=True) == "new1"
    assert get(world, world.process(), zoom) == "new1"


@pytest.mark.parametrize("writer", [-90, 0, 90, 86_400])
@pytest.mark.parametrize("reader", [-90, 0, 90])
def test_clocks_that_are_off(world: World, writer: float, reader: float) -> None:
    """A token is found by those whose clocks differ, and never thought to live on for days."""
    world.put(made(world, "theirs"), off=writer)
    zoom = Zoom(world)
    found = world.process(off=reader).token(zoom, remaining=lambda: 60.0)
    assert found.value == "theirs"
    assert found.ends_at <= 3600
    # Whoever thinks that it is good learns from Zoom that it is over.
    world.sleep(3601)
    assert get(world, world.process(off=reader), zoom, refused="theirs") == "new1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        seal("another", NAME, {"access_token": "planted"}),
        seal(SECRET, "elsewhere", {"access_token": "planted"}),
        seal(SECRET, NAME, {"version": 0, "access_token": "planted"}),
    ],
    ids=["blank", "garbage", "planted", "moved", "version"],
)
def test_what_is_not_of_this_app(world: World, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is ignored and replaced, with one line in the log."""
    world.texts |= {NAME: text, CLAIM: text}
    assert get(world, world.process(), Zoom(world)) == "new1"
    assert get(world, world.process(), Zoom(world)) == "new1"
    (line,) = [one.getMessage() for one in caplog.records]
    assert line == f"What Variable {NAME} holds is not of this app, and ignored."


@pytest.mark.parametrize("broken", ["read", "write", "delete", "read write delete"])
def test_variables_that_fail(world: World, broken: str, caplog: pytest.LogCaptureFixture) -> None:
    """Zoom is asked as without sharing, once, and at most one line says so."""
    world.broken = broken
    zoom = Zoom(world)
    assert get(world, world.process(), zoom) == "new1"
    assert zoom.asked == [None]
    assert len(caplog.records) <= 1
    assert world.time < 2


@pytest.mark.parametrize("call", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("budget", [4.0, 10.0, 60.0])
@pytest.mark.parametrize("claimed", [True, False])
def test_variables_that_are_slow(world: World, call: float, budget: float, claimed: bool) -> None:
    """Whatever Airflow takes, there is time left to ask Zoom."""
    if claimed:
        world.claim()
    world.call = call
    asked_at: list[float] = []

    def zoom(_: str | None) -> Token:
        asked_at.append(world.time)
        return made(world, "new1")

    process = world.process()
    process.token(zoom, remaining=lambda: budget - world.time)
    assert asked_at[0] <= budget / 2 + 2 * call


def test_outdated_variables(world: World) -> None:
    """Where a Variable may be read as it was minutes ago, nobody waits and nobody claims."""
    world.is_outdated = True
    zoom = Zoom(world)
    world.put(made(world, "good"))
    assert get(world, world.process(), zoom) == "good"
    world.claim()
    assert get(world, world.process(), zoom, refused="good") == "new1"
    assert world.writes == [NAME]
    assert world.time < 1


class TestRefresh:
    """The token of a user, whose refresh token is good for one use."""

    def test_rotation(self, world: World) -> None:
        """Each renewal uses the newest refresh token, and writes the next before it returns."""
        zoom = Zoom(world)
        world.put(made(world, "first", lasts=0))
        for number, used in enumerate(["r-first", "refresh1", "refresh2"], 1):
            assert get(world, world.process(rotates=True), zoom) == f"new{number}"
            kept = world.process().read()
            assert kept is not None
            assert (kept.value, kept.refresh_token) == (f"new{number}", f"refresh{number}")
            assert zoom.asked[-1] == used
            world.sleep(3600)

    def test_no_new_refresh_token(self, world: World) -> None:
        """If Zoom gives no other refresh token, the one that there is stays."""
        world.put(made(world, "first", lasts=0))
        process = world.process(rotates=True)
        process.token(
            lambda _: replace(made(world, "new1"), refresh_token=None), remaining=lambda: 60.0
        )
        kept = process.read()
        assert kept is not None
        assert (kept.value, kept.refresh_token) == ("new1", "r-first")

    def test_a_refusal_behind_the_winner(self, world: World) -> None:
        """Who is refused, since another was faster, finds what that one writes."""
        world.put(made(world, "old", lasts=0))
        world.at(3.0, lambda: world.put(made(world, "theirs")))
        zoom = Zoom(world, spent="Invalid Token!")
        assert get(world, world.process(rotates=True), zoom) == "theirs"
        assert zoom.asked == ["r-old"]

    def test_a_refusal_without_a_winner(self, world: World) -> None:
        """After five seconds it says how to authorize the app again, once, with Zoom's words."""
        world.put(made(world, "old", lasts=0))
        zoom = Zoom(world, spent="Invalid Token!")
        with pytest.raises(CredentialsError) as caught:
            get(world, world.process(rotates=True), zoom)
        assert str(caught.value) == (
            "Could not get a token from Zoom: Invalid Token!. "
            "Authorize the app: zoomchat login zoom_me."
        )
        assert 5 < world.time < 7
        assert zoom.asked == ["r-old"]

    def test_a_wrong_client_secret(self, world: World) -> None:
        """That is no matter of the refresh token: nobody waits or authorizes anything."""
        world.put(made(world, "old", lasts=0))
        zoom = Zoom(world, spent="Invalid client_id or client_secret")
        with pytest.raises(CredentialsError) as caught:
            get(world, world.process(rotates=True), zoom)
        assert "zoomchat login" not in str(caught.value)
        assert world.time < 2

    def test_nobody_has_authorized_it(self, world: World) -> None:
        """Without a refresh token the error names the command; Zoom is not asked."""
        zoom = Zoom(world)
        with pytest.raises(ConfigError, match="Authorize the app: zoomchat login zoom_me"):
            get(world, world.process(rotates=True), zoom)
        assert zoom.asked == []

    def test_a_variable_that_is_not_found_for_a_moment(self, world: World) -> None:
        """Airflow finds nothing where a secrets backend fails, so it is asked again."""
        world.at(2.0, lambda: world.put(made(world, "there")))
        assert get(world, world.process(rotates=True), Zoom(world)) == "there"

    @pytest.mark.parametrize("fails_for", [0.5, 30.0])
    def test_a_write_that_fails(
        self, world: World, fails_for: float, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The new refresh token is written again and again while there is time."""
        world.put(made(world, "old", lasts=0))
        zoom = Zoom(world)

        def breaks(refresh_token: str | None) -> Token:
            token = zoom(refresh_token)
            world.broken = "write"
            world.at(world.time + fails_for, lambda: setattr(world, "broken", ""))
            return token

        token = world.process(rotates=True).token(breaks, remaining=lambda: 60 - world.time)
        kept = world.process().read()
        assert kept is not None
        assert kept.refresh_token == token.refresh_token == "refresh1"
        assert "is written again: out of order" in caplog.text

    def test_a_write_that_never_works(self, world: World) -> None:
        """It says that the authorization is lost, why, and what to do; the token stays unused."""
        world.put(made(world, "old", lasts=0))

        def breaks(_: str | None) -> Token:
            world.broken = "write"
            return made(world, "new1")

        with pytest.raises(CredentialsError) as caught:
            world.process(rotates=True).token(breaks, remaining=lambda: 5 - world.time)
        assert str(caught.value) == (
            "Zoom has given a new refresh token, which ends the old one, and Airflow's Variable "
            "'zoomchat_token_1' cannot take it (out of order). Nothing was sent, and nothing can "
            "be sent until this is mended. Authorize the app: zoomchat login zoom_me."
        )
        assert 5 <= world.time < 6

    @pytest.mark.parametrize("broken", ["read", "write"])
    def test_variables_that_fail(self, world: World, broken: str) -> None:
        """The refresh token is not used up where its successor could not be written."""
        world.put(made(world, "old", lasts=0))
        world.broken = broken
        zoom = Zoom(world)
        with pytest.raises(UnreachableError, match="Variable 'zoomchat_token_1', which cannot"):
            get(world, world.process(rotates=True), zoom)
        assert zoom.asked == []

    def test_variables_that_only_seem_to_be_written(self, world: World) -> None:
        """A Variable of the environment or a backend hides what is written: nothing is used up."""
        world.put(made(world, "old", lasts=0))
        world.frozen = (NAME, CLAIM)
        zoom = Zoom(world)
        with pytest.raises(UnreachableError, match="AIRFLOW_VAR_"):
            get(world, world.process(rotates=True), zoom)
        assert zoom.asked == []

    @pytest.mark.parametrize(
        ("lasts", "refused", "works"), [(3600, "", True), (50, "", True), (0, "", False)]
    )
    def test_outdated_variables(
        self, world: World, lasts: float, refused: str, works: bool
    ) -> None:
        """There a token is used to its end, and never renewed."""
        world.is_outdated = True
        world.put(made(world, "there", lasts=lasts))
        zoom = Zoom(world)
        if works:
            assert get(world, world.process(rotates=True), zoom) == "there"
        else:
            with pytest.raises(ConfigError, match=r"does not do with \[secrets\] use_cache"):
                get(world, world.process(rotates=True), zoom)
        assert zoom.asked == []
        assert world.writes == []


def test_the_log_is_silent(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Where all is well nothing is logged."""
    with caplog.at_level(logging.INFO):
        get(world, world.process(), Zoom(world))
    assert caplog.records == []
