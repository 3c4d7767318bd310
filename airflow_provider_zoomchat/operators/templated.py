"""The operators' templates: Airflow's rendering, with Zoom's filters and what they give put in."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import BaseOperator

if TYPE_CHECKING:
    from ..zoom.text.filters import Filters


class TemplatedOperator(BaseOperator):
    """An operator whose templates know Zoom's filters; see `zoom.text.filters`."""

    template_ext: Sequence[str] = (".md.j2", ".json.j2")

    #: The arguments that are texts of messages, and whether these are markdown.
    texts: ClassVar[Sequence[str]] = ("message",)
    markdown: bool = False

    _filters: Filters | None = None

    #: The card with what the filters gave; `content` shows it to people.
    _card: Any = None

    def _do_render_template_fields(self, *args: Any, **kwargs: Any) -> None:
        # Airflow calls this for every task, mapped ones too, and no public method.
        super()._do_render_template_fields(*args, **kwargs)
        self.fill_in()

    def render_template(
        self, content: Any, context: Any, jinja_env: Any = None, seen_oids: Any = None
    ) -> Any:
        """Render what an author has given, a text with formats too."""
        from ..zoom.text import Text
        from ..zoom.text.filters import Filters

        if self._filters is None:
            self._filters = Filters()
        env = jinja_env or self.get_template_env()
        env.filters.update(self._filters.by_name)
        if isinstance(content, Text):
            slots = self._filters.slots
            return content.each(
                lambda words: slots.fill(str(self.render_template(words, context, env)))
            )
        if isinstance(content, str):
            if not self._is_template(content, env):
                return content
            if self.markdown:
                # Before data is put in, whose lines are not set in.
                content = textwrap.dedent(content)
        return super().render_template(content, context, env, seen_oids)

    def _is_template(self, content: str, env: Any) -> bool:
        # Where a DAG renders to Python values, "48,210" would become a pair of numbers.
        starts = (env.variable_start_string, env.block_start_string, env.comment_start_string)
        return (
            any(start in content for start in starts)
            or bool(env.line_statement_prefix or env.line_comment_prefix)
            or content.endswith(tuple(self.template_ext))
        )

    def fill_in(self) -> None:
        """Put into message and card what the filters gave. To do it again changes nothing."""
        if self._filters is None or self._card is not None:
            return
        from ..zoom import arguments
        from ..zoom.cards import formats
        from ..zoom.errors import ConfigError
        from ..zoom.text import filling

        slots = self._filters.slots
        # What cannot be read is left as it is: the hook says what is wrong with it.
        with suppress(ConfigError, RecursionError):
            raw = bool(arguments.flag("", getattr(self, "is_markdown_support", None)))
            for name in self.texts:
                text = getattr(self, name, None)
                if isinstance(text, str) and slots.has_marks(text):
                    filled = filling.message(
                        text, slots, in_markdown=self.markdown, in_zooms_markdown=raw
                    )
                    setattr(self, name, filled)
            content = getattr(self, "content", None)
            if isinstance(content, str) and slots.has_marks(content):
                content = arguments.card(content)
            if content is not None:
                self._card = filling.card(content, slots, in_zooms_markdown=raw)
                self.content = formats.write(formats.read(self._card), {}, raw)
