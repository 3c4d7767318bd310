"""What to do about each of Zoom's codes: one table, every row with its source.

A code means different things at different doors, and one code (200, 300) means many things at one
door, told apart by Zoom's words. So the first row that fits wins, and rows with words come first.
Fields of the connection are named as its form names them.
"""

from __future__ import annotations

from typing import NamedTuple


class Hint(NamedTuple):
    """One row: at this door, this code (or HTTP status) with these words in it means: do this.

    :param code: Zoom's codes; where the answer has none, its HTTP status counts as the code.
        Empty fits every code.
    :param words: a part of what Zoom said, in lower case; empty fits everything.
    """

    door: str
    code: tuple[int, ...]
    words: str
    advice: str
    source: str


_APP = "marketplace.zoom.us > Manage > Created Apps > your app"
_CREDENTIALS = (
    f"Copy Client ID and Client secret again from {_APP} > App Credentials, both from the same "
    "tab: Development and Production have different ones"
)
_ACTIVATE = f"Check that the app is activated: {_APP} > Activation"
_SUPPORT = "Give the tracking id to Zoom's support"
_USER_OAUTH = "Authorise the app again"
_NOT_USED = "This provider does not make such calls; give the tracking id to Zoom's support"
_CHANNEL_ID = (
    "Copy the id of the channel again (to_channel, or Default channel in the connection): it is "
    "not its name. Add the acting user to the channel"
)

_TEAM_CHAT = "https://developers.zoom.us/docs/api/team-chat/"
_CHATBOT = "https://developers.zoom.us/docs/api/chatbot/"
_ERRORS = "https://developers.zoom.us/docs/api/errors/"
_OAUTH = "https://developers.zoom.us/docs/integrations/oauth-error-messages/"
_ZOOMNET = "https://github.com/Jericho/ZoomNet"
_GOHOOK = "tried against Zoom by the authors of a public Go client, 2026-08"

