from __future__ import annotations

import pytest

from airflow_provider_zoomchat.zoom.error_codes import ADD_SCOPES, HINTS, advice

#: The codes that Zoom's documents and people's reports name for the calls that are made; where an
#: answer has none, its status counts.
CODES = {
    "token": "409 4700 4702 4704 4705 4706 4709 4711 4717 4724 4732 4733 4734 "
    "4735 4737 4738 4740 4741",
    "team_chat": "100 104 106 124 200 300 401 403 404 413 1001 4130 4131 4231 4232 4233 4234 4700 "
    "4711 5045 5046 5301 5401 5402 5403 5404 5405 5406 5418 5419 5420 5421 64041",
    "chatbot": "104 124 300 401 4700 4711 7001 7002 7003 7004 7010 8001",
    "webhook": "400 401 403 404 413",
}


def test_every_known_code_has_a_remedy() -> None:
    """No code that is known leaves its reader alone, and none is in a row that is not known."""
    for api, codes in CODES.items():
        known = set(map(int, codes.split()))
        assert {code for hint in HINTS[api] for code in hint.codes} == known
        for code in known:
            assert advice(api, 400, code, ""), (api, code)


@pytest.mark.parametrize(
    ("api", "status", "code", "words", "remedy"),
    [
        ("token", 400, None, "Invalid client_id or client_secret", "Copy Client ID and Client sec"),
        ("token", 400, None, "Account does not exist", "Copy Account ID again"),
        ("token", 400, None, "Account does not enabled the OAuth app type", "App type in the conn"),
        ("token", 400, None, "Unsupported grant type", "App type in the connection does not fit"),
        ("token", 400, 4705, "", "App type in the connection does not fit"),
        ("team_chat", 401, None, "", "A fresh token did not help"),
        ("team_chat", 400, 4711, "does not contain scopes:[a]", "Add the scopes that Zoom names"),
        ("team_chat", 400, 200, "Only the sender of this message can", "Edit and delete as the u"),
        ("team_chat", 400, 200, "The contact or the channel parameter is", "Give to_channel or"),
        ("team_chat", 403, 200, "No permission", "Give the acting user's role the right Chat M"),
        ("team_chat", 400, 300, "Message does not exist: m", "Check message_id"),
        ("team_chat", 400, 300, "Channel does not exist: m", "Copy the id of the channel"),
        ("team_chat", 400, 300, "Maximum file size exceeded: 5", "Send a smaller file"),
        ("team_chat", 400, 300, "Validation Failed.", "Check the arguments that Zoom names"),
        ("chatbot", 401, 7010, "Invalid authorization token.", "The token is not this bot's"),
        ("chatbot", 401, None, "", "The token is not this bot's"),
        ("chatbot", 401, 124, "Invalid access token.", "A fresh token did not help"),
        ("team_chat", 400, 300, "Must provide either contact or channel", "Give exactly"),
        ("team_chat", 400, 300, "Validation Failed. (to_channel: no)", "Give exactly one of"),
        ("token", 409, None, "", "The app asked for two tokens at the same moment"),
        ("webhook", 401, None, "Invalid signature", "Copy Verification token (and Signing"),
        ("webhook", 400, None, "Missed timestamp", "This is a signed webhook"),
        ("webhook", 400, None, "Failed to send bot message", "Usually whoever made the webhook"),
        ("webhook", 400, None, "x", "Shorten the message"),
    ],
)
def test_words_choose_the_remedy(
    api: str, status: int, code: int | None, words: str, remedy: str
) -> None:
    """One code means many things, and Zoom's words tell which."""
    assert advice(api, status, code, words).startswith(remedy)


@pytest.mark.parametrize(
    ("method", "code", "words", "remedy"),
    [
        ("POST", 300, "The message is too long.", "Shorten the message"),
        ("PUT", 300, "message: maximum length is 1024", "Shorten the message"),
        ("POST", 300, "Validation Failed.", "Check the arguments that Zoom names. By its"),
        ("DELETE", 300, "Validation Failed.", "Check the arguments that Zoom names."),
        ("GET", 300, "Invalid parameter: page_size.", "Check the arguments that Zoom names."),
        ("POST", 300, "Message does not exist: m.", "Check reply_main_message_id"),
        ("PUT", 300, "Message does not exist: m.", "Check message_id"),
        ("GET", 200, "No permission to access this channel.", "Add the acting user to the members"),
        ("POST", 200, "No permission.", "Give the acting user's role the right Chat Messages"),
        ("GET", 4711, "does not contain scopes:[user:read]", "Add the scopes that Zoom names"),
        (
            "PATCH",
            4711,
            "does not contain scopes:[x]",
            f"{ADD_SCOPES} Reactions need team",
        ),
        ("PATCH", 403, "Authenticated user has not permitted", "The acting user lacks the right"),
        ("GET", 403, "Authenticated user has not permitted", "Give the acting user's role the r"),
        ("GET", 300, "Only provide past chat messages in recent 6 months.", "Zoom lists messages"),
    ],
)
def test_the_call_chooses_the_remedy(method: str, code: int, words: str, remedy: str) -> None:
    """What a code means depends on what was to be done, and nobody is told of another call."""
    found = advice("team_chat", 400, code, words, method)
    assert found.startswith(remedy)
    assert method in ("POST", "PUT") or "1024" not in found
    assert "Messages need" not in found


def test_an_unknown_code_gets_no_remedy() -> None:
    """Nothing is made up where nothing is known."""
    assert advice("team_chat", 400, 99999, "") == ""


def test_every_row_is_whole_and_in_reach() -> None:
    """A row has sentences, a source, words in lower case, and is the first that fits an answer."""
    assert HINTS.keys() == CODES.keys()
    for api, hint in [(api, hint) for api, hints in HINTS.items() for hint in hints]:
        assert hint.advice.endswith(".")
        assert hint.source
        assert hint.words == hint.words.lower()
        code = hint.codes[0] if hint.codes else None
        method = hint.methods[0] if hint.methods else ""
        assert any(
            advice(api, 400, code, words, method) == hint.advice for words in (hint.words, "")
        ), hint
