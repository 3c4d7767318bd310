"""Why a connection does not work: looked at step by step, from its fields to a posted message.

Read it in this order: `source` (where a connection comes from), `connection` (a finding, and the
fields), `access` (hosts, token, app type, scopes, users), `channel` (where messages go), `posting`
(whether they may), `examination` (all of it).

Nothing here prints; every step is yielded as soon as it is known.
"""

from __future__ import annotations

from .connection import Outcome, Step
from .examination import examine
from .source import Found, find, is_id

__all__ = ["Found", "Outcome", "Step", "examine", "find", "is_id"]
