"""Users of the account: who somebody is. Pure.

Source: https://developers.zoom.us/docs/api/users/
"""

from __future__ import annotations

from urllib.parse import quote

from .http import Request

#: The code for somebody whom Zoom does not know: who is asked for, mentioned, or written to.
#: Source: https://developers.zoom.us/docs/api/team-chat/ and .../users/
NO_SUCH_USER = 1001


def read(api: str, user_id: str) -> Request:
    """Ask who a user is, by e-mail address or user id.

    Answer: 200 ``{"id": ..., "jid": ..., "display_name": ...}``. Needs ``user:read:user:admin``.
    """
    return Request(
        doing=f"look up user {user_id!r}",
        door="team_chat",
        method="GET",
        url=f"{api}/users/{quote(user_id, safe='')}",
        repeatable=True,
        id_key="id",
    )
