"""Why a connection does not work: looked at step by step, from its fields to a posted message.

Read it in this order: `step` (what is said), `connection` (where a connection comes from, and its
fields), `access` (hosts, token, app type, scopes, sender), `channels` (where messages go),
`posting` (whether they get there), `examination` (all of it).

Nothing here prints; every step is yielded as soon as it is known. Airflow is imported only to look
for a connection that is not in the environment: it takes seconds, and sets up what it needs.
"""

from __future__ import annotations

from .connection import find, is_id
from .examination import examine
from .step import Outcome, Step

__all__ = ["Outcome", "Step", "examine", "find", "is_id"]
