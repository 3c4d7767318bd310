"""A token that the processes of a deployment share: one of them asks Zoom, the others do not.

Each task of Airflow is a process of its own, and Zoom ends the oldest tokens of an app that has
many (devforum.zoom.us 72070, 94662). So a token is kept where all processes read it. It is sealed
there: encrypted and authenticated with a key derived from the client secret, so that nobody reads
it or puts another in its place.

Who finds no good token writes a claim, waits until whoever claims at the same moment has written
too, and reads back whose claim stands. That process asks Zoom; the others wait for what it writes,
or go on with a token that is still good. Clocks may differ by minutes: an age is judged by when a
process first saw something, and Zoom has the last word on a token. Where a judgement is wrong, Zoom
is asked once more than needed.

The token of a user (App type user_oauth) can be renewed only with its refresh token, of which
there is one: each use gives a new one and ends the old one. So the new one is written before
anything else is done. Using an old one is refused and does no harm. If Zoom's answer to a use is
lost, the new one is lost with it: Zoom offers nothing but to authorize again.
Source: https://developers.zoom.us/docs/integrations/oauth/.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, TypeGuard
from uuid import uuid4

from .auth import RENEW_BEFORE, Token
from .errors import ConfigError, CredentialsError, UnreachableError, ZoomChatError
from .seal import seal, unseal

log = logging.getLogger(__name__)

#: Seconds until what others wrote at the same moment can be read, and between two looks.
_SETTLE, _PAUSE = 0.4, 0.2

#: Seconds for which others are waited for, and at most this part of the time that is left.
_MAX_WAIT, _PART = 5.0, 0.3

#: Of the time that is left at first, the part that is kept for Zoom where sharing takes long.
_FOR_ZOOM = 0.5

#: Seconds after which a claim counts no more, whatever the clocks.
_OLD = 180.0

#: How often the one refresh token that there is must at least be written before that is given up.
_WRITES = 3

_NOT_READ_BACK = (
    "what is written there is not read back: an environment variable AIRFLOW_VAR_... or a secrets "
    "backend may come first"
)

Ask = Callable[[str | None], Token]


class StateError(Exception):
    """What the processes share could not be read or written."""


class _TooLateError(Exception):
    """There is no time left to wait for others."""


class Store(Protocol):
    """Texts by name, which all processes see. Everything here raises `StateError`."""

    @property
    def is_outdated(self) -> bool:
        """Whether what is read may be what was there minutes ago."""

    def read(self, name: str) -> str | None:
        """Return a text; None if there is none."""

    def write(self, name: str, text: str) -> None:
        """Replace a text."""

    def delete(self, name: str) -> None:
        """Remove a text."""


class SharedToken:
    """The token of one app, as the processes share it.

    :param name: under which it is kept.
    :param secret: the client secret.
    :param rotates: whether it is renewed with a refresh token, which changes with each use.
    :param login: the command that authorizes the app.
    :param now: the clock of the tokens: only goes forward, in seconds.
    :param wall: seconds since 1970, by this machine's clock.
    :param sleep: waits that many seconds.
    """

    def __init__(
        self,
        name: str,
        secret: str,
        store: Store,
        *,
        rotates: bool = False,
        login: str = "",
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.claim_name = f"{name}_claim"
        self.secret = secret
        self.store = store
        self.rotates = rotates
        self.authorize = f"Authorize the app: {login}."
        self.now = now
        self.wall = wall
        self.sleep = sleep
        self._has_complained = False

    def token(
        self,
        ask: Ask,
        *,
        kept: Token | None = None,
        refused: str | None = None,
        anew: bool = False,
        remaining: Callable[[], float],
    ) -> Token:
        """Return the token that the processes share, after asking Zoom for it if need be.

        :param ask: asks Zoom, with the refresh token if there is one.
        :param kept: the token of this process, which may soon be over.
        :param refused: the token that Zoom has just refused.
        :param anew: whether Zoom is to be asked even if the token there is good.
        :param remaining: returns the seconds that are left.
        :raises ZoomChatError: there is none.
        """
        try:
            return _Renewal(self, ask, remaining).token(kept, refused, anew=anew)
        except StateError as error:
            if self.rotates:
                raise UnreachableError(
                    "Could not get a token from Zoom: the app's refresh token is in Airflow's "
                    f"Variable {self.name!r}, which cannot be used ({error})."
                ) from error
            log.warning("The token is not shared with other processes: %s.", error)
            return ask(None)

    def sealed(self, token: Token) -> str:
        """Return a token as the text that is kept."""
        lifetime = token.ends_at - self.now()
        record = {
            "access_token": token.value,
            "refresh_token": token.refresh_token,
            "scopes": token.scopes,
            "expires_at": self.wall() + lifetime,
            "expires_in": lifetime,
        }
        return seal(self.secret, self.name, record)

    def read(self) -> Token | None:
        """Return the token that is there, if it can be read; it may be over.

        :raises StateError: it is not known what is there.
        """
        text = self.store.read(self.name)
        if text is None:
            return None
        record = unseal(self.secret, self.name, text)
        if record is None:
            if not self._has_complained:
                log.warning("What Variable %s holds is not of this app, and ignored.", self.name)
            self._has_complained = True
            return None
        # By a clock that is ahead, a token lives no longer than it did when it was new.
        lifetime = record["expires_in"]
        ends_at = self.now() + min(record["expires_at"] - self.wall(), lifetime)
        return Token(
            record["access_token"],
            tuple(record["scopes"]),
            renew_at=ends_at - min(RENEW_BEFORE, lifetime / 2),
            ends_at=ends_at,
            refresh_token=record["refresh_token"],
            is_shared=True,
        )

    def check(self) -> None:
        """See that what is written is read back.

        :raises StateError: it is not.
        """
        probe = seal(self.secret, self.claim_name, {"at": 0.0})
        self.store.write(self.claim_name, probe)
        if self.store.read(self.claim_name) != probe:
            raise StateError(_NOT_READ_BACK)
        self.store.delete(self.claim_name)

    def write(self, token: Token, instead_of: Token | None = None) -> None:
        """Put a token where all processes read it.

        :param instead_of: the one that was there; another process may have replaced it again.
        :raises StateError: it cannot be read back.
        """
        self.store.write(self.name, self.sealed(token))
        there = self.read()
        is_mine = there is not None and there.value == token.value
        is_newer = there and instead_of and there.value != instead_of.value
        if not (is_mine or is_newer):
            raise StateError(_NOT_READ_BACK)


class _Renewal:
    """One look for a good token, and what is done where there is none."""

    def __init__(self, shared: SharedToken, ask: Ask, remaining: Callable[[], float]) -> None:
        self._shared = shared
        self._ask = ask
        self._remaining = remaining
        #: Values of tokens that are of no use.
        self._unusable: set[str] = set()
        # A refresh token cannot do without the others.
        self._for_zoom = -math.inf if shared.rotates else _FOR_ZOOM * remaining()

    def token(self, kept: Token | None, refused: str | None, *, anew: bool) -> Token:
        """Return the token; for the arguments see `SharedToken.token`."""
        found = self._shared.read()
        self._unusable = {one for one in (refused, found.value if anew and found else None) if one}
        if self._is_good(found):
            return found
        old = [one for one in (found, kept) if one and one.value not in self._unusable]
        still_good = next((one for one in old if self._shared.now() < one.ends_at), None)
        if self._shared.store.is_outdated:
            return self._without_claim(still_good)
        try:
            return self._with_claim(still_good)
        except _TooLateError:
            return self._asked(None)
        except ZoomChatError as error:
            if still_good is None or not error.passing:
                raise
            log.warning("%s The one from before is still good and goes on.", error)
            return still_good

    def _is_good(self, token: Token | None) -> TypeGuard[Token]:
        return (
            token is not None
            and token.value not in self._unusable
            and self._shared.now() < token.renew_at
        )

    def _with_claim(self, still_good: Token | None) -> Token:
        claim = {"by": uuid4().hex, "at": self._shared.wall()}
        mine = seal(self._shared.secret, self._shared.claim_name, claim)
        dead: str | None = None
        for _ in range(2):
            standing = self._claim(mine, dead)
            if standing == mine:
                return self._as_only_one()
            if others := still_good or self._others():
                return others
            dead = standing
        return self._asked(self._shared.read())

    def _without_claim(self, still_good: Token | None) -> Token:
        """Return a token where a claim could not be read back, and a refresh token may be old."""
        if not self._shared.rotates:
            return self._asked(None)
        if still_good is None:
            raise ConfigError(
                "Could not get a token from Zoom: it has to be renewed, which Airflow's DAG "
                "processor does not do with [secrets] use_cache, since it may read an outdated "
                "refresh token. The next task that uses the connection renews it."
            )
        return still_good

    def _as_only_one(self) -> Token:
        """Return a token from Zoom, unless somebody was faster, and take the claim away."""
        try:
            found = self._shared.read()
            return found if self._is_good(found) else self._asked(found)
        finally:
            with suppress(StateError):
                self._shared.store.delete(self._shared.claim_name)

    def _claim(self, mine: str, dead: str | None) -> str:
        """Claim to ask Zoom, if nobody does, and return the claim that stands.

        :param dead: a claim of which nothing has come.
        """
        store, name = self._shared.store, self._shared.claim_name
        # Of many that begin at once, few write.
        self._pause(random.random() * _PAUSE)
        there = store.read(name)
        if there and there != dead and self._is_fresh(there):
            return there
        failure = StateError(_NOT_READ_BACK)
        for _ in range(2):
            try:
                store.write(name, mine)
            except StateError as error:  # or two at once, of which one has written
                failure = error
            self._pause(_SETTLE)
            there = store.read(name)
            if there and there != dead:
                return there
        if self._shared.rotates:  # the new refresh token would be lost
            raise failure
        return mine

    def _is_fresh(self, claim: str) -> bool:
        claimed = unseal(self._shared.secret, self._shared.claim_name, claim)
        return claimed is not None and abs(self._shared.wall() - claimed["at"]) < _OLD

    def _pause(self, seconds: float) -> None:
        if self._remaining() - seconds < self._for_zoom:
            raise _TooLateError
        self._shared.sleep(seconds)

    def _others(self) -> Token | None:
        """Return the token that another process writes; None if none comes in time."""
        ends = self._shared.now() + min(_MAX_WAIT, _PART * self._remaining())
        while self._shared.now() < ends:
            self._pause(_PAUSE * (1 + random.random()))
            with suppress(StateError):
                found = self._shared.read()
                if self._is_good(found):
                    return found
        return None

    def _asked(self, old: Token | None) -> Token:
        """Ask Zoom for a token, and write it for the others."""
        if self._shared.rotates:
            return self._refreshed(old)
        token = self._ask(None)
        try:
            self._shared.store.write(self._shared.name, self._shared.sealed(token))
        except StateError as error:
            log.warning("The token is not shared with other processes: %s.", error)
        return token

    def _refreshed(self, old: Token | None) -> Token:
        """Renew the token with its refresh token."""
        if old is None:  # Airflow also returns nothing where a secrets backend fails
            if others := self._others():
                return others
            old = self._shared.read()
        if old is None or old.refresh_token is None:
            raise ConfigError(
                "Could not get a token from Zoom: nobody has authorized the app, or its Client ID "
                f"or secret has changed since: Airflow's Variable {self._shared.name!r} holds no "
                f"refresh token that can be read with them. {self._shared.authorize}"
            )
        try:
            token = self._ask(old.refresh_token)
        except CredentialsError as refusal:
            if "client_id" in refusal.said:
                raise
            # Another process was faster, and writes the new one just now.
            self._unusable.add(old.value)
            if others := self._others():
                return others
            refusal.args = (f"{refusal} {self._shared.authorize}",)
            raise
        token = replace(token, refresh_token=token.refresh_token or old.refresh_token)
        self._write_surely(token, old)
        return token

    def _write_surely(self, token: Token, old: Token) -> None:
        """Write the only refresh token that there is."""
        tries = 0
        while True:
            tries += 1
            try:
                return self._shared.write(token, instead_of=old)
            except StateError as error:
                if tries >= _WRITES and self._remaining() <= 0:
                    raise CredentialsError(
                        "Zoom has given a new refresh token, which ends the old one, and Airflow's "
                        f"Variable {self._shared.name!r} cannot take it ({error}). Nothing was "
                        "sent, and nothing can be sent until this is mended. "
                        f"{self._shared.authorize}"
                    ) from error
                log.warning("The new refresh token is written again: %s.", error)
            self._shared.sleep(_PAUSE)
