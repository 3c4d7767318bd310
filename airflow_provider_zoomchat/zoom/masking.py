"""Secrets in texts of others: how they may be written, and a text without them. Pure."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit


def spellings(secret: str) -> tuple[str, ...]:
    """Return the ways in which a secret may be written, each once: as it is, percent-encoded or
    decoded, in JSON, in HTML, in base64.

    >>> spellings("a/b")
    ('a/b', 'a%2Fb', 'a%2fb', 'a%252Fb', 'a\\\\/b', 'YS9i')
    """
    encoded = (quote(secret), quote(secret, ""), quote_plus(secret))
    in_json = json.dumps(secret)[1:-1]
    found = [
        secret,
        *encoded,
        *(re.sub("%..", lambda match: match[0].lower(), form) for form in encoded),
        quote(quote(secret, ""), ""),
        unquote(secret),
        unquote_plus(secret),
        in_json,
        in_json.replace("/", "\\/"),
        html.escape(secret),
        *in_base64(secret),
    ]
    return tuple(dict.fromkeys(form for form in found if form))


def in_base64(secret: str) -> tuple[str, str]:
    """Return the base64 of a text in both alphabets, without its padding."""
    raw = secret.encode("utf-8", "replace")
    return (
        base64.b64encode(raw).decode().rstrip("="),
        base64.urlsafe_b64encode(raw).decode().rstrip("="),
    )


def in_url(url: str | None) -> tuple[str, ...]:
    """Return the secrets in the address of a proxy or a host: its password, and what it goes as."""
    try:
        parts = urlsplit(url or "")
        user, password = parts.username or "", parts.password
    except ValueError:
        return ()
    if not password:
        return ()
    # Proxy-Authorization has the two as they are, decoded.
    return password, *in_base64(f"{unquote(user)}:{unquote(password)}")


def masked(text: str, secrets: Iterable[str]) -> str:
    """Return a text with secrets replaced by ``***``, however it writes them."""
    forms = {form for secret in secrets if secret for form in spellings(secret)}
    # The longest first: one may be a part of another.
    known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.sub(known, "***", text, flags=re.IGNORECASE) if known else text
