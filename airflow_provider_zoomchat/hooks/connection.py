"""From an Airflow connection to settings and a client; its test, and its form up to Airflow 3.1.

Errors name fields as the connection's form names them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..get_provider_info import get_provider_info
from ..zoom import auth, masking, validation
from ..zoom.addresses import Hosts, check_url, hosts_of, is_user_jid
from ..zoom.client import ZoomClient
from ..zoom.errors import ConfigError
from ..zoom.shared_token import SharedToken
from ..zoom.transport import Transport
from . import app_types
from .app_types import APP_TYPES, AppType
from .variables import PATIENT, PREFIX, SECONDS, SharedVariables, hashed

#: How Airflow's form calls the type of a connection.
HOOK_NAME = "Zoom Team Chat"

#: Fields that Airflow keeps under names of its own; all others stand in the connection's extra.
STANDARD = {"client_id": "login", "client_secret": "password", "host": "host"}

#: What Airflow's page says of each Variable that holds a token.
_TOKEN = "An access token of a Zoom app, encrypted. Kept by airflow-provider-zoomchat."

#: Fields that nobody may read.
SECRETS = ("client_secret", "webhook_url", "verification_token", "secret_token")


class Connection(Protocol):
    """What is read of an Airflow connection."""

    host: str | None
    login: str | None
    password: str | None
    port: int | None
    extra: str | None


@dataclass(frozen=True)
class Settings:
    """The fields of a connection, checked. Blank ones are None."""

    app_type: str
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    host: str | None = None
    account_id: str | None = None
    user_id: str | None = None
    robot_jid: str | None = None
    user_jid: str | None = None
    lookup_conn_id: str | None = None
    webhook_url: str | None = field(default=None, repr=False)
    verification_token: str | None = field(default=None, repr=False)
    secret_token: str | None = field(default=None, repr=False)
    channel: str | None = None
    label: str | None = None
    muted: bool = False
    share_tokens: bool = False
    timeout: float = 10.0
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: str | None = None

    @cached_property
    def app(self) -> AppType:
        """What is known of the app type."""
        return APP_TYPES[self.app_type]

    @property
    def shares_token(self) -> bool:
        """Whether processes share the token: a refresh token that changes has to be shared."""
        return bool(self.app.grant) and (self.share_tokens or self.app.rotates_token)

    @cached_property
    def hosts(self) -> Hosts:
        """Zoom's hosts."""
        return hosts_of(self.host)

    @cached_property
    def credentials(self) -> auth.App | auth.Webhook:
        """What proves to Zoom who this is."""
        if not self.app.grant:
            return auth.Webhook(self.verification_token, self.secret_token)
        client = self.client_id or "", self.client_secret or ""
        return auth.App(*client, self.app.grant, self.account_id)

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The values that Airflow must mask, in all ways in which they may be written."""
        found = [value for name in SECRETS if (value := getattr(self, name))]
        if self.webhook_url:
            # Other libraries write the URL in other ways, with a port or without a host.
            found.append(urlsplit(self.webhook_url).path.rstrip("/").rpartition("/")[2])
        # Airflow masks extras with secret-like names, but no parts of URLs.
        found += [*self.credentials.secrets, *masking.in_url(self.proxy)]
        found += masking.in_url(self.host if "://" in (self.host or "") else f"//{self.host}")
        secrets = dict.fromkeys(found)
        return tuple(dict.fromkeys(form for one in secrets for form in masking.spellings(one)))


def read_connection(connection: Connection, called: str) -> Settings:
    """Return the settings that stand in an Airflow connection.

    :param called: how errors name the connection, for example ``Connection 'zoom_default'``.
    :raises ConfigError: a field is missing or makes no sense.
    """
    try:
        return _settings(connection)
    except ConfigError as error:
        raise ConfigError(f"{called}: {error}") from None


def field_label(name: str) -> str:
    """Return how the form calls a field, with the name under which Airflow keeps it."""
    form = get_provider_info()["connection-types"][0]
    kept = STANDARD.get(name)
    if kept is None:
        return f"{form['conn-fields'][name]['label']} (extra {name})"
    relabeled = form["ui-field-behaviour"]["relabeling"]
    return f"{relabeled.get(kept, kept.capitalize())} ({kept})"


def environment_name(conn_id: str) -> str:
    """Return the name of the environment variable in which Airflow looks for a connection."""
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def how_to_create(conn_id: str) -> str:
    """Return what to do about a connection that does not exist."""
    name = environment_name(conn_id)
    # A shell can set no other.
    settable = name.isascii() and name.isidentifier()
    return f"Create it under Admin > Connections with type {HOOK_NAME}" + (
        f", or set {name} where the tasks run." if settable else "."
    )


def _settings(connection: Connection) -> Settings:
    given = _extra(connection.extra) | {
        name: getattr(connection, kept) for name, kept in STANDARD.items()
    }
    values = _texts({one.name: given.get(one.name) for one in fields(Settings)})
    app_type = values.pop("app_type") or next(iter(APP_TYPES))
    if app_type not in APP_TYPES:
        known = _listed(APP_TYPES, "and")
        raise ConfigError(f"{field_label('app_type')} is {app_type!r}, which is none of {known}.")
    _check_complete(app_type, values)
    host = _with_port(values.pop("host"), connection.port)
    hosts_of(host)
    if values["webhook_url"]:
        check_url("Webhook URL", values["webhook_url"])
    _check_user(app_type, values["user_id"])
    if values["robot_jid"] and not is_user_jid(values["robot_jid"]):
        raise ConfigError(f"{field_label('robot_jid')} must read v1...@xmpp.zoom.us.")
    _check_proxy(values["proxy"])
    for name in ("muted", "share_tokens"):
        given = values[name]
        values[name] = given is not None and bool(validation.flag(field_label(name), given))
    timeout = _seconds(values.pop("timeout"))
    return Settings(app_type, host=host, timeout=timeout, **values)


def _extra(extra: str | None) -> dict[str, Any]:
    try:
        value = json.loads(extra or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ConfigError("Extra is not a JSON object.")
    return value


def _texts(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as stripped texts: forms leave blanks, and JSON has numbers and booleans."""
    texts: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, (Mapping, list)):
            raise ConfigError(f"{field_label(name)} must be a text.")
        text = "" if value is None else str(value).strip()
        try:
            text.encode()
        except UnicodeEncodeError:  # half a character, or a byte of another encoding
            raise ConfigError(
                f"{field_label(name)} contains invalid characters: type it again."
            ) from None
        if name in SECRETS and not (text.isascii() and text.isprintable() and " " not in text):
            # http.client would quote the value in its error.
            raise ConfigError(
                f"{field_label(name)} holds a space, a line break or a letter beyond ASCII."
            )
        texts[name] = text or None
    return texts


