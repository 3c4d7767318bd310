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

Below them are those of Zoom's error codes from which something follows; what to do about any code
is in `error_hints`. Sources, where no other is named: https://developers.zoom.us/docs/api/team-chat/
and .../chatbot/.
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


#: The app lacks a scope, if Zoom's words say so; 104 and 4711 mean other things too.
#: Sources: https://developers.zoom.us/docs/api/errors/, devforum.zoom.us 108207 and 6558.
LACKS_SCOPE = frozenset({104, 4700, 4711})

#: A token that Zoom does not accept (any more); a status of 401 says the same without a code.
#: Source: https://developers.zoom.us/docs/api/errors/.
TOKEN_REFUSED = LACKS_SCOPE | {124, 7010}

#: A channel that is not there, or takes no messages any more.
CHANNEL_GONE = frozenset({4130, 5420, 7004})

#: A channel or a contact that is gone, archived, encrypted or closed to the sender.
TARGET_GONE = CHANNEL_GONE | {200, 1001, 5301, 5418, 5419, 5421}

#: A thread whose first message is gone, or is a reply itself.
THREAD_GONE = frozenset({4131, 5401, 5402, 8001})

#: A sender, a target or an app with which Zoom takes the message in no other form either.
NOT_ABOUT_THE_FORM = CHANNEL_GONE | {200, 5301, 5402, 5403, 5418, 5419, 5421, 7002, 7003, 7010}

#: A card that Zoom does not take: a user's message may hold cards of the calling app alone. The
#: reference names 5405 for a send, 5045 and 5046 for an edit; that the latter stand for 5405 and
#: 5406, which would fit their neighbours, is assumed.
CARD_REFUSED = frozenset({5405, 5406, 5045, 5046})

#: An unknown user: looked up, mentioned, or written to.
#: Source: https://developers.zoom.us/docs/api/team-chat/ and .../users/
NO_SUCH_USER = 1001
