"""Why a connection does not work: looked at step by step, from its fields to a posted message.

Read it in this order: `step` (a finding), `source` (where a connection comes from), `fields` (what
stands in it), `access` (hosts, token, kind of app, scopes), `sender` (who posts), `listing` and
`channel` (where to), `posting` (whether they may), `examination` (all of it).

Nothing here prints; every step is yielded as soon as it is known.
"""

from __future__ import annotations

from .examination import examine
from .source import Found, find, is_id
from .step import Outcome, Step

__all__ = ["Found", "Outcome", "Step", "examine", "find", "is_id"]
