"""Places in a template's text that what a filter gives is put into afterwards. Pure.

A filter of Jinja's cannot return a format, only text. So it leaves a mark in the text, which is
found again when the text is rendered; its number is new each time, so that no text that came from
data can hold one.
"""

from __future__ import annotations

import re
import secrets
from urllib.parse import quote

from .spans import Text, concat


class Slots:
    """What the filters of one rendering were given."""

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
