"""The connection: what its form shows, what is read of it, and what is wrong with it."""

from __future__ import annotations

import dataclasses
import importlib
import importlib.util
import json
import re
from importlib.metadata import entry_points
from types import SimpleNamespace
from typing import Any

import pytest
from airflow import __version__ as airflow_version

from airflow_provider_zoomchat.get_provider_info import get_provider_info
from airflow_provider_zoomchat.hooks.app_types import APP_TYPES
from airflow_provider_zoomchat.hooks.connection import (
    SECRETS,
    STANDARD,
    Settings,
    field_label,
    read_connection,
)
from airflow_provider_zoomchat.hooks.zoom import ZoomHook
from airflow_provider_zoomchat.zoom.errors import ConfigError

AIRFLOW = tuple(int(part) for part in airflow_version.split(".")[:2])
FORM = get_provider_info()["connection-types"][0]
S2S: dict[str, Any] = {"login": "id", "password": "s3cret", "account_id": "acc"}
BOT = {**S2S, "app_type": "chatbot", "robot_jid": "v1bot@xmpp.zoom.us"}
HOOK = {
    "app_type": "incoming_webhook",
    "webhook_url": "https://integrations.zoom.us/chat/webhooks/incomingwebhook/id7",
    "verification_token": "vt0ken",
}


def connection(**fields: Any) -> Any:
    """Return what an Airflow connection with these fields looks like to the hook."""
    standard = {name: fields.pop(name, None) for name in ("host", "login", "password", "port")}
    return SimpleNamespace(**standard, extra=fields.pop("extra", json.dumps(fields)))


