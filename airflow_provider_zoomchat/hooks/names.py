"""Names that somebody typed, where they may as well be a part of a secret. Pure.

What is cut in the wrong place leaves one: an & in a URI, a quote in JSON. So a name is shown only
if it is like one that is known.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

#: How alike two names are, from 0 to 1; assumed: no part of a secret comes so near to a name.
_ALIKE = 0.7

#: How the type of a connection looks, which is also what a URI begins with.
KIND = re.compile(r"[a-z][\w+.-]*", re.ASCII | re.IGNORECASE)


def near(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that another one is like.

    >>> near("chanel", ["channel", "label"])
    'channel'
    """
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)), None)


def shown(names: Iterable[str], known: Sequence[str]) -> str:
    """Return keys as a text: those that are like a known one, and how many others there are.

    >>> shown(["chanel", "s3cr3t"], ["channel", "label"])
    "'chanel' and 1 unknown key"
    """
    typed = sorted(names)
    like = [repr(name) for name in typed if near(name, known)]
    others = len(typed) - len(like)
    count = f"{others} unknown key{'s' if others > 1 else ''}"
    return " and ".join([*([", ".join(like)] if like else []), *([count] if others else [])])
