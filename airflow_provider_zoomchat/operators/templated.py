"""Template rendering of the operators: texts stay texts, and Zoom's filters are there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator, XComArg

from ..zoom import sanitize
from ..zoom.errors import ConfigError

if TYPE_CHECKING:
    from ..zoom.text.templating import MessageTemplates

#: Stands in for a DAG that does not render to Python values.
_NOT_NATIVE: Any = SimpleNamespace(render_template_as_native_obj=False)


class TemplatedOperator(BaseOperator):
    """An operator whose templates know Zoom's filters; see `zoom.text.templating`."""

    template_ext: Sequence[str] = (".md.j2", ".json.j2")

    #: The arguments that may be the name of a file, whose content then stands in their place, each
    #: with the ending of such a name.
    file_fields: ClassVar[Mapping[str, str]] = {"message": ".md.j2", "content": ".json.j2"}

    #: The arguments that a DAG with `render_template_as_native_obj` may render to Python values.
    #: All others are texts, whatever they look like: ``"'a' 'b'"``, an id of 32 digits.
    value_fields: ClassVar[Sequence[str]] = (
        "content",
        "at_items",
        "rich_text",
        "files",
        "file_ids",
        "zoom_markdown",
        "parameters",
        "sql_hook_params",
    )

    #: The arguments that are texts of messages, and whether these are markdown.
    texts: ClassVar[Sequence[str]] = ("message",)
    markdown: bool = False

    #: For each argument that is the output of a task: the id of that task.
    sources: Mapping[str, str] = {}

    content: Any
    _templates: MessageTemplates | None = None
    _renders_texts = False

    #: The rendered card with formatted texts; `content` is the readable one that Airflow shows.
    _card: Any = None

    @property
    def is_expanded(self) -> bool:
        """Whether Airflow has made it of a mapped task, whose values are not known at first."""
        return bool(getattr(self, "_BaseOperator__from_mapped", False))

    def resolve_template_files(self) -> None:
        """Put the content of template files in place of their names, while the DAG is parsed.

        Airflow would take any text with such an ending for a file, also in lists and ids.
        """
        for name in self.file_fields:
            try:
                setattr(self, name, self._loaded(name, getattr(self, name, None)))
            except Exception:  # said as Airflow says it; the task fails if it is not there then
                self.log.exception("Failed to resolve template field %r", name)
        self.prepare_template()

    def _do_render_template_fields(
        self,
        parent: Any,
        template_fields: Iterable[str],
        context: Any,
        jinja_env: Any,
        seen_oids: set[int],
        **more: Any,
    ) -> None:
        # Airflow calls this for every task, mapped ones too, and no public method.
        fields = list(template_fields)
        self.sources = {
            name: behind.task_id
            for name in fields
            if isinstance(given := getattr(parent, name, None), XComArg)
            and (behind := getattr(given, "operator", None)) is not None
        }
        for name in {*self.texts, *self.file_fields}:
            given = getattr(parent, name, None)
            # What another task left is data and stays as it is.
            if id(given) not in seen_oids and name in self.file_fields:
                given = self._loaded(name, given)
                setattr(parent, name, given)
            if id(given) not in seen_oids and name in self.texts and isinstance(given, str):
                setattr(parent, name, sanitize.dedented(given))
        values = [name for name in fields if name in self.value_fields]
        texts = [name for name in fields if name not in self.value_fields]
        render = super()._do_render_template_fields
        render(parent, values, context, jinja_env, seen_oids, **more)
        dag = self.get_dag()
        env = dag.get_template_env(force_sandboxed=True) if dag else self.get_template_env()
        self._renders_texts = True
        try:
            render(parent, texts, context, env, seen_oids, **more)
        finally:
            self._renders_texts = False
        for name in texts:
            given = getattr(parent, name, None)
            is_number = isinstance(given, (int, float)) and not isinstance(given, bool)
            if is_number and name not in ("sql", "zoom_conn_id"):
                setattr(parent, name, str(given))
        self._apply_filter_results()

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        return super()._render(template, context, dag=_NOT_NATIVE if self._renders_texts else dag)

    def _should_render_native(self, dag: Any = None) -> bool:
        # From Airflow 3.2 on, asked before the DAG is.
        if self._renders_texts:
            return False
        return bool(super()._should_render_native(dag))

    def render_template(
        self, content: Any, context: Any, jinja_env: Any = None, seen_oids: Any = None
    ) -> Any:
        """Render what an author has given, a text with formats too."""
        from ..zoom.text import Text
        from ..zoom.text.templating import MessageTemplates

        # What an earlier task left is data, in which no template is looked for.
        if not isinstance(content, (str, Text)) or id(content) in (seen_oids or ()):
            return super().render_template(content, context, jinja_env, seen_oids)
        if self._templates is None:
            self._templates = MessageTemplates()
        env = jinja_env or self.get_template_env()
        return self._templates.render(content, env, lambda found: self._render(found, context))

    def _loaded(self, name: str, given: Any) -> Any:
        """Return the content of a template file if a text is its name and nothing else."""
        if isinstance(given, list):  # of SQL statements
            return [self._loaded(name, one) for one in given]
        if not isinstance(given, str):
            return given
        from ..zoom.text.templating import load

        return load(given, self.get_template_env(), self.file_fields[name])

    def _apply_filter_results(self) -> None:
        """Put into message and card what the filters gave."""
        if self._templates is None:
            return
        from ..zoom import validation
        from ..zoom.cards import prepare

        results = self._templates.results
        # What cannot be read is left as it is: the hook says what is wrong with it.
        with suppress(ConfigError, RecursionError):
            zoom_markdown = bool(validation.flag("", getattr(self, "zoom_markdown", None)))
            for name in self.texts:
                text = getattr(self, name, None)
                if isinstance(text, str) and results.has_marks(text):
                    filled = results.message(
                        text, commonmark=self.markdown, zoom_markdown=zoom_markdown
                    )
                    setattr(self, name, filled)
            content = getattr(self, "content", None)
            if isinstance(content, str) and results.has_marks(content):
                content = validation.card(content)
            if isinstance(content, dict):
                self._card = prepare.read_card(content, results, zoom_markdown=zoom_markdown)
                self.content = prepare.write_card(self._card, {}, zoom_markdown)
