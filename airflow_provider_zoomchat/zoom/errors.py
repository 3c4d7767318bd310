"""Every error that this provider raises, split by what the caller does next.

::

    ZoomChatError
    ├── ConfigError (ValueError)  connection or arguments are wrong; nothing was sent  -> fix it
    │   └── UnknownChannelError   the name of a channel leads to none, or to several     -> give id
    ├── UnreachableError          no answer that can be read; .may_have_arrived        -> wait
    └── RejectedError             Zoom said no; .status .code .tracking_id             -> read it
        ├── CredentialsError      a token, a secret or a scope was refused             -> fix app
        ├── GoneError             the message is not there, deleted perhaps            -> let it be
        ├── RateLimitError        too much at once, or for today; .retry_after         -> wait
        └── ServerError           Zoom is in trouble; .may_have_arrived                -> wait

A message is one line: what could not be done, who said what, what to do about it. It never holds
a secret, a token, the query of a URL or a payload.
"""

from __future__ import annotations


class ZoomChatError(Exception):
    """Something about a Zoom message went wrong."""

    #: Whether the same call may succeed later without anybody changing anything.
    passing = False

    #: Whether a message may have been posted although sending it failed: it must not be sent again
    #: before somebody has looked. Never true of edits, deletions and tokens, which may be repeated.
    may_have_arrived = False


class ConfigError(ZoomChatError, ValueError):
    """The connection or an argument is wrong; nothing was sent."""


class UnknownChannelError(ConfigError):
    """A channel is given by a name that leads to no channel, or to several; nothing was sent."""


class UnreachableError(ZoomChatError):
    """Zoom gave no answer, or none that can be read."""

    passing = True

    def __init__(self, message: str, may_have_arrived: bool = False) -> None:
        super().__init__(message)
        self.may_have_arrived = may_have_arrived

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.may_have_arrived)


class RejectedError(ZoomChatError):
    """Zoom received the call and said no.

    :param status: the HTTP status of the answer.
    :param code: Zoom's own code from the body, if there was one.
    :param tracking_id: Zoom's ``x-zm-trackingid``: Zoom's support asks for it.
    """

    #: Zoom's own words in one line; empty if there were none.
    said = ""

    def __init__(
        self, message: str, status: int = 0, code: int | None = None, tracking_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.tracking_id = tracking_id

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.status, self.code, self.tracking_id), self.__dict__


class CredentialsError(RejectedError):
    """Zoom refused the token, the app's id or secret, or misses a scope."""


class GoneError(RejectedError):
    """The message to edit, delete, react to, or read replies of, is not there: it was deleted."""


class RateLimitError(RejectedError):
    """Zoom has had too many calls from this account (HTTP 429)."""

    passing = True

    #: Seconds that Zoom asked to wait; None if it did not say.
    retry_after: float | None = None

    #: True when the limit is the day's: waiting for it is not a matter of seconds.
    daily = False


class ServerError(RejectedError):
    """Zoom failed while handling the call (HTTP 5xx)."""

    passing = True