def _check_complete(app_type: str, values: Mapping[str, str | None]) -> None:
    missing = []
    for need in APP_TYPES[app_type].needs:
        names = (need,) if isinstance(need, str) else need
        if not any(values[name] for name in names):
            missing.append(" or ".join(field_label(name) for name in names))
    if missing:
        raise ConfigError(f"It lacks {_listed(missing, 'and')}, which App type {app_type!r} needs.")


def _check_user(app_type: str, user_id: str | None) -> None:
    """Refuse a user for whom an app of this type cannot act.

    Source: https://developers.zoom.us/docs/api/using-zoom-apis/.
    """
    for_one_user = APP_TYPES[app_type].acts_for_one_user
    if for_one_user and user_id not in (None, "me"):
        raise ConfigError(
            f"{field_label('user_id')} must be empty: an app of type {app_type!r} acts for the "
            "user who has authorized it, and for nobody else."
        )
    if not for_one_user and user_id == "me":
        raise ConfigError(
            f"{field_label('user_id')} is 'me', which Zoom refuses from a Server-to-Server app: "
            "give the e-mail address of the user who posts."
        )


def _with_port(host: str | None, port: int | None) -> str | None:
    """Return the host with the port that a connection given as a URI keeps apart."""
    try:
        if not host or not port or urlsplit(host if "://" in host else f"//{host}").port:
            return host
    except ValueError:  # which quotes the host, and it may hold a password
        return host
    return f"{host.rstrip('/')}:{port}"


def _check_proxy(proxy: str | None) -> None:
    try:
        parts = urlsplit(proxy or "http://none")
        kind, name, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        kind, name = "", None
    if kind not in ("http", "https", "socks5", "socks5h") or not name:
        raise ConfigError(
            f"{field_label('proxy')} must be a URL such as http://proxy.example.com:3128."
        )


def _seconds(value: str | None) -> float:
    try:
        seconds = 10.0 if value is None else float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ConfigError(
            f"{field_label('timeout')} must be a number of seconds above 0 and up to 3600, "
            f"not {value!r}."
        )
    return seconds


def _listed(names: Any, word: str) -> str:
    *front, last = names
    return f"{', '.join(front)} {word} {last}" if front else str(last)


def shared_token(settings: Settings, conn_id: str) -> SharedToken | None:
    """Return where the processes share the token of a connection; None if they do not.

    Its name says nothing of the connection, whose id may be a made-up one.
    """
    if not settings.shares_token:
        return None
    rotates = settings.app.rotates_token
    app = (settings.hosts.oauth, settings.app_type, settings.client_id, settings.account_id)
    return SharedToken(
        f"{PREFIX}token_{hashed(app)}",
        settings.client_secret or "",
        # Without its refresh token a user's app gets no token at all.
        SharedVariables(_TOKEN, PATIENT if rotates else SECONDS),
        rotates=rotates,
        login=f"zoomchat login {conn_id}",
    )


