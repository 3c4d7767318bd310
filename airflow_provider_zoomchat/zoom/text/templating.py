"""Rendering the texts of messages with Jinja, and Zoom's formats as filters, for every API. Pure.

Airflow makes the environments and knows the context; here is what is the same whoever renders.

- ``{{ task.task_id | zoom_code }}``: in the type of code.
- ``{{ ti.log_url | zoom_link("Log") }}``: words that open an address.
- ``{{ params.owner | zoom_mention }}``: a mention, by e-mail address; of everybody by "all".
- ``{{ ti.xcom_pull("count") | zoom_table }}``: rows as aligned columns.
- ``{{ exception | zoom_escape }}``: as it is, where the text around it is read as markdown.

A Jinja filter can return nothing but a string. So a filter returns a mark and keeps the formatted
text; after rendering, `FilterResults` replaces the marks. The number in a mark is random, so that
no text from data can contain one.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from .. import sanitize, text
from ..users import read_mentions
from .commonmark import markdown
from .model import Text, concat

if TYPE_CHECKING:
    from jinja2 import Environment, Template

#: Renders a template with the context that the caller has.
Render = Callable[["Template"], Any]

#: Characters of one value beyond which its middle is dropped; what is sent is shorter.
MAX_VALUE = 20_000

#: Characters of the words of a link.
_MAX_LINK_WORDS = 300


class FilterResults:
    """The formatted texts that the filters of one rendering returned."""

    def __init__(self) -> None:
        self._number = 10**11 + secrets.randbelow(9 * 10**11)
        self._texts: list[Text] = []

    def mark(self, text: Text) -> str:
        """Keep a text and return the mark that stands for it."""
        self._texts.append(text)
        return f"\ue000{self._number}.{len(self._texts) - 1}\ue001"

    def has_marks(self, text: str) -> bool:
        """Tell whether there is anything to put in."""
        return bool(self._texts) and ("\ue000" in text or str(self._number) in text)

    def fill(self, text: str) -> Text:
        """Return a rendered text with its marks replaced by what they stand for.

        Whatever a template may have done to a mark, nothing of it is left.
        """
        return concat(self.parts(text))

    def parts(self, text: str) -> list[Text | str]:
        """Return what `fill` puts together: texts for the marks, plain words between them."""
        if not self.has_marks(text):
            return [text]
        parts: list[Text | str] = []
        for index, part in enumerate(re.split(rf"\ue000{self._number}\.(\d+)\ue001", text)):
            if index % 2:
                parts.append(self._texts[int(part)])
            else:
                part = re.sub(rf"\ue000?{self._number}(\.\d*)?\ue001?", "", part)
                parts.append(re.sub(r"\ue000(\d+)", self._without_start, part))
        return parts

    def _without_start(self, found: re.Match[str]) -> str:
        """Return nothing for what a cut has left of a mark."""
        return "" if str(self._number).startswith(found[1]) else found[0]

    def words(self, url: str) -> str:
        """Return an address with the words of its marks; markdown has quoted them."""
        if not self.has_marks(url):
            return url
        for edge in "\ue000\ue001":
            url = url.replace(quote(edge), edge)
        return re.sub(r"\s", lambda blank: quote(blank[0]), self.fill(url).message)

    def message(
        self,
        source: str,
        *,
        commonmark: bool = False,
        zoom_markdown: bool = False,
        clean: Callable[[str], str] = str,
    ) -> Text:
        """Return a rendered message with its marks replaced.

        :param commonmark: the text around the marks is CommonMark.
        :param zoom_markdown: it is Zoom's own markdown, which is sent as it is.
        :param clean: makes plain words harmless.
        :raises ConfigError: the CommonMark is too long to be read.
        """
        if commonmark:
            return markdown(clean(source), self.fill, self.words)
        kind = "ZoomMarkdown" if zoom_markdown else ""
        parts = (part if isinstance(part, Text) else clean(part) for part in self.parts(source))
        return concat(
            Text(part).formatted(kind) if kind and isinstance(part, str) else part for part in parts
        )


class MessageTemplates:
    """The templates of one task or of one alert, and the filters that they know; see `results`.

    :param mask: replaces secrets in the values that filters show.
    """

    def __init__(self, mask: sanitize.Mask = str) -> None:
        self.results = FilterResults()
        self._mask = mask
        #: The filters by the names that templates know them by.
        self.by_name: Mapping[str, Callable[..., str]] = {
            "zoom_escape": self._escape,
            "zoom_code": self._code,
            "zoom_link": self._link,
            "zoom_mention": self._mention,
            "zoom_table": self._table,
        }

    def render(self, text: str | Text, env: Environment, render: Render) -> Any:
        """Return a text rendered, with the marks of filters in it; a `Text` without these.

        A text in which no template starts is returned as it is: an environment that renders to
        Python values would make a pair of numbers of ``"48,210"``.
        """
        if isinstance(text, Text):
            return text.each(lambda words: self.results.fill(str(self.render(words, env, render))))
        if not has_template(text, env):
            return text
        env.filters.update(self.by_name)
        return render(env.from_string(text))

    def _escape(self, value: Any) -> str:
        return self.results.mark(Text(self._shown(value)))

    def _code(self, value: Any) -> str:
        shown = self._shown(value)
        return self.results.mark(Text(shown).formatted("CodeBlock" if "\n" in shown else "Code"))

    def _link(self, value: Any, words: str = "") -> str:
        url = "" if value is None else str(value).strip()[:MAX_VALUE]
        shown = sanitize.cut(sanitize.one_line(self._shown(words or url)), _MAX_LINK_WORDS)
        # One with a secret in it leads nowhere any more.
        if self._mask(sanitize.harmless(url)) != url:
            return self._escape(shown)
        return self.results.mark(text.link(shown, re.sub(r"\s", "%20", url)))

    def _mention(self, value: Any, name: str = "") -> str:
        given = value if isinstance(value, (list, tuple)) else [value]
        people = read_mentions([self._shown(who) for who in given])
        # A name is one person's.
        shown = self._shown(name) if len(people) == 1 else ""
        return " ".join(self.results.mark(text.mention(who, shown)) for who in people)

    def _table(self, value: Any, columns: Sequence[str] | None = None, max_rows: int = 20) -> str:
        from .. import tables

        shown = tables.as_text(tables.table(value, columns, max_rows=max_rows))
        return self.results.mark(Text(self._shown(shown)).formatted("CodeBlock", text.TABLE))

    def _shown(self, value: Any) -> str:
        return sanitize.fit("" if value is None else str(value), MAX_VALUE, self._mask)


def has_template(text: str, env: Environment) -> bool:
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
