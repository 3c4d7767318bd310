"""The incoming webhook: text, fields or a card into the one channel it belongs to.

Sources: https://support.zoom.com KB0067640; where that is silent, what users of the real service
saw. Refusals are short texts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

from airflow_provider_zoomchat.sandbox import card_rules, world
from airflow_provider_zoomchat.sandbox.faults import refuse_flood
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, as_flag
from airflow_provider_zoomchat.sandbox.render.lines import plain_text
from airflow_provider_zoomchat.sandbox.state import Message

VALID_SECONDS = 30 * 60
# Zoom refuses what is too long, at a length it does not tell; clients cut at 3500 bytes to 4000
# characters.
MOST_CHARACTERS = 4000


def post(call: Call, webhook_id: str) -> Answer:
    """``POST /chat/webhooks/incomingwebhook/{id}``, and the older ``/incoming/hook/{id}``."""
    webhook = world.WEBHOOKS.get(webhook_id)
    if webhook is None:
        raise Refusal(404, "Not found")  # not documented
    _authenticate(call, webhook)
    is_markdown, content, text = _read(call)
    if len(text) > MOST_CHARACTERS:
        raise Refusal(400, "Message is too long")
    refuse_flood(call, webhook.channel)
    call.chat.post(
        Message(
            id=str(uuid.uuid4()),
            api="incoming_webhook",
            **webhook.channel.message_fields,
            sender=webhook.name,
            sender_id=webhook.name,
            text=text,
            content=content,
            is_markdown_support=is_markdown,
        ),
        len(call.content),
    )
    return Answer(200, "ok")  # the body of a success is not documented; no message id comes back


def _authenticate(call: Call, webhook: world.Webhook) -> None:
    given = call.headers.get("authorization", "")
    expected = webhook.verification_token  # raw: a scheme such as Bearer in front is refused
    if webhook.secret_token is not None:
        timestamp = call.query.get("timestamp", "")
        if not (timestamp.isdecimal() and len(timestamp) < 20):
            raise Refusal(400, "Missed timestamp")
        if abs(call.chat.now() - int(timestamp) / 1000) > VALID_SECONDS:
            raise Refusal(401, "Invalid signature", why="the timestamp is more than 30 minutes off")
        signed = f"{call.query.get('format', '')}&{timestamp}&".encode() + call.content
        digest = hmac.new(webhook.secret_token.encode(), signed, hashlib.sha256).digest()
        # The article says base64url; the standard alphabet is what works.
        expected = base64.b64encode(digest).decode()
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refusal(401, "Invalid signature")


def _read(call: Call) -> tuple[bool, Any, str]:
    """Return whether the message is Markdown, its card or None, and its text."""
    try:
        text = call.content.decode()
    except UnicodeDecodeError:
        raise _refuse("the body is not UTF-8") from None
    if not text.strip():
        raise _refuse("the body is empty")
    layout = call.query.get("format")
    if layout == "message":
        return False, None, text  # bare text: quotation marks around it would be shown
    if layout == "fields":
        return _fields(call.json_value)
    if layout == "full":
        return _full(call.json_value)
    if layout is not None:
        # list, upload and img exist; their bodies are not documented.
        raise _refuse(f"the sandbox does not play format={layout}")
    if isinstance(call.json_value, (dict, list)):
        raise _refuse("JSON needs a format in the query")
    return False, None, text


def _fields(values: Any) -> tuple[bool, Any, str]:
    flat = isinstance(values, dict) and all(
        isinstance(value, (str, int, float)) for value in values.values()
    )
    if not flat or not values:
        raise _refuse("format=fields needs a flat JSON object")
    items = [
        {"key": key, "value": value if isinstance(value, str) else json.dumps(value)}
        for key, value in values.items()
    ]
    content = {"body": [{"type": "fields", "items": items}]}
    return False, content, plain_text(content)


def _full(body: Any) -> tuple[bool, Any, str]:
    if not isinstance(body, dict) or "content" not in body:
        raise _refuse("format=full needs a JSON object with content")
    is_markdown = as_flag(body.get("is_markdown_support", False))
    content = card_rules.with_flags(body["content"])
    if not isinstance(is_markdown, bool):
        raise _refuse("is_markdown_support must be true or false")
    fault = card_rules.fault_in(content, is_markdown)
    if fault:
        raise _refuse(fault)
    return is_markdown, content, plain_text(content)


def _refuse(why: str) -> Refusal:
    return Refusal(400, "Invalid message format", why=why)  # Zoom's words are not documented
