"""A row of the table, and the phrases that rows share."""

from __future__ import annotations

from typing import NamedTuple


class Hint(NamedTuple):
    """One row: on this API, this code (or HTTP status) with these words in it means: do this.

    :param code: Zoom's codes; where the answer has none, its HTTP status counts as the code.
        Empty fits every code.
    :param words: a part of what Zoom said, in lower case; empty fits everything.
    :param methods: the HTTP methods of the calls that it is about; empty fits every call.
    """

    api: str
    code: tuple[int, ...]
    words: str
    advice: str
    source: str
    methods: tuple[str, ...] = ()


APP = "marketplace.zoom.us > Manage > Created Apps > your app"
CREDENTIALS = (
    f"Copy Client ID and Client secret again from {APP} > App Credentials, both from the same "
    "tab: Development and Production have different ones"
)
ACTIVATE = f"Check that the app is activated: {APP} > Activation"
SUPPORT = "Give the tracking id to Zoom's support"
OTHER_APP = (
    "App type in the connection does not fit the app: server_to_server needs a Server-to-Server "
    "OAuth app, chatbot a General App with Team Chat"
)
USER_OAUTH = "Authorise the app again"
NOT_USED = "This provider does not make such calls; give the tracking id to Zoom's support"
CHANNEL_ID = (
    "Copy the id of the channel again (to_channel, or Default channel in the connection): it is "
    "not its name. Add the acting user to the channel"
)

ONE_TARGET = (
    "Give exactly one of to_channel and to_contact, or set Default channel in the connection."
)
TOO_LONG = "Shorten the message: by Zoom's reference it may have 1024 characters."

TEAM_CHAT_API = "https://developers.zoom.us/docs/api/team-chat/"
CHATBOT = "https://developers.zoom.us/docs/api/chatbot/"
ERRORS = "https://developers.zoom.us/docs/api/errors/"
OAUTH = "https://developers.zoom.us/docs/integrations/oauth-error-messages/"
ZOOMNET = "https://github.com/Jericho/ZoomNet"
GOHOOK = "tried against Zoom by the authors of a public Go client, 2026-08"
