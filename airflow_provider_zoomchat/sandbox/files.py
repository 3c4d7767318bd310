"""File upload, as far as ``file_ids`` of a message need it."""

from __future__ import annotations

import uuid

from airflow_provider_zoomchat.sandbox.calls import Answer, Call, refuse
from airflow_provider_zoomchat.sandbox.channels import acting_user
from airflow_provider_zoomchat.sandbox.chat import Chat, Message
from airflow_provider_zoomchat.sandbox.tokens import require_user_token


def upload(chat: Chat, call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/files``, a multipart form with the part ``file``.

    Source: https://developers.zoom.us/docs/api/team-chat (OAS).
    """
    require_user_token(chat, call, status=400)  # the file host's own status for code 124
    user = acting_user(chat, call, user_id)
    file = call.uploads.get("file")
    if file is None:
        raise refuse(400, 300, "The multipart form has no file in a part named 'file'.")
    file_id = chat.store_file(file.filename)
    if call.query.get("postToPersonalChat", "true").lower() != "false":
        chat.post(
            Message(
                id=str(uuid.uuid4()),
                door="team_chat",
                channel=None,
                channel_name=None,
                contact=user.email,
                sender=user.display_name,
                sender_id=user.email,
                text=file.filename,
                file_ids=[file_id],
            )
        )
    return Answer(201, {"id": file_id})
