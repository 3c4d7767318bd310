"""Zoom's error codes: those from which something follows, and what to do about any of them. Pure.

Sources of the former, where no other is named: https://developers.zoom.us/docs/api/team-chat/ and
.../chatbot/. What to do is a table for each API, every row with its source. A code means different
things on different APIs, and one code (200, 300) means many things on one API, told apart by Zoom's
words. So the first row that fits wins, and rows with words come first. Fields of the connection are
named as its form names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

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


class Hint(NamedTuple):
    """One row: this code (or HTTP status) with these words in it means: do this.

    :param codes: Zoom's; where the answer has none, its HTTP status counts as the code.
        Empty fits every code.
    :param words: a part of what Zoom said, in lower case; empty fits everything.
    :param methods: the HTTP methods of the calls that it is about; empty fits every call.
    """

    codes: tuple[int, ...]
    words: str
    advice: str
    source: str
    methods: tuple[str, ...] = ()


TEAM_CHAT = "https://developers.zoom.us/docs/api/team-chat/"
CHATBOT = "https://developers.zoom.us/docs/api/chatbot/"
ERRORS = "https://developers.zoom.us/docs/api/errors/"
OAUTH = "https://developers.zoom.us/docs/integrations/oauth-error-messages/"
WEBHOOKS = "https://support.zoom.com KB0067640"
ZOOMNET = "https://github.com/Jericho/ZoomNet"
CHECKER = "seen from Zoom by a public credential checker"
GOHOOK = "tried against Zoom by the authors of a public Go client, 2026-08"
SCOPES = f"devforum.zoom.us 108207 and 6558; {ERRORS}"

APP = "marketplace.zoom.us > Manage > Created Apps > your app"
CREDENTIALS = (
    f"Copy Client ID and Client secret again from {APP} > App Credentials, both from the same "
    "tab: Development and Production have different ones"
)
ACTIVATE = f"Check that the app is activated: {APP} > Activation"
SUPPORT = "Give the tracking id to Zoom's support"
OTHER_APP = (
    "App type in the connection does not fit the app: server_to_server needs a Server-to-Server "
    "OAuth app, user_oauth a General App that is user-managed, chatbot one with Team Chat"
)
ADD_SCOPES = (
    f"Add the scopes that Zoom names at {APP} > Scopes; a new token is fetched by itself, but an "
    "app of type user_oauth must be authorized again (zoomchat login)."
)
MESSAGE_SCOPES = (
    f"{ADD_SCOPES} Messages need team_chat:write:user_message:admin, "
    "team_chat:update:user_message:admin and team_chat:delete:user_message:admin, files "
    "team_chat:write:files:admin (classic: chat_message:write:admin); user_oauth the same without "
    ":admin."
)
REDIRECT = (
    f"Enter the redirect URI at {APP} > Basic Information > OAuth Redirect URL, and in the OAuth "
    "Allow List below it, exactly as it is given to zoomchat login."
)
CODE = "A code lives for 5 minutes and is good for one use: begin again."
REFRESH = (
    "The refresh token is used up: it is good for one use, and for some 90 days. Or the user has "
    "removed the app, or authorized it elsewhere, or the app's scopes have changed."
)
REACTION_SCOPE = (
    f"{ADD_SCOPES} Reactions need team_chat:update:message_emoji:admin (classic: "
    "chat_message:write:admin); user_oauth the same without :admin."
)
READ_MESSAGES = (
    "Give the acting user's role the right Chat Messages: View (Zoom web portal > User Management > "
    "Roles), and add the user to the channel."
)
CHANNEL_ID = (
    "Copy the id of the channel again (to_channel, or Default channel in the connection), or "
    "give its name. Add the acting user to the channel."
)
ONE_TARGET = (
    "Give exactly one of to_channel and to_contact, or set Default channel in the connection."
)
ARGUMENTS = "Check the arguments that Zoom names."
TOO_LONG = "Shorten the message: by Zoom's reference it may have 1024 characters."
WRITES = ("POST", "PUT")

# One row a line, however long.
# fmt: off
# ruff: noqa: E501
HINTS: Mapping[str, tuple[Hint, ...]] = {
    # The token endpoint says most things in words; codes of the 4700s are in `reason` or `code`.
    "token": (
        Hint((), "invalid client_id or client_secret", f"{CREDENTIALS}.", f"{CHECKER}; {OAUTH}"),
        Hint((), "account does not exist", f"Copy Account ID again from {APP} > App Credentials.", CHECKER),
        Hint((), "account does not enabled", f"{OTHER_APP}. {ACTIVATE}.", "public code; inferred"),
        Hint((4705,), "", f"{OTHER_APP}.", OAUTH),
        Hint((), "unsupported grant type", f"{OTHER_APP}.", OAUTH),
        Hint((409,), "", "The app asked for two tokens at the same moment, and nothing is wrong with it: try again.", "a public C++ client of Zoom"),
        Hint((4702, 4704), "", f"{CREDENTIALS}.", OAUTH),
        Hint((4706,), "", "Fill Client ID and Client secret in the connection.", OAUTH),
        Hint((4700,), "", f"{ACTIVATE}. {SUPPORT} if it is.", OAUTH),
        Hint((4717,), "", f"Zoom has disabled the app. {SUPPORT}.", OAUTH),
        Hint((4738,), "", "Ask your Zoom admin to approve the app.", OAUTH),
        Hint((4735,), "", "The app's owner is gone from the account: create the app anew as a user who stays.", OAUTH),
        Hint((4709,), "", REDIRECT, OAUTH),
        Hint((), "redirect", REDIRECT, OAUTH),
        Hint((4733, 4734), "", CODE, OAUTH),
        Hint((), "authorization code", CODE, OAUTH),
        Hint((), "code is expired", CODE, OAUTH),
        Hint((4737, 4740, 4741), "", REFRESH, OAUTH),
        Hint((), "refresh token", REFRESH, f"{OAUTH} (4711)"),
        Hint((), "invalid token", REFRESH, "https://github.com/raycast/extensions (issue 10896)"),
        Hint((4711,), "", f"Add the scopes that Zoom names at {APP} > Scopes.", OAUTH),
        Hint((4724, 4732), "", f"Try again later. {SUPPORT} if it stays.", OAUTH),
        Hint((), "query", f"Zoom wants the parameters in the body, where they are. {SUPPORT}.", "devforum.zoom.us 124925"),
        Hint((), "", f"{CREDENTIALS}. {ACTIVATE}.", OAUTH),
    ),
    "team_chat": (
        Hint((104, 4700, 4711), "scope", ADD_SCOPES, SCOPES, ("GET",)),
        Hint((104, 4700, 4711), "scope", REACTION_SCOPE, f"{SCOPES}; {TEAM_CHAT}", ("PATCH",)),
        Hint((104, 4700, 4711), "scope", MESSAGE_SCOPES, SCOPES),
        Hint((124, 104, 4700, 4711, 401, 100, 106), "", f"A fresh token did not help. Check that the app is activated and of the type that App type says, and that Acting user is a user of this account, not 'me' (which is for user_oauth alone): {APP} > App Credentials.", f"https://developers.zoom.us/docs/api/using-zoom-apis/; {TEAM_CHAT}"),
        Hint((200,), "only the sender", "Edit and delete as the user who sent it: set Acting user (user_id) to that user.", TEAM_CHAT),
        Hint((200,), "contact or the channel", "Give to_channel or to_contact the place where the message was sent: the channel's id, not its JID or name.", TEAM_CHAT),
        Hint((200,), "api key or secret", f"{CREDENTIALS}.", ZOOMNET),
        Hint((200,), "", "Add the acting user to the members of the channel: Zoom shows it to nobody else. The user's role must be allowed to read chat channels too.", TEAM_CHAT, ("GET",)),
        Hint((200,), "", "Give the acting user's role the right Chat Messages: Edit (Zoom web portal > User Management > Roles), and add the user to the channel.", TEAM_CHAT),
        Hint((300,), "either contact or channel", ONE_TARGET, TEAM_CHAT),
        Hint((300,), "to_c", ONE_TARGET, f"{TEAM_CHAT} (to_channel, to_contact)"),
        Hint((300,), "message does not exist", "Check reply_main_message_id: the first message of the thread may have been deleted, or stands in another channel.", TEAM_CHAT, ("POST",)),
        Hint((300,), "message does not exist", "Check message_id: the message may have been deleted, or sent to another channel.", TEAM_CHAT),
        Hint((300,), "channel does not exist", CHANNEL_ID, TEAM_CHAT),
        Hint((300,), "plain text message", "A message without files cannot gain one: send a new message.", TEAM_CHAT),
        Hint((300,), "file size", "Send a smaller file, or a link to it.", TEAM_CHAT),
        Hint((413,), "", "Send a smaller file, or a link to it. A proxy on the way may take less than Zoom does.", "https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14"),
        Hint((300,), "6 months", "Zoom lists messages of the last 6 months alone: give a later since.", TEAM_CHAT),
        Hint((300,), "page token", "The token of a page lives 15 minutes: start the listing again.", TEAM_CHAT),
        *(Hint((300,), words, TOO_LONG, TEAM_CHAT, WRITES) for words in ("too long", "length", "characters", "1024")),
        Hint((300,), "", f"{ARGUMENTS} By its reference a message has 1024 characters.", f"{ERRORS}; {TEAM_CHAT}", WRITES),
        Hint((300,), "", ARGUMENTS, ERRORS),
        Hint((403,), "", f"{READ_MESSAGES} To act for another user, that user must allow shared access permissions in Zoom's settings.", f"https://support.zoom.com (article 4413265586189); {TEAM_CHAT}", ("GET",)),
        Hint((403,), "", "The acting user lacks the right: give the role Chat Messages: Edit; to act for another user, that user must allow shared access permissions in Zoom's settings.", f"https://support.zoom.com (article 4413265586189); {TEAM_CHAT}"),
        Hint((1001,), "", "Zoom knows no such user: check Acting user (user_id) and to_contact, an e-mail address or user id of this account.", TEAM_CHAT),
        Hint((4130,), "", CHANNEL_ID, TEAM_CHAT),
        Hint((4234,), "", ONE_TARGET, TEAM_CHAT),
        Hint((4231, 4232, 4233), "", "The provider chooses these by itself, so it is at fault: please report it.", TEAM_CHAT),
        Hint((4131, 5401), "", "Check message_id: Zoom knows no such message.", TEAM_CHAT),
        Hint((64041,), "", "Files have a host of their own, file.zoom.us: check Host in the connection.", ZOOMNET),
        Hint((404,), "", "Check the ids, and Host in the connection.", ERRORS),
        Hint((5301,), "", "Check that the acting user may post in this channel, and that the channel had no more than 10 messages in the last second (it is blocked for up to 300 s): wait, then send again.", f"{TEAM_CHAT} (which does not say how the block is signalled; inferred)"),
        Hint((5402,), "", "Give reply_main_message_id the first message of the thread, not a reply.", TEAM_CHAT),
        Hint((5403,), "", "The account forbids files in chats: ask your Zoom admin (chat settings).", TEAM_CHAT),
        Hint((5404,), "", "Zoom knows no such file: upload it again.", TEAM_CHAT),
        Hint((5405, 5406, 5045, 5046), "", "Zoom takes cards of the app itself alone in a user's message: check the card with zoomchat preview, and send it as a bot (app type chatbot) or as a text where this app may have none.", TEAM_CHAT),
        Hint((5418,), "", "The acting user may not chat with people outside: ask your Zoom admin.", TEAM_CHAT),
        Hint((5421,), "", "One of the two has blocked the other: unblock.", TEAM_CHAT),
        Hint((5419,), "", "The channel is end-to-end encrypted, which no app can write to: use another channel.", TEAM_CHAT),
        Hint((5420,), "", "The channel is archived: unarchive it.", TEAM_CHAT),
    ),
    "chatbot": (
        Hint((7001,), "", "Simplify the card: Zoom takes no markdown together with style, link or editable, no style together with link, and no block it does not know. A user-managed app needs User JID (user_jid) too.", f"{CHATBOT}; {ZOOMNET}"),
        Hint((124,), "", f"A fresh token did not help. Check that the app is activated and added to this account ({APP} > Local Test > Add App Now), and that Client ID and Client secret are those of the General App with this bot.", f"{ERRORS}; {CHATBOT}"),
        Hint((7010, 401), "", f"The token is not this bot's. Fill Client ID and Client secret of the General App itself, not of a Server-to-Server app: {APP} > App Credentials.", f"{CHATBOT}; devforum.zoom.us 88038"),
        Hint((7002, 7003), "", f"Copy Bot JID again from {APP} > Features > Surface > Team Chat Subscription; Development and Production have different ones.", CHATBOT),
        Hint((7004,), "", f"Add the app to this account ({APP} > Local Test > Add App Now), check to_jid, and use an admin-managed app to reach people who did not add it.", f"{CHATBOT}; {ZOOMNET} PR 312"),
        Hint((8001,), "", "Check message_id: this bot has no such message; it may have been deleted.", CHATBOT),
        Hint((104, 4700, 4711), "", f"Add the scope imchat:bot at {APP} > Scopes; a new token is fetched by itself.", ERRORS),
        Hint((300,), "", ARGUMENTS, ERRORS),
    ),
    # A webhook answers with a short text and no code.
    "webhook": (
        Hint((), "missed timestamp", "This is a signed webhook: fill Signing secret in the connection.", GOHOOK),
        Hint((), "invalid signature", "Copy Verification token (and Signing secret, if the webhook is signed) again, and check this machine's clock: a signature ends after 30 minutes.", GOHOOK),
        Hint((), "failed to send bot message", "Usually whoever made the webhook has left: make a new one from a service account with /inc connect in the channel, and fill its Webhook URL and Verification token.", "https://github.com/flashcatcloud/flashduty-docs 331f9e1"),
        Hint((401, 403), "", "Copy Verification token again: it came with the Webhook URL from /inc connect.", WEBHOOKS),
        Hint((404,), "", "Copy Webhook URL again, as /inc connect gave it.", "https://github.com/caronc/apprise (plugins/zoom.py)"),
        Hint((400, 413), "", "Shorten the message (some 3,500 bytes are safe), or simplify the card.", GOHOOK),
    ),
}
# fmt: on


def advice(api: str, status: int, code: int | None, words: str, method: str = "") -> str:
    """Return what to do about an answer, in whole sentences; empty if nothing is known.

    :param method: of the call: what a code means may depend on what was to be done.
    """
    number = status if code is None else code
    for hint in HINTS[api]:
        fits = (not hint.codes or number in hint.codes) and hint.words in words.lower()
        if fits and (not hint.methods or method in hint.methods):
            return hint.advice
    return ""
