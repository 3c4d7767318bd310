"""The cards of a user's message: ``interactive_cards``, each a card in a text of JSON.

Source: https://developers.zoom.us/docs/api/team-chat (OAS). The app that calls has to own a card;
in the sandbox it does.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from airflow_provider_zoomchat.sandbox import cards
from airflow_provider_zoomchat.sandbox.calls import Refusal, parse_json

Card = Mapping[str, Any]


def made(items: Iterable[Card]) -> list[dict[str, str]]:
    """Return the cards of a new message, each with an id of its own.

    :raises Refusal: one of them is none; then none of the message is taken.
    """
    return [_made(item, 5405) for item in items]


def edited(items: Iterable[Card], before: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Return the cards of a message behind an edit.

    :param items: each with the ``card_id`` of one to keep, or else with the ``card_json`` of a
        new one.
    :param before: the cards the message had; no other message's can be kept.
    :raises Refusal: one of them is none, or not among those before.
    """
    known = {card["card_id"]: card for card in before}
    return [
        _kept(item["card_id"], known) if item.get("card_id") else _made(item, 5045)
        for item in items
    ]


def _made(item: Card, code: int) -> dict[str, str]:
    text = item.get("card_json")
    card = parse_json(text) if isinstance(text, str) else None
    if isinstance(card, dict):
        # The schema has no place for is_markdown_support but the single message.
        fault = cards.fault_in(cards.with_flags(card.get("content")), is_markdown=False)
    else:
        fault = 'card_json must be a text of JSON such as {"content": {...}}'
    if fault or not isinstance(text, str):
        raise _refuse(code, "Failed to create interactive card.", fault or "")
    return {"card_id": uuid.uuid4().hex[:22], "card_json": text}


def _kept(card_id: Any, known: Mapping[str, dict[str, str]]) -> dict[str, str]:
    if not isinstance(card_id, str) or card_id not in known:
        said = f"Interactive Cards does not exist: {card_id}."
        raise _refuse(5046, said, "card_id is of no card here")
    return known[card_id]


def _refuse(code: int, message: str, why: str) -> Refusal:
    return Refusal(400, {"code": code, "message": message}, why=why)
