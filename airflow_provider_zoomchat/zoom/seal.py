"""Values that lie where others may read and write: encrypted, and authenticated. Pure.

The key is derived from a client secret (HKDF-SHA256, RFC 5869), and what is sealed is a token of
Fernet (AES-128-CBC with HMAC-SHA256), as in Airflow's own database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

#: The version of what is written; another version's is not read.
_VERSION = 1


def seal(secret: str, name: str, value: Mapping[str, Any]) -> str:
    """Return a JSON value as a text that only who knows the secret can read or make.

    :param name: where it is kept: moved elsewhere, it cannot be read.
    """
    text = json.dumps({"version": _VERSION, **value})
    return str(_fernet(secret, name).encrypt(text.encode()).decode())


def unseal(secret: str, name: str, text: str) -> dict[str, Any] | None:
    """Return what was sealed; None if that was not done with this secret, name and version."""
    from cryptography.fernet import InvalidToken

    try:
        value = json.loads(_fernet(secret, name).decrypt(text.encode("utf-8", "replace")))
    except (InvalidToken, ValueError):
        return None
    if not isinstance(value, dict) or value.pop("version", None) != _VERSION:
        return None
    return value


def _fernet(secret: str, name: str) -> Any:
    # Imported here, since few connections share their tokens.
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    purpose = f"airflow-provider-zoomchat {name}".encode()
    derived = HKDF(SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
