"""A DAG file that ends whatever reads it."""

from __future__ import annotations

import sys

sys.exit(3)
