"""What Zoom says to messages and files of users, and where these are looked up."""

from __future__ import annotations

from .row import (
    APP,
    CHANNEL_ID,
    CREDENTIALS,
    ERRORS,
    NOT_USED,
    ONE_TARGET,
    TEAM_CHAT_API,
    TOO_LONG,
    ZOOMNET,
    Hint,
)

TEAM_CHAT: tuple[Hint, ...] = (
    Hint(
        "team_chat",
        (104, 4700, 4711),
        "scope",
        f"Add the scopes that Zoom names at {APP} > Scopes; a new token is fetched by itself.",
        "devforum.zoom.us 108207 and 6558; " + ERRORS,
        ("GET",),
    ),
    Hint(
        "team_chat",
        (104, 4700, 4711),
        "scope",
        f"Add the scopes that Zoom names at {APP} > Scopes; a new token is fetched by itself. "
        "Messages need team_chat:write:user_message:admin, team_chat:update:user_message:admin "
        "and team_chat:delete:user_message:admin, files team_chat:write:files:admin (classic: "
        "chat_message:write:admin).",
        "devforum.zoom.us 108207 and 6558; " + ERRORS,
    ),
    Hint(
        "team_chat",
        (124, 104, 4700, 4711, 401, 100, 106),
        "",
        "A fresh token did not help. Check that the app is activated and of the type that App "
        "type says, and that Acting user is a user of this account, not 'me': "
        f"{APP} > App Credentials.",
        "https://developers.zoom.us/docs/api/using-zoom-apis/; " + TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (200,),
        "only the sender",
        "Edit and delete as the user who sent it: set Acting user (user_id) to that user.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (200,),
        "contact or the channel",
        "Give to_channel or to_contact the place where the message was sent: the channel's id, "
        "not its JID or name.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (200,),
        "api key or secret",
        f"{CREDENTIALS}.",
        ZOOMNET,
    ),
    Hint(
        "team_chat",
        (200,),
        "",
        "Add the acting user to the members of the channel: Zoom shows it to nobody else. The "
        "user's role must be allowed to read chat channels too.",
        TEAM_CHAT_API,
        ("GET",),
    ),
    Hint(
        "team_chat",
        (200,),
        "",
        "Give the acting user's role the right Chat Messages: Edit (Zoom web portal > User "
        "Management > Roles), and add the user to the channel.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (300,),
        "either contact or channel",
        ONE_TARGET,
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (300,), "to_c", ONE_TARGET, TEAM_CHAT_API + " (to_channel, to_contact)"),
    Hint(
        "team_chat",
        (300,),
        "message does not exist",
        "Check reply_main_message_id: the first message of the thread may have been deleted, or "
        "stands in another channel.",
        TEAM_CHAT_API,
        ("POST",),
    ),
    Hint(
        "team_chat",
        (300,),
        "message does not exist",
        "Check message_id: the message may have been deleted, or sent to another channel.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (300,), "channel does not exist", f"{CHANNEL_ID}.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (300,),
        "send_time",
        "Choose a time at least 30 minutes and at most 180 days ahead.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (300,),
        "plain text message",
        "A message without files cannot gain one: send a new message.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (300,), "file size", "Send a smaller file, or a link to it.", TEAM_CHAT_API),
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
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (300,), "6 months", "Zoom lists six months: ask for less.", TEAM_CHAT_API),
    Hint("team_chat", (300,), "already exists", "Choose another name.", TEAM_CHAT_API),
    *(
        Hint("team_chat", (300,), words, TOO_LONG, TEAM_CHAT_API, ("POST", "PUT"))
        for words in ("too long", "length", "characters", "1024")
    ),
    Hint(
        "team_chat",
        (300,),
        "",
        "Check the arguments that Zoom names. By its reference a message has 1024 characters.",
        ERRORS + "; " + TEAM_CHAT_API,
        ("POST", "PUT"),
    ),
    Hint("team_chat", (300,), "", "Check the arguments that Zoom names.", ERRORS),
    Hint(
        "team_chat",
        (403,),
        "",
        "The acting user lacks the right: give the role Chat Messages: Edit; to act for another "
        "user, that user must allow shared access permissions in Zoom's settings.",
        "https://support.zoom.com (article 4413265586189); " + TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (1001,),
        "",
        "Zoom knows no such user: check Acting user (user_id) and to_contact, an e-mail address "
        "or user id of this account.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (4130,), "", f"{CHANNEL_ID}.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (4131, 5401),
        "",
        "Check message_id: Zoom knows no such message.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (5407,), "", "Check the id of the shared space.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (64041,),
        "",
        "Files have a host of their own, file.zoom.us: check Host in the connection.",
        ZOOMNET,
    ),
    Hint("team_chat", (404,), "", "Check the ids, and Host in the connection.", ERRORS),
    Hint(
        "team_chat",
        (409,),
        "",
        "Another call changes the same thing: make them one after the other.",
        ERRORS,
    ),
    Hint(
        "team_chat",
        (5301,),
        "",
        "Check that the acting user may post in this channel, and that the channel had no more "
        "than 10 messages in the last second (it is blocked for up to 300 s): wait, then send "
        "again.",
        TEAM_CHAT_API + " (which does not say how the block is signalled; inferred)",
    ),
    Hint(
        "team_chat",
        (5402,),
        "",
        "Give reply_main_message_id the first message of the thread, not a reply.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (5403,),
        "",
        "The account forbids files in chats: ask your Zoom admin (chat settings).",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (5404,), "", "Zoom knows no such file: upload it again.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (5045, 5405),
        "",
        "Correct the card's JSON; the app that sends it must own the card.",
        TEAM_CHAT_API,
    ),
    Hint(
        "team_chat",
        (5046, 5406),
        "",
        "card_id must be one of this same message.",
        TEAM_CHAT_API + " (5046 and 5406 look like one code misprinted; inferred)",
    ),
    Hint(
        "team_chat",
        (5418,),
        "",
        "The acting user may not chat with people outside: ask your Zoom admin.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (5421,), "", "One of the two has blocked the other: unblock.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (5419,),
        "",
        "The channel is end-to-end encrypted, which no app can write to: use another channel.",
        TEAM_CHAT_API,
    ),
    Hint("team_chat", (5420,), "", "The channel is archived: unarchive it.", TEAM_CHAT_API),
    Hint(
        "team_chat",
        (3216, 3217, 4231, 4232, 4233, 4234, *range(4100, 4107), 4200),
        "",
        f"Correct the argument that Zoom names. {NOT_USED}.",
        TEAM_CHAT_API + " (pins, threads, reminders)",
    ),
    Hint(
        "team_chat",
        (4300, 4301, 4302, 4400, 5306, 5333, *range(5506, 5512), 30010, 40090),
        "",
        f"{NOT_USED}.",
        TEAM_CHAT_API + " (batch delete, mention groups, custom emoji)",
    ),
)
