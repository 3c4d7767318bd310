"""How large a file is, in words. Pure."""

from __future__ import annotations


def size(count: int) -> str:
    """Return a number of bytes as people read it: ``"940 B"``, ``"12 kB"``, ``"3.4 MB"``."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.0f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"
