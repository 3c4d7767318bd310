"""A report: its rows from a database, what it may be on each API, and its text, card or file.

Cheap to import: DAG files do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowNotFoundException,
    BaseHook,
)

from ..hooks.app_types import APIS, Api
from ..hooks.connection import Settings
from ..zoom import files, tables, validation
from ..zoom.deadline import Result
from ..zoom.errors import ConfigError
from ..zoom.tables import csv_file, layout, rows
from ..zoom.text import TABLE, Text, units, zoom_markdown
from ..zoom.validation import MAX_CARD_TEXT

if TYPE_CHECKING:
    from airflow.providers.common.sql.hooks.sql import DbApiHook

#: What a report may be sent as.
SHAPES = tuple(dict.fromkeys(shape for api in APIS for shape in api.shapes))

#: The arguments for who posts a message, where, and for whom, of any API.
ARGUMENTS = tuple(name for api in APIS for name in api.arguments)


def shape(settings: Settings, wanted: str | None, given: Iterable[str]) -> str:
    """Return what a report is sent as.

    :param wanted: one of `SHAPES`; None is the app type's default.
    :param given: which of `ARGUMENTS` are given.
    :raises ConfigError: the app type does not take that shape, or one of the arguments.
    """
    api = settings.app.api
    if wanted and wanted not in api.shapes:
        raise ConfigError(
            "Bots and webhooks cannot upload files: use a connection with App type "
            "server_to_server or user_oauth, or send_as='card'."
        )
    wrong = [name for name in given if name not in api.arguments]
    if wrong:
        takes = ", ".join(api.arguments) or "no target, since a webhook has its channel"
        raise ConfigError(
            f"{', '.join(wrong)} cannot be given here: with App type {settings.app_type!r}, a "
            f"message takes {takes}."
        )
    return wanted or api.shapes[0]


#: Characters that a message has to leave for its table.
_LEAST = 500

#: Characters that a mention may have more in Zoom's markdown, with its JID.
_MENTION = 100


def words(message: Any, markdown: bool, api: Api) -> Text:
    """Return the words above a table; blank if there are none.

    :param markdown: whether `message` is CommonMark.
    :raises ConfigError: they leave no room for a table.
    """
    if message is None or (isinstance(message, str) and not message.strip()):
        return Text("")
    text = validation.message_text(message, markdown)
    length, most = _length(text, api.has_zoom_markdown), _room(api) - _LEAST
    if length > most:
        raise ConfigError(
            f"message has {length} characters, and above a table it may have {most}. Shorten it."
        )
    return text


def filename(value: Any) -> str:
    """Return the name of a file, which holds no folder."""
    if not isinstance(value, str) or not value.strip():
        raise ConfigError("filename is missing. Give it a name such as result.csv.")
    name = value.strip()
    if not name.isprintable() or set(name) & set('/\\"') or set(name) <= {"."}:
        raise ConfigError(f"filename must be a name without folders and quotes, not {name[:40]!a}.")
    if len(name.encode()) > files.MAX_NAME:
        raise ConfigError(
            f"filename is {len(name.encode())} bytes long in UTF-8, and a name may have "
            f"{files.MAX_NAME}. Shorten it."
        )
    return name


def table_text(table: tables.Table, above: Text, api: Api, room: int | None = None) -> Text:
    """Return a table as a text, below some words.

    :param room: characters of all, by default what the app type takes.
    :raises ConfigError: the words leave no room for a table.
    """
    left = (room or _room(api)) - _length(above, api.has_zoom_markdown) - 1
    shown = _fitting(table, left, api.has_zoom_markdown)
    code = _code(shown)
    return above + "\n" + code if above else code


def card(table: tables.Table, above: Text, api: Api, room: int | None = None) -> dict[str, Any]:
    """Return the arguments that send a table as a card: as fields if that shows it better.

    As a user the words are a message above the card, which notifies the people it mentions.

    :param room: characters of all, by default what a card takes.
    :raises ConfigError: the words leave no room for a table.
    """
    room = (room or MAX_CARD_TEXT) - _length(above, api.has_zoom_markdown)
    fields = layout.as_fields(table) if layout.suits_fields(table) else []
    block: dict[str, Any] = {"type": "fields", "items": fields}
    if not fields or sum(len(item["key"] + item["value"]) for item in fields) > room:
        block = {"type": "message", "text": _code(_fitting(table, room, in_zoom_markdown=True))}
    if not api.has_zoom_markdown:
        return {"content": {"body": [block]}, "message": above or None}
    if above.spans:
        # A head would show its formats and mentions as plain words.
        return {"content": {"body": [{"type": "message", "text": above}, block]}}
    head = {"head": {"text": above.message}} if above else {}
    return {"content": {**head, "body": [block]}}


def _code(shown: str) -> Text:
    return Text(shown).formatted("CodeBlock", TABLE)


def write(path: Path, cursor: Any) -> int:
    """Write all rows of a cursor into a CSV file, and return the number of rows."""
    with path.open("w", newline="", encoding=csv_file.ENCODING, errors="replace") as file:
        return csv_file.write(file, rows.cursor_columns(cursor), rows.fetched(cursor))


def _room(api: Api) -> int:
    """Return how many characters of text there are."""
    return MAX_CARD_TEXT if api.has_zoom_markdown else validation.MAX_MESSAGE


def _length(text: Text, in_zoom_markdown: bool) -> int:
    if not in_zoom_markdown:
        return units(text.message)
    # Who is mentioned is looked up later.
    return len(zoom_markdown.write(text)) + _MENTION * len(text.contacts())


def _fitting(table: tables.Table, room: int, in_zoom_markdown: bool) -> str:
    """Return a table as a text of at most so many characters, counted as it is written."""
    limit = room
    while True:
        shown = tables.as_text(table, limit)
        length = len(zoom_markdown.block(shown)) if in_zoom_markdown else units(shown)
        if length <= room:
            return shown
        # What is written as an entity takes more room than it shows, and so does an emoji.
        limit = min(limit - 1, limit * room // length)


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
