"""What the token endpoint says."""

from __future__ import annotations

from .row import ACTIVATE, APP, CREDENTIALS, OAUTH, OTHER_APP, SUPPORT, USER_OAUTH, Hint

TOKEN: tuple[Hint, ...] = (
    # The token endpoint says most things in words; codes of the 4700s stand in `reason` or `code`.
    Hint(
        "token",
        (),
        "invalid client_id or client_secret",
        f"{CREDENTIALS}.",
        "seen from Zoom by a public credential checker; " + OAUTH,
    ),
    Hint(
        "token",
        (),
        "account does not exist",
        f"Copy Account ID again from {APP} > App Credentials.",
        "seen from Zoom by a public credential checker",
    ),
    Hint(
        "token",
        (),
        "account does not enabled",
        "App type in the connection does not fit the app: use a Server-to-Server OAuth app for "
        f"server_to_server, a General App for chatbot. {ACTIVATE}.",
        "public code; inferred",
    ),
    Hint("token", (4705,), "", f"{OTHER_APP}.", OAUTH),
    Hint("token", (), "unsupported grant type", f"{OTHER_APP}.", OAUTH),
    Hint(
        "token",
        (409,),
        "",
        "The app asked for two tokens at the same moment, and nothing is wrong with it: try again.",
        "a public C++ client of Zoom",
    ),
    Hint("token", (4702, 4704), "", f"{CREDENTIALS}.", OAUTH),
    Hint("token", (4706,), "", "Fill Client ID and Client secret in the connection.", OAUTH),
    Hint("token", (4700,), "", f"{ACTIVATE}. {SUPPORT} if it is.", OAUTH),
    Hint("token", (4717,), "", f"Zoom has disabled the app. {SUPPORT}.", OAUTH),
    Hint("token", (4738,), "", "Ask your Zoom admin to approve the app.", OAUTH),
    Hint(
        "token",
        (4735,),
        "",
        "The app's owner is gone from the account: create the app anew as a user who stays.",
        OAUTH,
    ),
    Hint("token", (4709,), "", f"Use one redirect URI in the app and the request: {APP}.", OAUTH),
    Hint("token", (4711, 4733, 4734, 4737), "", f"{USER_OAUTH}.", OAUTH),
    Hint("token", (4741,), "", "A newer authorisation replaced this one: use its token.", OAUTH),
    Hint("token", (4740,), "", f"{USER_OAUTH}. {SUPPORT} if that does not help.", OAUTH),
    Hint("token", (4724, 4732), "", f"Try again later. {SUPPORT} if it stays.", OAUTH),
    Hint(
        "token",
        (),
        "query",
        f"Zoom wants the parameters in the body, where they are. {SUPPORT}.",
        "devforum.zoom.us 124925",
    ),
    Hint("token", (), "", f"{CREDENTIALS}. {ACTIVATE}.", OAUTH),
)