def refusal(**fields: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        read_connection(connection(**fields), "Connection 'zoom_prod'")
    return str(caught.value)


def test_the_form_has_every_field_that_is_read() -> None:
    """The fields of the form and the fields that the hook reads are the same."""
    read = {field.name for field in dataclasses.fields(Settings)}
    assert read - set(STANDARD) == set(FORM["conn-fields"])
    hidden = FORM["ui-field-behaviour"]["hidden-fields"]
    assert set(hidden).isdisjoint(STANDARD.values())
    assert FORM["conn-fields"]["app_type"]["schema"]["enum"] == list(APP_TYPES)


def test_every_field_is_explained() -> None:
    """Each field has a label and a description, may be left blank, and hides what is secret."""
    for name, field in FORM["conn-fields"].items():
        assert field["label"]
        assert field["description"].endswith(".")
        assert "null" in field["schema"]["type"]
        assert (field["schema"].get("format") == "password") == (name in SECRETS)


@pytest.mark.skipif(AIRFLOW == (3, 0), reason="Airflow 3.0 has a form only with the FAB provider")
def test_airflow_shows_the_form() -> None:
    """Airflow's own reader of forms, of whichever version, finds every field as it is meant."""
    hook, fields, standard = airflows_form()
    assert hook == "Zoom Team Chat"
    assert set(fields) == set(FORM["conn-fields"])
    for name, field in FORM["conn-fields"].items():
        schema = field["schema"]
        assert fields[name] == {
            "label": field["label"],
            "description": field["description"],
            "type": schema["type"][0],
            "default": schema.get("default"),
            "choices": schema.get("enum"),
            "password": schema.get("format") == "password",
        }
    assert standard["relabeling"] == {"login": "Client ID", "password": "Client secret"}
    assert {"port", "schema"} <= set(standard["hidden"])


def airflows_form() -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return what this Airflow would show: the type's name, its fields, the standard fields."""
    if AIRFLOW < (3, 0):
        return airflow_2_form()
    from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService

    (meta,) = [one for one in HookMetaService.hook_meta_data() if one.connection_type == "zoom"]
    fields = {
        name: {
            "label": field["schema"]["title"],
            "description": field["description"],
            "type": field["schema"]["type"][0],
            "default": field["value"],
            "choices": field["schema"].get("enum"),
            "password": field["schema"].get("format") == "password",
        }
        for name, field in (meta.extra_fields or {}).items()
    }
    shown = meta.standard_fields.model_dump() if meta.standard_fields else {}
    named = {"url_schema": "schema"}
    known = {named.get(name, name): field for name, field in shown.items() if field}
    return (
        str(meta.hook_name),
        fields,
        {
            "relabeling": {name: f["title"] for name, f in known.items() if f["title"]},
            "hidden": [name for name, f in known.items() if f["hidden"]],
        },
    )


def airflow_2_form() -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the same for Airflow 2, whose form is made of WTForms fields."""
    from airflow.providers_manager import ProvidersManager
    from wtforms import BooleanField, Form, IntegerField, PasswordField
    from wtforms.validators import AnyOf

    manager = ProvidersManager()  # type: ignore[no-untyped-call]
    widgets = {
        info.field_name: info.field
        for info in manager.connection_form_widgets.values()
        if info.package_name == "airflow-provider-zoomchat"
    }
    form = type("ConnectionForm", (Form,), widgets)()
    kinds = {BooleanField: "boolean", IntegerField: "integer"}
    fields = {
        name: {
            "label": str(form[name].label.text),
            "description": form[name].description,
            "type": kinds.get(type(form[name]), "string"),
            "default": form[name].default,
            "choices": next(
                (v.values for v in form[name].validators if isinstance(v, AnyOf)), None
            ),
            "password": isinstance(form[name], PasswordField),
        }
        for name in widgets
    }
    behaviour: Any = manager.field_behaviours["zoom"]
    hook = manager.hooks["zoom"]
    assert hook is not None
    standard = {"relabeling": behaviour["relabeling"], "hidden": behaviour["hidden_fields"]}
    return hook.hook_name, fields, standard


@pytest.mark.skipif(AIRFLOW >= (3, 0), reason="only Airflow 2 posts the fields of a form")
def test_an_edited_form_keeps_its_secrets() -> None:
    """A saved secret is neither shown nor lost: Airflow 2 gets its own sign for "leave it"."""
    from airflow.www.views import SENSITIVE_FIELD_PLACEHOLDER
    from werkzeug.datastructures import MultiDict
    from wtforms import Form

    form = type("ConnectionForm", (Form,), ZoomHook.get_connection_form_widgets())
    kept = str(form(data={"verification_token": "vt0ken"})["verification_token"]())
    assert SENSITIVE_FIELD_PLACEHOLDER in kept
    assert "vt0ken" not in kept
    assert SENSITIVE_FIELD_PLACEHOLDER not in str(form()["verification_token"]())
    typed = form(MultiDict({"verification_token": "vt0ken"}))["verification_token"]
    assert SENSITIVE_FIELD_PLACEHOLDER not in str(typed())
    posted_back = form(MultiDict({"verification_token": SENSITIVE_FIELD_PLACEHOLDER}))
    assert SENSITIVE_FIELD_PLACEHOLDER in str(posted_back["verification_token"]())


def test_the_metadata_fits_airflows_schemas() -> None:
    """The metadata holds to the schemas that Airflow ships, the stricter one included."""
    from importlib.resources import files

    import jsonschema

    info = get_provider_info()
    runtime = json.loads(files("airflow").joinpath("provider_info.schema.json").read_text())
    jsonschema.validate(info, runtime)
    strict = json.loads(files("airflow").joinpath("provider.yaml.schema.json").read_text())
    kinds = strict["properties"]["connection-types"]
    jsonschema.validate(
        info["connection-types"], {"definitions": strict.get("definitions", {}), **kinds}
    )


def test_every_class_in_the_metadata_exists() -> None:
    """What the metadata names can be imported."""
    text = json.dumps(get_provider_info())
    for name in set(re.findall(r"airflow_provider_zoomchat\.[\w.]+", text)):
        module, _, last = name.rpartition(".")
        if last[0].isupper():
            assert hasattr(importlib.import_module(module), last), name
        else:
            assert importlib.import_module(name)


def test_the_entry_point() -> None:
    """Airflow finds the provider by its entry point, under the name of the distribution."""
    (point,) = [
        point
        for point in entry_points(group="apache_airflow_provider")
        if point.value.startswith("airflow_provider_zoomchat.")
    ]
    assert point.dist is not None
    assert point.load()()["package-name"] == point.dist.name == "airflow-provider-zoomchat"


def test_smallest_connections() -> None:
    """Each kind of app needs no more than the design says; blanks count as left out."""
    assert read_connection(connection(**S2S), "").app_type == "server_to_server"
    assert read_connection(connection(**BOT), "").robot_jid == "v1bot@xmpp.zoom.us"
    hook = read_connection(connection(**HOOK, host="", login="", user_id=" "), "")
    assert (hook.host, hook.user_id, hook.muted, hook.timeout) == (None, None, False, 10.0)


@pytest.mark.parametrize(
    ("fields", "timeout", "muted"),
    [
        ({"timeout": "", "muted": ""}, 10.0, False),
        ({"timeout": 5, "muted": True}, 5.0, True),
        ({"timeout": "2.5", "muted": "true"}, 2.5, True),
        ({"timeout": None, "muted": None}, 10.0, False),
    ],
)
def test_forms_give_texts(fields: dict[str, Any], timeout: float, muted: bool) -> None:
    """Numbers and switches may come as texts or blank."""
    settings = read_connection(connection(**S2S, **fields), "")
    assert (settings.timeout, settings.muted) == (timeout, muted)


@pytest.mark.parametrize(
    ("host", "port", "api"),
    [
        ("http://127.0.0.1", 8765, "http://127.0.0.1:8765/v2"),
        ("http://127.0.0.1:8765", 8765, "http://127.0.0.1:8765/v2"),
        ("zoomgov.com", None, "https://api.zoomgov.com/v2"),
        (None, None, "https://api.zoom.us/v2"),
    ],
)
def test_hosts(host: str | None, port: int | None, api: str) -> None:
    """A connection given as a URI keeps the port apart."""
    assert read_connection(connection(**S2S, host=host, port=port), "").hosts.api == api


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"login": "id"},
            "Connection 'zoom_prod': It lacks Client secret (password) and Account ID (extra "
            "account_id), which App type 'server_to_server' needs.",
        ),
        (
            {**S2S, "app_type": "chatbot"},
            "Connection 'zoom_prod': It lacks Bot JID (extra robot_jid), which App type 'chatbot' "
            "needs.",
        ),
        (
            {"app_type": "incoming_webhook"},
            "Connection 'zoom_prod': It lacks Webhook URL (extra webhook_url) and Verification "
            "token (extra verification_token) or Signing secret (extra secret_token), which App "
            "type 'incoming_webhook' needs.",
        ),
        (
            {**S2S, "app_type": "slack"},
            "Connection 'zoom_prod': App type (extra app_type) is 'slack', which is none of "
            "server_to_server, user_oauth, chatbot and incoming_webhook.",
        ),
        (
            {**S2S, "user_id": "me"},
            "Connection 'zoom_prod': Acting user (extra user_id) is 'me', which Zoom refuses from "
            "a Server-to-Server app: give the e-mail address of the user who posts.",
        ),
        (
            {**BOT, "robot_jid": "my bot"},
            "Connection 'zoom_prod': Bot JID (extra robot_jid) must read v1...@xmpp.zoom.us.",
        ),
        (
            {**S2S, "timeout": "soon"},
            "Connection 'zoom_prod': Timeout (extra timeout) must be a number of seconds above 0 "
            "and up to 3600, not 'soon'.",
        ),
        (
            {**S2S, "timeout": 0},
            "Connection 'zoom_prod': Timeout (extra timeout) must be a number of seconds above 0 "
            "and up to 3600, not '0'.",
        ),
        (
            {**S2S, "muted": "perhaps"},
            "Connection 'zoom_prod': Muted (extra muted) must be true or false, not 'perhaps'.",
        ),
        (
            {**S2S, "proxy": "proxy.example.com:3128"},
            "Connection 'zoom_prod': Proxy (extra proxy) must be a URL such as "
            "http://proxy.example.com:3128.",
        ),
        (
            {**S2S, "proxy": "http://proxy:port"},
            "Connection 'zoom_prod': Proxy (extra proxy) must be a URL such as "
            "http://proxy.example.com:3128.",
        ),
        (
            {**S2S, "host": "http://zoom.example.com"},
            "Connection 'zoom_prod': Host is plain http to 'zoom.example.com': secrets would "
            "travel in clear. Use https; http is for this machine (127.0.0.1, localhost) alone.",
        ),
        (
            {**HOOK, "webhook_url": "http://integrations.zoom.us/hook/id7"},
            "Connection 'zoom_prod': Webhook URL is plain http to 'integrations.zoom.us': secrets "
            "would travel in clear. Use https; http is for this machine (127.0.0.1, localhost) "
            "alone.",
        ),
        (
            {**HOOK, "webhook_url": "id7"},
            "Connection 'zoom_prod': Webhook URL must be a URL that starts with https://.",
        ),
        (
            {**HOOK, "verification_token": "two\nlines"},
            "Connection 'zoom_prod': Verification token (extra verification_token) holds a space, "
            "a line break or a letter beyond ASCII.",
        ),
        (
            {**S2S, "host": "https://user:s3cret", "port": 443},
            "Connection 'zoom_prod': Host must be empty, zoomgov.com or a URL that starts with "
            "https://.",
        ),
        (
            {**S2S, "login": "caf\udce9"},
            "Connection 'zoom_prod': Client ID (login) contains invalid characters: type it again.",
        ),
        ({"extra": "[" * 100_000}, "Connection 'zoom_prod': Extra is not a JSON object."),
        ({"extra": "{not json"}, "Connection 'zoom_prod': Extra is not a JSON object."),
        ({"extra": "[1]"}, "Connection 'zoom_prod': Extra is not a JSON object."),
        (
            {**S2S, "channel": {"id": "a"}},
            "Connection 'zoom_prod': Default channel (extra channel) must be a text.",
        ),
    ],
)
def test_wrong_connections(fields: dict[str, Any], words: str) -> None:
    """What is wrong is named as the form names it, with the rule, and without the secret."""
    assert refusal(**fields) == words


def test_secrets_do_not_show() -> None:
    """Settings can be printed without giving anything away."""
    shown = repr(read_connection(connection(**S2S), "")) + repr(
        read_connection(connection(**HOOK), "")
    )
    for secret in ("s3cret", "vt0ken", "id7"):
        assert secret not in shown


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Settings)])
def test_labels(name: str) -> None:
    """Every field can be named as the form names it."""
    assert re.fullmatch(r"[A-Z][\w -]+ \((extra )?\w+\)", field_label(name))


def test_a_missing_connection(monkeypatch: pytest.MonkeyPatch, airflow_home: str) -> None:
    """A connection that does not exist is named with both places where one can be made."""
    with pytest.raises(ConfigError) as caught:
        ZoomHook("zoom_nowhere").send_message(message="Hi")
    assert str(caught.value) == (
        "Connection 'zoom_nowhere' does not exist. Create it under Admin > Connections with type "
        "Zoom Team Chat, or set AIRFLOW_CONN_ZOOM_NOWHERE where the tasks run."
    )


def test_a_missing_connection_whose_id_no_variable_can_have(airflow_home: str) -> None:
    """A variable is named only where a shell can set one of that name."""
    with pytest.raises(ConfigError) as caught:
        ZoomHook("zoom-nowhere").send_message(message="Hi")
    assert str(caught.value).endswith("Connections with type Zoom Team Chat.")


def test_secrets_are_masked_in_logs(zoom: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Airflow masks the secrets of a connection and the token that was fetched with it."""
    hook = ZoomHook()
    hook.send_message(message="Hi")
    token = hook.client._entry.token
    assert token is not None
    for secret in (token.value, "sandbox-client-secret"):
        assert redacted(f"it is {secret}!") == "it is ***!"


def redacted(text: str) -> str:
    """Return what Airflow makes of a text in a log; each line of Airflow keeps it elsewhere."""
    for module in (
        "airflow.sdk.log",
        "airflow.sdk.execution_time.secrets_masker",
        "airflow.utils.log.secrets_masker",
    ):
        try:
            return str(importlib.import_module(module).redact(text))
        except (ImportError, AttributeError):
            continue
    raise AssertionError("this Airflow has no redact")
