"""The half of the hook that is about the connection: its fields, its test, its client."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from airflow.providers.common.compat.sdk import AirflowNotFoundException, BaseHook

from .._compat import mask_secret
from ..zoom.client import Delivery, ZoomClient
from ..zoom.errors import ConfigError, ZoomChatError
from . import check, unreadable
from .client import client_for
from .connection import HOOK_NAME, Settings, read_connection
from .given import MisreadError


class ZoomConnectionHook(BaseHook):
    """A Zoom connection, and the client that sends with it.

    Nothing is looked up before it is needed, so that a hook may be made while a DAG is parsed.

    :param zoom_conn_id: the connection to use.
    :param time_budget: seconds for everything that one call of a method does, waits included. A
        file has more, in proportion to its size.
    :param delivery: how messages are posted: by default at most once.
    """

    conn_name_attr = "zoom_conn_id"
    default_conn_name = "zoom_default"
    conn_type = "zoom"
    hook_name = HOOK_NAME

    def __init__(
        self,
        zoom_conn_id: str = default_conn_name,
        *,
        time_budget: float = 60.0,
        delivery: Delivery = Delivery(),  # noqa: B008  # it is frozen
    ) -> None:
        super().__init__()
        self.zoom_conn_id = zoom_conn_id
        self.time_budget = time_budget
        self.delivery = delivery

    def test_connection(self) -> tuple[bool, str]:
        """Ask Zoom for a token, and tell which app, account and scopes answered."""
        try:
            settings = self._read_settings("This connection")
            return check.connection(settings, self._client(settings))
        except ZoomChatError as error:
            return False, str(error)

    def get_conn(self) -> ZoomClient:
        """Return the client that sends this connection's requests."""
        return self.client

    @cached_property
    def settings(self) -> Settings:
        """The connection's fields, checked."""
        return self._read_settings(f"Connection {self.zoom_conn_id!r}")

    @cached_property
    def client(self) -> ZoomClient:
        """The client that sends this connection's requests."""
        return self._client(self.settings)

    def _read_settings(self, called: str) -> Settings:
        if not isinstance(self.zoom_conn_id, str) or not self.zoom_conn_id:
            raise ConfigError(f"zoom_conn_id must be a text, not {self.zoom_conn_id!r}.")
        settings = read_connection(_connection(self, self.zoom_conn_id), called)
        for secret in settings.secrets:
            mask_secret(secret)
        return settings

    def _client(self, settings: Settings) -> ZoomClient:
        return client_for(settings, time_budget=self.time_budget, on_token=mask_secret)


def _connection(hook: BaseHook, conn_id: str) -> Any:
    """Return Airflow's connection.

    :raises ConfigError: there is none, or it is set and cannot be read, which is the same to
        Airflow.
    """
    misread: MisreadError | None = None
    try:
        unreadable.in_environment(conn_id)
    except MisreadError as error:
        if not unreadable.has_own_backend():
            raise
        misread = error
    except ConfigError:
        for secret in unreadable.masks(conn_id):
            mask_secret(secret)
    try:
        connection = hook.get_connection(conn_id)
    except AirflowNotFoundException:
        found = unreadable.troubles(conn_id)
        # Airflow 3.0 does not take one whose extra it cannot read; what is wrong is said later.
        given = None if found else unreadable.in_environment(conn_id)
        if given is None:
            raise unreadable.nowhere(conn_id, found) from None
        return given
    if misread and not connection.conn_type:
        raise misread
    return connection
