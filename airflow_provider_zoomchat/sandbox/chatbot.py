"""The Chatbot API: cards and Markdown from the app "Airflow Bot".

Sources: https://developers.zoom.us/docs/api/chatbot (OAS) for the codes and words; every refusal
carries ``"result": false``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from airflow_provider_zoomchat.sandbox import card_rules, world
from airflow_provider_zoomchat.sandbox.faults import refuse_flood
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, as_flag, refuse
from airflow_provider_zoomchat.sandbox.oauth import require_bot_token
from airflow_provider_zoomchat.sandbox.render.lines import plain_text
from airflow_provider_zoomchat.sandbox.state import Chat, Message


def send_message(call: Call) -> Answer:
    """``POST /v2/im/chat/messages``."""
    require_bot_token(call)
    body = _body(call)
    place = call.chat.world.by_jid(body.get("to_jid", ""))
    if place is None:
        raise _refuse(403, 7004, "No channel or user can be found with the given to_jid value.")
    reply_to = body.get("reply_to") or None
    if reply_to and (reply_to not in call.chat.messages or call.chat.messages[reply_to].deleted):
        # Not documented; it is what an edit of an unknown message hears.
        raise _refuse(404, 8001, "Invalid message_id value.")
    visible_to_user = _only_for(call.chat, body)
    if isinstance(place, world.Channel) and (place.archived or place.encrypted):
        # Not documented for bots; it is what a bot hears where it may not post.
        raise _refuse(403, 7004, "Not authorized.", why="the channel is archived or encrypted")
    refuse_flood(call, place)
    message = call.chat.post(
        Message(
            id=call.chat.bot_message_id(),
            api="chatbot",
            **place.message_fields,
            sender=world.CHATBOT.name,
            sender_id=world.ROBOT_JID,
            text=plain_text(body["content"]),
            content=body["content"],
            is_markdown_support=body["is_markdown_support"],
            visible_to_user=visible_to_user,
            reply_to=reply_to,
        ),
        len(call.content),
    )
    return Answer(201, _receipt(call.chat, message, body))


def edit_message(call: Call, message_id: str) -> Answer:
    """``PUT /v2/im/chat/messages/{message_id}``: the new card replaces the old one as a whole."""
    require_bot_token(call)
    body = _body(call)
    message = _message(call.chat, message_id, "Invalid message_id value.")
    # Zoom's guide lists it for an edit; what one without does to it, no source tells.
    message.visible_to_user = _only_for(call.chat, body) or message.visible_to_user
    call.chat.edit(message, plain_text(body["content"]), len(call.content))
    message.content = body["content"]
    message.is_markdown_support = body["is_markdown_support"]
    return Answer(200, _receipt(call.chat, message, body, zone=" +0000"))


def delete_message(call: Call, message_id: str) -> Answer:
    """``DELETE /v2/im/chat/messages/{message_id}``, the account and the bot in the query."""
    require_bot_token(call)
    # Zoom's guide "Send, Edit, and Delete Messages" has them in the body.
    body = call.json_value if isinstance(call.json_value, dict) else call.form_fields or {}
    texts = {name: value for name, value in body.items() if isinstance(value, str)}
    parameters = {**call.query, **texts}
    _check_bot(parameters)
    message = _message(call.chat, message_id, "Invalid message_id.")
    call.chat.delete(message)
    return Answer(200, _receipt(call.chat, message, parameters, zone=" +0000"))


def _body(call: Call) -> dict[str, Any]:
    """Return a body whose bot, types and card are in order."""
    body = call.json_value
    if call.content_type != "application/json" or not isinstance(body, dict):
        raise _bad_body("the body is not a JSON object, or not declared as application/json")
    for name in ("robot_jid", "account_id", "to_jid", "user_jid", "visible_to_user", "reply_to"):
        if not isinstance(body.get(name, ""), str):
            raise _bad_body(f"{name} must be a text")
    body = {**body, "content": card_rules.with_flags(body.get("content"))}
    is_markdown = as_flag(body.get("is_markdown_support", False))
    if not isinstance(is_markdown, bool):
        raise _bad_body("is_markdown_support must be true or false")
    body["is_markdown_support"] = is_markdown
    _check_bot(body)
    fault = card_rules.fault_in(body.get("content"), is_markdown)
    if fault:
        raise _bad_body(fault)
    return body


def _check_bot(parameters: Mapping[str, Any]) -> None:
    if not parameters.get("account_id"):
        # Required by the specification; some of Zoom's samples leave it out, untold with what luck.
        raise _bad_body("account_id is missing")
    robot_jid = parameters.get("robot_jid", "")
    if not re.fullmatch(r"v1[^@]+@xmpp(dev)?\.zoom\.us", robot_jid):
        raise _refuse(404, 7002, "Invalid robot_jid value specified in the Request Body.")
    if robot_jid != world.ROBOT_JID:
        raise _refuse(403, 7003, "No Chatbot can be found with the given robot_jid value.")
    if parameters["account_id"] != world.ACCOUNT_ID:
        # The app was never added on that account.
        raise _refuse(403, 7004, "Not authorized.")


def _only_for(chat: Chat, body: Mapping[str, Any]) -> str | None:
    """Return the only user who is to see a message."""
    person = body.get("visible_to_user") or None
    # The prose says user id, the example is a JID: either is taken. The refusal is a guess.
    if person and chat.world.user(person) is None:
        raise _refuse(403, 7004, "Not authorized.", why="visible_to_user is nobody")
    return person


def _message(chat: Chat, message_id: str, unknown: str) -> Message:
    message = chat.messages.get(message_id)
    if message is None or message.deleted or message.api != "chatbot":
        raise _refuse(404, 8001, unknown)
    return message


def _receipt(
    chat: Chat, message: Message, parameters: Mapping[str, Any], zone: str = ""
) -> dict[str, str]:
    place = chat.world.channel(message.channel or "") or chat.world.user(message.contact or "")
    receipt = {
        "message_id": message.id,
        "robot_jid": world.ROBOT_JID,
        "to_jid": place.jid if place else "",
        "sent_time": chat.timestamp()[:19].replace("T", " ") + zone,
    }
    if parameters.get("user_jid"):
        receipt["user_jid"] = parameters["user_jid"]
    return receipt


def _bad_body(why: str) -> Refusal:
    return _refuse(400, 7001, "Invalid Request Body format.", why=why)


_refuse = partial(refuse, result=False)
