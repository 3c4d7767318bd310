"""A query through any of Airflow's SQL connections, whose result nobody has to hold in memory.

Needs the `common.sql` provider, which comes with the provider of every SQL database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowNotFoundException,
    BaseHook,
)

from ..zoom.errors import ConfigError

if TYPE_CHECKING:
    from airflow.providers.common.sql.hooks.sql import DbApiHook

Result = TypeVar("Result")


def database_hook(sql_conn_id: str, hook_params: Mapping[str, Any] | None = None) -> DbApiHook:
    """Return the hook of an SQL connection, made as the operators of `common.sql` make it.

    :param hook_params: arguments of the hook; they go before those in the connection's extra.
    :raises ConfigError: there is no such connection, or it leads to no SQL database.
    """
    try:
        from airflow.providers.common.sql.hooks.sql import DbApiHook
    except ImportError:
        raise ConfigError(
            "A query needs Airflow's common.sql provider, which is not installed. Install it with "
            "pip install 'airflow-provider-zoomchat[sql]'."
        ) from None
    if not isinstance(sql_conn_id, str) or not sql_conn_id:
        raise ConfigError(f"sql_conn_id must be a text, not {sql_conn_id!r}.")
    try:
        connection = BaseHook.get_connection(sql_conn_id)
    except AirflowNotFoundException:
        raise ConfigError(
            f"Connection {sql_conn_id!r} does not exist. Create it under Admin > Connections, or "
            "give sql_conn_id another."
        ) from None
    if hook_params is not None and not isinstance(hook_params, Mapping):
        kind = type(hook_params).__name__
        raise ConfigError(f"sql_hook_params must be a dict, not a value of type {kind}.")
    arguments = {**connection.extra_dejson, **(hook_params or {})}
    refusal = (
        f"Connection {sql_conn_id!r} of type {connection.conn_type!r} gives no hook that runs "
        "queries"
    )
    try:
        hook: Any = connection.get_hook(hook_params=arguments)  # type: ignore[no-untyped-call]
    except (TypeError, AirflowException) as error:
        # Airflow's words where no provider that is installed has a hook for the type.
        if str(error).startswith("Unknown hook type"):
            package = f"apache-airflow-providers-{connection.conn_type}".replace("_", "-")
            raise ConfigError(
                f"{refusal}, since no provider for this type is installed. Install that of the "
                f"database, as a rule {package}, or give sql_conn_id an SQL database."
            ) from None
        raise ConfigError(
            f"{refusal}. Give sql_conn_id an SQL database, and give sql_hook_params, like the "
            "connection's extra, only what its hook takes."
        ) from None
    if not isinstance(hook, DbApiHook):
        raise ConfigError(f"{refusal}. Give sql_conn_id an SQL database.")
    return hook


def run_query(
    hook: DbApiHook,
    sql: str | Iterable[str],
    read: Callable[[Any], Result],
    *,
    parameters: Any = None,
    split_statements: bool | None = None,
) -> Result:
    """Run a query and return what `read` makes of its cursor; of several statements, the last.

    :param read: takes a cursor after its statement.
    :param split_statements: whether a text holds several statements; by default as the database's
        hook has it.
    :raises ConfigError: the last statement gives no rows.
    """
    results: list[Result | None] = []

    def handler(cursor: Any) -> list[Any]:
        has_rows = getattr(cursor, "description", None) is not None
        results[:] = [read(cursor) if has_rows else None]
        # Nothing that a database's hook could take for rows, and make into something else.
        return []

    split = {} if split_statements is None else {"split_statements": split_statements}
    hook.run(sql, parameters=parameters, handler=handler, **split)
    result = results[0] if results else None
    if result is None:
        raise ConfigError(
            "The last statement gives no rows, so there is nothing to send; it was carried out all "
            "the same. Let sql end in a query."
        )
    return result
