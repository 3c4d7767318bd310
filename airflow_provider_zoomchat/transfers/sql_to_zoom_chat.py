"""The operator that runs a query and posts its result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException, AirflowSkipException

from ..hooks.arguments import check_choice
from ..operators.base import PreparedMessage, ZoomMessageOperator
from ..zoom.errors import ConfigError, RejectedError
from . import report

if TYPE_CHECKING:
    from airflow.providers.common.compat.sdk import Context
    from airflow.providers.common.sql.hooks.sql import DbApiHook

    from ..operators.base import Message, Templated
    from ..zoom.text import Text

_ON_EMPTY = ("skip", "send", "fail")


@dataclass(frozen=True)
class Report(PreparedMessage):
    """A report, ready to be sent.

    :param within: puts its table into so many characters; None if it has no table.
    """

    within: Callable[[int | None], dict[str, Any]] | None = None

    def saying(self, **arguments: Any) -> Report:
        """Return the same report with a message or a card."""
        return replace(self, arguments={**self.arguments, **arguments})

    def carry_out(self, operation: str, **instead: Any) -> str | None:
        """Send or edit the report; with fewer rows if Zoom refuses it as too long."""
        try:
            return PreparedMessage.carry_out(self, operation, **instead)
        except RejectedError as error:
            # Refused, so it has not been posted.
            shorter = self._with_fewer_rows(operation, error)
            if shorter is None:
                raise
            self.hook.log.warning("%s It goes again with fewer rows.", error)
        return PreparedMessage.carry_out(shorter, operation, **instead)

    def _with_fewer_rows(self, operation: str, error: RejectedError) -> Report | None:
        """Return the same with fewer rows, if Zoom may take that where it has refused more."""
        from ..zoom.responses import is_too_long
        from ..zoom.validation import ALWAYS_TAKEN

        if self.within is None or not is_too_long(error):
            return None
        try:
            shorter = self.within(ALWAYS_TAKEN)
        except ConfigError:
            raise ConfigError(
                f"{error} With message above it, a table has no room in {ALWAYS_TAKEN:,} "
                "characters, which Zoom takes for certain: shorten message."
            ) from error
        if self.methods[operation] == "edit_message" and shorter["message"]:
            # An edit writes the addresses of links into the text.
            shorter["message"] = shorter["message"].without("AddLink")
        found = self.saying(**shorter)
        return None if found == self else found


class SqlToZoomChatOperator(ZoomMessageOperator):
    """Run a query through any of Airflow's SQL connections, and post its result.

    .. code-block:: python

        SqlToZoomChatOperator(
            task_id="report",
            sql="SELECT region, count(*) AS orders FROM orders WHERE day = '{{ ds }}' GROUP BY 1",
            sql_conn_id="warehouse",
            message="Orders of {{ ds }}",
        )

    The connection's App type decides what is posted: as a user a text, a card or a CSV file; as a
    bot or through a webhook a card or a text. Of the result no more is held in memory than what is
    shown, and a CSV file, of at most 1 GiB, is written as the rows come, of large ones few at a
    time; what the database's driver holds is its own matter.

    It needs the extra ``airflow-provider-zoomchat[sql]``. A query that fails raises the database's
    own error, so Airflow's `retries` apply; nothing is sent. A table that Zoom refuses as too long
    is sent again with fewer rows, in 1,024 characters. For everything else see
    :class:`~airflow_provider_zoomchat.operators.zoom.ZoomChatMessageOperator`.

    :param sql: the query, or a file ``*.sql`` that holds one; of a list, each is run and the last
        one's result is posted. (templated)
    :param sql_conn_id: the connection to the database. (templated)
    :param parameters: values for the query's placeholders. (templated)
    :param sql_hook_params: arguments of the database's hook. (templated)
    :param split_statements: whether `sql` is a text of several statements; by default as the
        database's hook has it.
    :param message: words to stand above the table, or to go with the file. (templated)
    :param markdown: whether `message` is markdown as people write it.
    :param send_as: ``text``, ``card`` or ``csv``; by default a text as a user, and a card
        otherwise.
    :param max_rows: rows to show of a table; the others are counted.
    :param max_cell: the width at which a table's cell is cut, in cells: a Chinese letter or an
        emoji takes two.
    :param on_empty: what a result without rows does: ``skip`` the task, ``send`` `empty_message`,
        or ``fail`` the task, so that Airflow's `retries` look again later.
    :param empty_message: stands in place of the table if there are no rows. (templated)
    :param filename: the name of the CSV file. It has all rows, in UTF-8, and can be opened in a
        spreadsheet: where a formula would begin in a text there, an apostrophe stands in front.
        (templated)
    :param to_channel: as a user, the channel's id; by default the connection's. (templated)
    :param to_contact: as a user, a contact instead of a channel. (templated)
    :param reply_main_message_id: as a user, the id of the thread's first message. (templated)
    :param user_id: as a user, who posts; by default the connection's acting user. (templated)
    :param to_jid: as a bot, the JID of a channel or a user, or a channel's id; by default the
        connection's channel. Here and below, the connection's Look-up connection finds a user by
        e-mail address. (templated)
    :param reply_to: as a bot, the id of the message to reply to. (templated)
    :param visible_to_user: as a bot, the only user who sees it. (templated)
    :param user_jid: as a bot, the user on whose behalf a user-managed app speaks. (templated)
    :param zoom_conn_id: the connection to Zoom, of any App type. (templated)
    :param durable: on Airflow 3.3 and newer, post once for each task instance: a retry runs the
        query again, and edits what an earlier try posted if the result has changed since. A file
        and what a webhook posted stay as they are.
    """

    template_fields: Sequence[str] = (
        "sql",
        "sql_conn_id",
        "parameters",
        "sql_hook_params",
        "message",
        "empty_message",
        "filename",
        *report.ARGUMENTS,
        "zoom_conn_id",
    )
    texts: ClassVar[Sequence[str]] = ("message", "empty_message")
    template_ext: Sequence[str] = (".sql", ".md.j2")
    file_fields: ClassVar[Mapping[str, str]] = {"sql": ".sql", "message": ".md.j2"}
    template_fields_renderers: ClassVar[dict[str, str]] = {
        "sql": "sql",
        "parameters": "json",
        "sql_hook_params": "json",
        "message": "md",
    }
    instead_of_files: ClassVar[str] = (
        "it makes its own with send_as='csv'. Send others with ZoomChatMessageOperator, as a reply "
        "to the message id that this task returns."
    )
    # What it posts with follows from the connection. It sends, whatever that is.
    methods: Mapping[str, str] = {"send": "send_message"}

    def __init__(
        self,
        *,
        sql: str | list[str],
        sql_conn_id: str,
        parameters: Iterable[Any] | Mapping[str, Any] | None = None,
        sql_hook_params: Mapping[str, Any] | None = None,
        split_statements: bool | None = None,
        message: Message = None,
        markdown: bool = False,
        send_as: str | None = None,
        max_rows: int = 20,
        max_cell: int = 40,
        on_empty: str = "skip",
        empty_message: str = "No rows.",
        filename: str = "result.csv",
        to_channel: Templated = None,
        to_contact: Templated = None,
        reply_main_message_id: Templated = None,
        user_id: Templated = None,
        to_jid: Templated = None,
        reply_to: Templated = None,
        visible_to_user: Templated = None,
        user_jid: Templated = None,
        zoom_conn_id: str = "zoom_default",
        durable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(zoom_conn_id=zoom_conn_id, markdown=markdown, durable=durable, **kwargs)
        # Not templated, so they can be judged while the DAG is parsed.
        check_choice("send_as", send_as, (None, *report.SHAPES))
        check_choice("on_empty", on_empty, _ON_EMPTY)
        self.sql = sql
        self.sql_conn_id = sql_conn_id
        self.parameters = parameters
        self.sql_hook_params = sql_hook_params
        self.split_statements = split_statements
        self.message = message
        self.send_as = send_as
        self.max_rows = max_rows
        self.max_cell = max_cell
        self.on_empty = on_empty
        self.empty_message = empty_message
        self.filename = filename
        self.to_channel = to_channel
        self.to_contact = to_contact
        self.reply_main_message_id = reply_main_message_id
        self.user_id = user_id
        self.to_jid = to_jid
        self.reply_to = reply_to
        self.visible_to_user = visible_to_user
        self.user_jid = user_jid

    def get_db_hook(self) -> DbApiHook:
        """Return the hook of the database."""
        return report.database_hook(self.sql_conn_id, self.sql_hook_params)

    def execute(self, context: Context) -> str | None:
        """Run the query, post its result and return the message id; None if Zoom names none."""
        with TemporaryDirectory(prefix="zoomchat-") as folder, self.report_errors():
            return self.carry_out(self._report(Path(folder), context), context)
        return None  # an error that was logged

    def _report(self, folder: Path, context: Context) -> Report:
        """Run the query, once all else is known to be right, and put together what is sent."""
        # Parsing a DAG file does not pay for this.
        from ..zoom import tables

        tables.check_size(max_rows=self.max_rows, max_cell=self.max_cell)
        settings = self.hook.settings
        api = settings.app.api
        targets = {name: getattr(self, name) for name in report.ARGUMENTS}
        given = [name for name, value in targets.items() if value not in (None, "", "None")]
        shape = report.shape(settings, self.send_as, given)
        # A file cannot be edited, and what editing its message does to it is not documented.
        used = ("send",) if shape == "csv" else ("send", "edit")
        methods = {name: method for name, method in api.methods.items() if name in used}
        targets = self.with_known_target(targets, context)
        empty = Report(self.hook, methods, targets, self.hook.target(targets))
        self.hook.describe_at(empty.target, None)  # which looks a channel up before the query runs
        above = report.words(self.message, self.markdown, api)
        nothing = report.words(self.empty_message, self.markdown, api)
        name = report.filename(self.filename)
        if shape == "csv":
            path = folder / "result.csv"
            count = self._query(lambda cursor: report.write(path, cursor))
            if count:
                message = above or f"{name}: {count:,} rows"
                return replace(empty.saying(message=message), files=[(name, str(path))])
        else:
            table = self._query(
                lambda cursor: tables.table(cursor, max_rows=self.max_rows, max_cell=self.max_cell)
            )

            def within(room: int | None) -> dict[str, Any]:
                if shape == "card":
                    return report.card(table, above, api, room)
                return {"message": report.table_text(table, above, api, room)}

            if table.rows:
                return replace(empty.saying(**within(None)), within=within)
        return empty.saying(message=self._empty(above, nothing))

    def _query(self, read: Callable[[Any], Any]) -> Any:
        empty = not self.sql or (isinstance(self.sql, str) and not self.sql.strip())
        if empty or not isinstance(self.sql, (str, list, tuple)):
            raise ConfigError("sql is missing. Give it a query, or a list of statements.")
        return report.run_query(
            self.get_db_hook(),
            self.sql,
            read,
            parameters=self.parameters,
            split_statements=self.split_statements,
        )

    def _empty(self, above: Text, nothing: Text) -> Text:
        """Return what is said of a result without rows, or end the task."""
        if self.on_empty == "skip":
            raise AirflowSkipException("The query gave no rows.")
        if self.on_empty == "fail":
            raise AirflowException("The query gave no rows, and on_empty is 'fail'.")
        return above + "\n" + nothing if above and nothing else above or nothing