def client_for(
    settings: Settings,
    conn_id: str,
    *,
    time_budget: float = 60.0,
    on_token: Callable[[str], None] = lambda token: None,
) -> ZoomClient:
    """Return the client that sends a connection's requests; it makes no call before it must.

    :param time_budget: seconds for everything that one of its calls does, waits included.
    :param on_token: called with each new token, before it is used.
    """
    return ZoomClient(
        settings.credentials,
        settings.hosts,
        transport=Transport(
            timeout=settings.timeout, proxy=settings.proxy, ca_bundle=settings.ca_bundle
        ),
        time_budget=time_budget,
        on_token=on_token,
        shared=shared_token(settings, conn_id),
    )


#: Characters of the list of scopes; Airflow keeps 2,000 of the whole text.
_MAX_SCOPES = 1200


def connection_test(settings: Settings, client: ZoomClient) -> tuple[bool, str]:
    """Ask Zoom for a token and return whether the app may send, and what answered.

    :raises ZoomChatError: Zoom gives no token.
    """
    token = client.new_token()
    if token is None:
        return True, (
            "All fields of the webhook are filled. Whether they are right shows the first "
            "message: Zoom has no way to try a webhook without posting."
        )
    account = f" of account {settings.account_id!r}" if settings.account_id else ""
    gave = (
        f"Zoom gave a token to the {settings.app_type} app with Client ID {settings.client_id!r}"
        f"{account}"
    )
    missing = app_types.lacking(settings.app, token.scopes)
    if settings.app.scopes[0] in missing:
        cure = app_types.remedy(settings.app, missing[:1])
        return False, f"{gave}, but the app may not send messages. {cure}"
    needed = [scope for scope in missing if scope.needed]
    warning = f" {app_types.remedy(settings.app, needed)}" if needed else ""
    held = ", ".join(sorted(token.scopes)) or "none named"
    if len(held) > _MAX_SCOPES:
        held = held[:_MAX_SCOPES].rpartition(", ")[0] + ", ..."
    return True, f"{gave}. Scopes: {held}.{warning}"


#: What Airflow 2 shows in place of a secret, and takes for "leave it as it is" when it comes back.
#: Source: ``SENSITIVE_FIELD_PLACEHOLDER`` in ``airflow/www/views.py`` (2.11).
_KEPT = "RATHER_LONG_SENSITIVE_FIELD_PLACEHOLDER"


def widgets() -> dict[str, Any]:
    """Return a WTForms field for each field of the connection's extra."""
    from flask_appbuilder.fieldwidgets import BS3PasswordFieldWidget, BS3TextFieldWidget
    from flask_babel import lazy_gettext
    from wtforms import BooleanField, IntegerField, PasswordField, StringField
    from wtforms.validators import NumberRange, Optional, any_of

    def secret_widget(field: Any, **options: Any) -> Any:
        # Airflow 2 deletes an extra whose field comes back blank, as that of a password would. What
        # was typed into a form that was refused is not kept yet: that field comes back blank.
        stored = (field.raw_data or [_KEPT]) == [_KEPT]
        options["value"] = _KEPT if field.data and stored else ""
        return BS3PasswordFieldWidget(hide_value=False)(field, **options)

    def widget(field: dict[str, Any]) -> Any:
        schema = field["schema"]
        label, description = lazy_gettext(field["label"]), field["description"]
        if schema.get("format") == "password":
            return PasswordField(
                label, validators=[Optional()], description=description, widget=secret_widget
            )
        kind, default = schema["type"][0], schema.get("default")
        if kind == "boolean":
            return BooleanField(label, description=description, default=default)
        rules: list[Any] = [Optional()]
        if "enum" in schema:
            rules.append(any_of(schema["enum"]))
        if "minimum" in schema:
            rules.append(NumberRange(min=schema["minimum"]))
        return (IntegerField if kind == "integer" else StringField)(
            label,
            validators=rules,
            description=description,
            default=default,
            widget=BS3TextFieldWidget(),
        )

    return {name: widget(field) for name, field in _form()["conn-fields"].items()}


def behaviour() -> dict[str, Any]:
    """Return which standard fields are hidden, renamed or have a placeholder."""
    return {key.replace("-", "_"): value for key, value in _form()["ui-field-behaviour"].items()}


def _form() -> dict[str, Any]:
    form: dict[str, Any] = get_provider_info()["connection-types"][0]
    return form
