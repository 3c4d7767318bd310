"""Zoom's error codes from which something follows. What to do about any: `error_hints`.

Sources, where no other is named: https://developers.zoom.us/docs/api/team-chat/ and .../chatbot/.
"""

from __future__ import annotations

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
