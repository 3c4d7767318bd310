"""What templates of messages can do beyond Jinja's own: Zoom's formats, right at every door. Pure.

- ``{{ task.task_id | zoom_code }}``: in the type of code.
- ``{{ ti.log_url | zoom_link("Log") }}``: words that open an address.
- ``{{ params.owner | zoom_mention }}``: a mention, by e-mail address; of everybody by "all".
- ``{{ ti.xcom_pull("count") | zoom_table }}``: rows as columns in line.
- ``{{ exception | zoom_escape }}``: as it is, where the text around it is read as markdown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .. import plain, text
from ..contacts import read_mentions
from .slots import Slots
from .spans import Text

#: Characters of one value beyond which its middle is not even looked at; what is sent is shorter.
MOST_OF_VALUE = 20_000

#: Characters of the words of a link.
_MOST_OF_WORDS = 300


class Filters:
    """The filters of one rendering; what they give stands in its `slots`.

    :param mask: replaces secrets.
    """

    def __init__(self, mask: plain.Mask = str) -> None:
        self.slots = Slots()
        self._mask = mask

    @property
    def by_name(self) -> Mapping[str, Callable[..., str]]:
        """The filters by the names that templates know them by."""
        return {
            "zoom_escape": self._escape,
            "zoom_code": self._code,
            "zoom_link": self._link,
            "zoom_mention": self._mention,
            "zoom_table": self._table,
        }

    def _escape(self, value: Any) -> str:
        return self.slots.mark(Text(self._shown(value)))

    def _code(self, value: Any) -> str:
        shown = self._shown(value)
        return self.slots.mark(Text(shown).formatted("CodeBlock" if "\n" in shown else "Code"))

    def _link(self, value: Any, words: str = "") -> str:
        url = "" if value is None else str(value).strip()[:MOST_OF_VALUE]
        shown = plain.cut(plain.one_line(self._shown(words or url)), _MOST_OF_WORDS)
        # One with a secret in it leads nowhere any more.
        if self._mask(plain.harmless(url)) != url:
            return self._escape(shown)
        return self.slots.mark(text.link(shown, re.sub(r"\s", "%20", url)))

    def _mention(self, value: Any, name: str = "") -> str:
        given = value if isinstance(value, (list, tuple)) else [value]
        people = read_mentions([self._shown(who) for who in given])
        # A name is one person's.
        shown = self._shown(name) if len(people) == 1 else ""
        return " ".join(self.slots.mark(text.mention(who, shown)) for who in people)

    def _table(self, value: Any, columns: Sequence[str] | None = None, max_rows: int = 20) -> str:
        from .. import tables

        shown = tables.as_text(tables.table(value, columns, max_rows=max_rows))
        return self.slots.mark(Text(self._shown(shown)).formatted("CodeBlock", text.TABLE))

    def _shown(self, value: Any) -> str:
        return plain.fit("" if value is None else str(value), MOST_OF_VALUE, self._mask)
