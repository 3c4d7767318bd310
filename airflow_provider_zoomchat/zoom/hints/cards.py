"""What Zoom says to bots, and through incoming webhooks."""

from __future__ import annotations

from .row import APP, CHATBOT, ERRORS, GOHOOK, NOT_USED, ZOOMNET, Hint

CARDS: tuple[Hint, ...] = (
    Hint(
        "chatbot",
        (7001,),
        "",
        "Simplify the card: Zoom takes no markdown together with style, link or editable, no style "
        "together with link, and no block it does not know. A user-managed app needs User JID "
        "(user_jid) too.",
        f"{CHATBOT}; {ZOOMNET}",
    ),
    Hint(
        "chatbot",
        (124,),
        "",
        "A fresh token did not help. Check that the app is activated and added to this account "
        f"({APP} > Local Test > Add App Now), and that Client ID and Client secret are those of "
        "the General App with this bot.",
        f"{ERRORS}; {CHATBOT}",
    ),
    Hint(
        "chatbot",
        (7010, 401),
        "",
        "The token is not this bot's. Fill Client ID and Client secret of the General App itself, "
        f"not of a Server-to-Server app: {APP} > App Credentials.",
        f"{CHATBOT}; devforum.zoom.us 88038",
    ),
    Hint(
        "chatbot",
        (7002, 7003),
        "",
        f"Copy Bot JID again from {APP} > Features > Surface > Team Chat Subscription; "
        "Development and Production have different ones.",
        CHATBOT,
    ),
    Hint(
        "chatbot",
        (7004,),
        "",
        f"Add the app to this account ({APP} > Local Test > Add App Now), check to_jid, and use "
        "an admin-managed app to reach people who did not add it.",
        f"{CHATBOT}; {ZOOMNET} PR 312",
    ),
    Hint(
        "chatbot",
        (8001,),
        "",
        "Check message_id: this bot has no such message; it may have been deleted.",
        CHATBOT,
    ),
    Hint("chatbot", (8002,), "", f"{NOT_USED}.", CHATBOT + " (unfurls)"),
    Hint(
        "chatbot",
        (104, 4700, 4711),
        "",
        f"Add the scope imchat:bot at {APP} > Scopes; a new token is fetched by itself.",
        ERRORS,
    ),
    Hint("chatbot", (300,), "", "Check the arguments that Zoom names.", ERRORS),
    # The incoming webhook answers with a short text and no code.
    Hint(
        "webhook",
        (),
        "missed timestamp",
        "This is a signed webhook: fill Signing secret in the connection.",
        GOHOOK,
    ),
    Hint(
        "webhook",
        (),
        "invalid signature",
        "Copy Verification token (and Signing secret, if the webhook is signed) again, and check "
        "this machine's clock: a signature ends after 30 minutes.",
        GOHOOK,
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
        GOHOOK,
    ),
)
