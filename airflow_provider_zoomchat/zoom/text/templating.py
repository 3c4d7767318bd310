"""Rendering the texts of messages with Jinja, for operators and notifiers alike. Pure.

Airflow makes the environments and knows the context; here is what is the same whoever renders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import sanitize
from .model import Text
from .template_filters import Filters

if TYPE_CHECKING:
    from jinja2 import Environment, Template

#: Renders a template with the context that the caller has.
Render = Callable[["Template"], Any]


class MessageTemplates:
    """The templates of one task or of one alert; see `template_filters` for what they know.

    :param mask: replaces secrets in the values that filters show.
    """

    def __init__(self, mask: sanitize.Mask = str) -> None:
        self.filters = Filters(mask)
        self.results = self.filters.results

    def render(self, text: str | Text, env: Environment, render: Render) -> Any:
        """Return a text rendered, with the marks of filters in it; a `Text` without these.

        A text in which no template starts is returned as it is: an environment that renders to
        Python values would make a pair of numbers of ``"48,210"``.
        """
        if isinstance(text, Text):
            return text.each(lambda words: self.results.fill(str(self.render(words, env, render))))
        if not has_templates(text, env):
            return text
        env.filters.update(self.filters.by_name)
        return render(env.from_string(text))


def has_templates(text: str, env: Environment) -> bool:
    """Tell whether a template may start in a text; a DAG may have delimiters of its own."""
    starts = (env.variable_start_string, env.block_start_string, env.comment_start_string)
    has_lines = env.line_statement_prefix or env.line_comment_prefix
    return bool(has_lines) or any(start in text for start in starts)


def load(text: str, env: Environment, endings: str | tuple[str, ...]) -> str:
    """Return the content of a template file if a text is its name and nothing else.

    :param endings: what the names of such files end with.
    :raises jinja2.TemplateNotFound: there is no such file.
    """
    if not sanitize.is_file_name(text, endings):
        return text
    source: str = env.loader.get_source(env, text)[0]  # type: ignore[union-attr]
    return source
