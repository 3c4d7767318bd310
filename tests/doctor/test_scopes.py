"""What an app must be allowed, as `Test connection` and the doctor tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from airflow_provider_zoomchat.hooks import app_types
from airflow_provider_zoomchat.hooks.app_types import APP_TYPES
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.sandbox import Sandbox, world


def test_every_kind_of_app_has_its_scopes() -> None:
    """The scopes of each app type begin with what sending needs; a webhook has none."""
    for name, app_type in APP_TYPES.items():
        if name == "incoming_webhook":
            assert not app_type.scopes
        else:
            assert app_type.scopes[0].action.startswith("send")
            assert app_type.scopes[0].needed


@pytest.mark.parametrize("app", [world.SERVER_TO_SERVER, world.CHATBOT], ids=lambda app: app.name)
def test_the_sandboxs_apps_lack_nothing_that_is_needed(app: world.App) -> None:
    """The two readings of Zoom's documentation agree."""
    kind = "chatbot" if app is world.CHATBOT else "server_to_server"
    assert not [s for s in app_types.lacking(APP_TYPES[kind], app.scope.split()) if s.needed]


def test_a_test_of_the_connection_names_what_is_missing(
    zoom: Sandbox, connect: Callable[..., ZoomHook]
) -> None:
    """An app that may send, but not edit, passes the test, which says what it lacks."""
    scope = "team_chat:write:user_message:admin team_chat:delete:user_message:admin"
    body = {"access_token": "t", "expires_in": 3600, "scope": scope}
    zoom.fail(200, path="/oauth/token", body=body)
    works, text = connect().test_connection()
    assert works
    assert text.endswith(
        " The app lacks the scope team_chat:update:user_message:admin or chat_message:write:admin "
        "(to edit messages). Add it at marketplace.zoom.us > Manage > Created Apps > your app > "
        "Scopes > Add Scopes; a new token is fetched by itself."
    )
