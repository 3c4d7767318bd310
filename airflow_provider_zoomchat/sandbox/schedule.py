"""Messages that are to be posted later: Zoom calls each a draft until its time has come.

Whoever uses it holds the lock of the state.
"""

from __future__ import annotations

import uuid
from bisect import insort
from dataclasses import replace
from operator import attrgetter

from airflow_provider_zoomchat.sandbox.fields import moment
from airflow_provider_zoomchat.sandbox.http import refuse
from airflow_provider_zoomchat.sandbox.state import Chat, Message

SOONEST = 30 * 60  # seconds from now, and a little more
LATEST = 180 * 24 * 60 * 60


def keep(chat: Chat, message: Message, scheduled_time: str) -> Message:
    """Keep a message until its time; return it, with the draft's id as its own.

    :raises Refusal: the time is none, or too near or too far.
    """
    due = moment(scheduled_time)
    if due is None or not SOONEST < due - chat.now() <= LATEST:
        # https://developers.zoom.us/docs/api/team-chat (OAS). The words do name another field; that
        # they also answer what is no time is assumed.
        raise refuse(
            400,
            300,
            "Invalid parameter: send_time. The time requirement is more than 30 minutes from now "
            "and within 180 days.",
        )
    draft = replace(message, scheduled_time=scheduled_time, time=chat.timestamp())
    insort(chat.drafts, draft, key=attrgetter("scheduled_time"))
    return draft


def post_due(chat: Chat) -> None:
    """Post the messages whose time has come.

    Each gets an id of its own, which is assumed: no page tells what becomes of the draft's.
    """
    while chat.drafts and chat.drafts[0].scheduled_time[:19] <= chat.timestamp()[:19]:
        draft = chat.drafts.pop(0)
        posted = replace(draft, id=str(uuid.uuid4()), scheduled_time="", draft_id=draft.id)
        chat.post(posted).time = f"{draft.scheduled_time[:19]}.000Z"
