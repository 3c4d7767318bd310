"""File upload, and the way back: what was uploaded can be looked at.

Source: https://developers.zoom.us/docs/api/team-chat (OAS). Zoom takes files on a host of their
own, ``file.zoom.us``, alone; the sandbox plays all of Zoom's hosts at once.
"""

from __future__ import annotations

import uuid
from urllib.parse import quote

from airflow_provider_zoomchat.sandbox.channels import acting_user
from airflow_provider_zoomchat.sandbox.http import Answer, Call, Refusal, Upload, refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message
from airflow_provider_zoomchat.sandbox.tokens import require_user_token


def upload(chat: Chat, call: Call, user_id: str) -> Answer:
    """``POST /v2/chat/users/{userId}/files``, a multipart form with the part ``file``."""
    require_user_token(chat, call, status=400)  # the file host's own status for code 124
    user = acting_user(chat, call, user_id)
    file = chat.store_file(_file(call, chat.file_limit), user.email)
    # On unless it is switched off.
    if call.query.get("postToPersonalChat", "true").lower() != "false":
        chat.post(
            Message(
                id=str(uuid.uuid4()),
                api="team_chat",
                channel=None,
                channel_name=None,
                contact=user.email,
                sender=user.display_name,
                sender_id=user.email,
                text="",
                file_ids=[file.id],
                files=[vars(file)],
            )
        )
    return Answer(201, {"id": file.id})


def serve(chat: Chat, call: Call, file_id: str) -> Answer:
    """``GET /sandbox/files/{id}``: the bytes; a picture is shown, all else is downloaded."""
    try:
        content = chat.files.open(file_id)
    except LookupError as error:
        raise Refusal(404, f"{error.args[0]}\n") from None
    file = chat.files.known[file_id]
    disposition = "inline" if file.image else "attachment"
    name = quote(file.name, safe="", errors="replace")
    return Answer(
        200,
        content,
        {
            # Nobody vouches for what a file says it is, and it stands on the sandbox's own origin.
            "content-type": file.image or "application/octet-stream",
            "content-disposition": f"{disposition}; filename*=UTF-8''{name}",
            "x-content-type-options": "nosniff",
            "content-security-policy": "default-src 'none'; sandbox",
        },
    )


def _file(call: Call, limit: int) -> Upload:
    """Return the one file of a form; the words of most refusals are not documented."""
    if call.content_type != "multipart/form-data":
        raise refuse(400, 300, "The request body must be multipart/form-data.")
    if call.form_fault:
        raise refuse(400, 300, call.form_fault)
    file = call.uploads.get("file")
    if file is None or not file.filename:
        raise refuse(400, 300, "The multipart form has no file in a part named 'file'.")
    if len(call.uploads) > 1:
        # Assumed: a call takes one file, as the answer has room for one id.
        raise refuse(400, 300, "The multipart form has more than one file.")
    if file.size > limit:
        raise refuse(400, 300, f"Maximum file size exceeded: {limit} bytes.")
    if file.size == 0:
        # Assumed: what becomes of a file without a byte is not documented.
        raise refuse(400, 300, "The file is empty.")
    return file