HINTS: tuple[Hint, ...] = (
    # The token endpoint says most things in words; codes of the 4700s stand in `reason` or `code`.
    Hint(
        "token",
        (),
        "invalid client_id or client_secret",
        f"{_CREDENTIALS}.",
        "seen from Zoom by a public credential checker; " + _OAUTH,
    ),
    Hint(
        "token",
        (),
        "account does not exist",
        f"Copy Account ID again from {_APP} > App Credentials.",
        "seen from Zoom by a public credential checker",
    ),
    Hint(
        "token",
        (),
        "account does not enabled",
        "App type in the connection does not fit the app: use a Server-to-Server OAuth app for "
        f"server_to_server, a General App for chatbot. {_ACTIVATE}.",
        "public code; inferred",
    ),
    Hint(
        "token",
        (4705,),
        "",
        "App type in the connection does not fit the app: server_to_server needs a Server-to-"
        "Server OAuth app, chatbot a General App with Team Chat.",
        _OAUTH,
    ),
    Hint(
        "token",
        (),
        "unsupported grant type",
        "App type in the connection does not fit the app: server_to_server needs a Server-to-"
        "Server OAuth app, chatbot a General App with Team Chat.",
        _OAUTH,
    ),
    Hint("token", (4702, 4704), "", f"{_CREDENTIALS}.", _OAUTH),
    Hint("token", (4706,), "", "Fill Client ID and Client secret in the connection.", _OAUTH),
    Hint("token", (4700,), "", f"{_ACTIVATE}. {_SUPPORT} if it is.", _OAUTH),
    Hint("token", (4717,), "", f"Zoom has disabled the app. {_SUPPORT}.", _OAUTH),
    Hint("token", (4738,), "", "Ask your Zoom admin to approve the app.", _OAUTH),
    Hint(
        "token",
        (4735,),
        "",
        "The app's owner is gone from the account: create the app anew as a user who stays.",
        _OAUTH,
    ),
    Hint("token", (4709,), "", f"Use one redirect URI in the app and the request: {_APP}.", _OAUTH),
    Hint("token", (4711, 4733, 4734, 4737), "", f"{_USER_OAUTH}.", _OAUTH),
    Hint("token", (4741,), "", "A newer authorisation replaced this one: use its token.", _OAUTH),
    Hint("token", (4740,), "", f"{_USER_OAUTH}. {_SUPPORT} if that does not help.", _OAUTH),
    Hint("token", (4724, 4732), "", f"Try again later. {_SUPPORT} if it stays.", _OAUTH),
    Hint(
        "token",
        (),
        "query",
        f"Zoom wants the parameters in the body, where they are. {_SUPPORT}.",
        "devforum.zoom.us 124925",
    ),
    Hint("token", (), "", f"{_CREDENTIALS}. {_ACTIVATE}.", _OAUTH),
    # Team Chat.
    Hint(
        "team_chat",
        (104, 4700, 4711),
        "scope",
        f"Add the scopes that Zoom names at {_APP} > Scopes; a new token is fetched by itself. "
        "Messages need team_chat:write:user_message:admin, team_chat:update:user_message:admin "
        "and team_chat:delete:user_message:admin, files team_chat:write:files:admin (classic: "
        "chat_message:write:admin).",
        "devforum.zoom.us 108207 and 6558; " + _ERRORS,
    ),
    Hint(
        "team_chat",
        (124, 104, 4700, 4711, 401, 100, 106),
        "",
        "A fresh token did not help. Check that the app is activated and of the type that App "
        "type says, and that Acting user is a user of this account, not 'me': "
        f"{_APP} > App Credentials.",
        "https://developers.zoom.us/docs/api/using-zoom-apis/; " + _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (200,),
        "only the sender",
        "Edit and delete as the user who sent it: set Acting user (user_id) to that user.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (200,),
        "contact or the channel",
        "Give to_channel or to_contact the place where the message was sent: the channel's id, "
        "not its JID or name.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (200,),
        "api key or secret",
        f"{_CREDENTIALS}.",
        _ZOOMNET,
    ),
    Hint(
        "team_chat",
        (200,),
        "",
        "Give the acting user's role the right Chat Messages: Edit (Zoom web portal > User "
        "Management > Roles), and add the user to the channel.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (300,),
        "either contact or channel",
        "Give exactly one of to_channel and to_contact, or set Default channel in the connection.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (300,),
        "message does not exist",
        "Check message_id: the message may have been deleted, or sent to another channel.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (300,), "channel does not exist", f"{_CHANNEL_ID}.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (300,),
        "send_time",
        "Choose a time at least 30 minutes and at most 180 days ahead.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (300,),
        "plain text message",
        "A message without files cannot gain one: send a new message.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (300,), "file size", "Send a smaller file, or a link to it.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (413,),
        "",
        "Send a smaller file, or a link to it. A proxy on the way may take less than Zoom does.",
        "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14",
    ),
    Hint(
        "team_chat",
        (300,),
        "page token",
        "The token of a page lives 15 minutes: start the listing again.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (300,), "6 months", "Zoom lists six months back: ask for less.", _TEAM_CHAT),
    Hint("team_chat", (300,), "already exists", "Choose another name.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (300,),
        "",
        "Check the arguments that Zoom names. By its reference a message has 1024 characters.",
        _ERRORS + "; " + _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (403,),
        "",
        "The acting user lacks the right: give the role Chat Messages: Edit; to act for another "
        "user, that user must allow shared access permissions in Zoom's settings.",
        "https://support.zoom.com (article 4413265586189); " + _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (1001,),
        "",
        "Zoom knows no such user: check Acting user (user_id) and to_contact, an e-mail address "
        "or user id of this account.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (4130,), "", f"{_CHANNEL_ID}.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (4131, 5401),
        "",
        "Check message_id: Zoom knows no such message.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (5407,), "", "Check the id of the shared space.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (64041,),
        "",
        "Files have a host of their own, file.zoom.us: check Host in the connection.",
        _ZOOMNET,
    ),
    Hint("team_chat", (404,), "", "Check the ids, and Host in the connection.", _ERRORS),
    Hint(
        "team_chat",
        (409,),
        "",
        "Another call changes the same thing: make them one after the other.",
        _ERRORS,
    ),
    Hint(
        "team_chat",
        (5301,),
        "",
        "Check that the acting user may post in this channel, and that the channel had no more "
        "than 10 messages in the last second (it is blocked for up to 300 s): wait, then send "
        "again.",
        _TEAM_CHAT + " (which does not say how the block is signalled; inferred)",
    ),
    Hint(
        "team_chat",
        (5402,),
        "",
        "Give reply_main_message_id the first message of the thread, not a reply.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (5403,),
        "",
        "The account forbids files in chats: ask your Zoom admin (chat settings).",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (5404,), "", "Zoom knows no such file: upload it again.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (5045, 5405),
        "",
        "Correct the card's JSON; the app that sends it must own the card.",
        _TEAM_CHAT,
    ),
    Hint(
        "team_chat",
        (5046, 5406),
        "",
        "card_id must be one of this same message.",
        _TEAM_CHAT + " (5046 and 5406 look like one code misprinted; inferred)",
    ),
    Hint(
        "team_chat",
        (5418,),
        "",
        "The acting user may not chat with people outside: ask your Zoom admin.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (5421,), "", "One of the two has blocked the other: unblock.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (5419,),
        "",
        "The channel is end-to-end encrypted, which no app can write to: use another channel.",
        _TEAM_CHAT,
    ),
    Hint("team_chat", (5420,), "", "The channel is archived: unarchive it.", _TEAM_CHAT),
    Hint(
        "team_chat",
        (3216, 3217, 4231, 4232, 4233, 4234, *range(4100, 4107), 4200),
        "",
        f"Correct the argument that Zoom names. {_NOT_USED}.",
        _TEAM_CHAT + " (pins, threads, reminders)",
    ),
    Hint(
        "team_chat",
        (4300, 4301, 4302, 4400, 5306, 5333, *range(5506, 5512), 30010, 40090),
        "",
        f"{_NOT_USED}.",
        _TEAM_CHAT + " (batch delete, mention groups, custom emoji)",
    ),
    # The chatbot.
    Hint(
        "chatbot",
        (7001,),
        "",
        "Simplify the card: Zoom takes no markdown together with style, link or editable, no style "
        "together with link, and no block it does not know. A user-managed app needs User JID "
        "(user_jid) too.",
        f"{_CHATBOT}; {_ZOOMNET}",
    ),
    Hint(
        "chatbot",
        (7010, 401, 124),
        "",
        "The token is not this bot's. Fill Client ID and Client secret of the General App itself, "
        f"not of a Server-to-Server app: {_APP} > App Credentials.",
        f"{_CHATBOT}; devforum.zoom.us 88038",
    ),
    Hint(
        "chatbot",
        (7002, 7003),
        "",
        f"Copy Bot JID again from {_APP} > Features > Surface > Team Chat Subscription; "
        "Development and Production have different ones.",
        _CHATBOT,
    ),
    Hint(
        "chatbot",
        (7004,),
        "",
        f"Add the app to this account ({_APP} > Local Test > Add App Now), check to_jid, and use "
        "an admin-managed app to reach people who did not add it.",
        f"{_CHATBOT}; {_ZOOMNET} PR 312",
    ),
    Hint(
        "chatbot",
        (8001,),
        "",
        "Check message_id: this bot has no such message; it may have been deleted.",
        _CHATBOT,
    ),
    Hint("chatbot", (8002,), "", f"{_NOT_USED}.", _CHATBOT + " (unfurls)"),
    Hint(
        "chatbot",
        (104, 4700, 4711),
        "",
        f"Add the scope imchat:bot at {_APP} > Scopes; a new token is fetched by itself.",
        _ERRORS,
    ),
    Hint("chatbot", (300,), "", "Check the arguments that Zoom names.", _ERRORS),
    # The incoming webhook answers with a short text and no code.
    Hint(
        "webhook",
        (),
        "missed timestamp",
        "This is a signed webhook: fill Signing secret in the connection.",
        _GOHOOK,
    ),
    Hint(
        "webhook",
        (),
        "invalid signature",
        "Copy Verification token (and Signing secret, if the webhook is signed) again, and check "
        "this machine's clock: a signature ends after 30 minutes.",
        _GOHOOK,
    ),
    Hint(
        "webhook",
        (),
        "failed to send bot message",
        "Usually whoever made the webhook has left: make a new one from a service account with "
        "/inc connect in the channel, and fill its Webhook URL and Verification token.",
        "https://github.com/flashcatcloud/flashduty-docs 331f9e1",
    ),
    Hint(
        "webhook",
        (401, 403),
        "",
        "Copy Verification token again: it came with the Webhook URL from /inc connect.",
        "https://support.zoom.com KB0067640",
    ),
    Hint(
        "webhook",
        (404,),
        "",
        "Copy Webhook URL again, as /inc connect gave it.",
        "https://github.com/caronc/apprise (plugins/zoom.py)",
    ),
    Hint(
        "webhook",
        (400, 413),
        "",
        "Shorten the message (some 3,500 bytes are safe), or simplify the card.",
        _GOHOOK,
    ),
)


def advice(door: str, status: int, code: int | None, words: str) -> str:
    """Return what to do about an answer, in whole sentences; empty if nothing is known."""
    number = status if code is None else code
    said = words.lower()
    for hint in HINTS:
        if hint.door == door and (not hint.code or number in hint.code) and hint.words in said:
            return hint.advice
    return ""
