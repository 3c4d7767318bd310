"""Secrets in other people's texts: known ones, and passwords in URLs and settings. Pure.

What a URL is for stays readable: its scheme, user, host and path.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

_MASK = "***"

#: An address up to the next blank or the next address. A scheme's length is bounded for speed.
_ADDRESS = re.compile(r"([\w+.-]{0,40})://((?:(?![\w+.-]{0,40}://)\S)+)")

#: An address ends at the quotation mark that belongs to the one in front of it.
_QUOTES = {'"': '"', "'": "'", "`": "`", "<": ">"}

#: Schemes whose addresses have no password with a bare slash: there it is the path's, as in
#: https://host:8080/users/ann@example.com.
_WEB = re.compile(
    r"(git\+|svn\+)?(https?|wss?|s?ftps?|ssh|git|file|s3[an]?|gs|hdfs|abfss?|wasbs?)$", re.I
)

#: Schemes whose user name alone lets somebody in: https://<token>@host.
_TOKEN_IS_USER = re.compile(r"(git\+)?https?$", re.I)

#: jdbc:oracle:thin:user/password@host
_ORACLE = re.compile(r"(jdbc:oracle:\w{1,20}:[^/\s@]{0,100}/)([^\s@]{1,200})(?=@)", re.I)

#: postgresql%3A%2F%2Fuser%3Apassword%40host, as it stands in another address.
_ENCODED = re.compile(r"(%3A%2F%2F[\w.~+-]*%3A)((?:(?!%2F|%40)[^\s\"'&<>])+)(?=%40)", re.I)

_NAMES = r"[\w.%-]*(?:password|passwd|passphrase|pwd|secret|(?:api|account|access|private)_?key)"
_SIGNED = r"[\w.%-]*(?:token|signature|credential)|sig|auth"

#: The value of a setting: quoted, in braces as ODBC has it, or up to the next separator.
_VALUE = r"""('[^'\n]*'|"[^"\n]*"|\{[^}\n]*\}|[^\s&'"<>%s]*[^\s&'"<>%s,.)\]}])"""

#: password=..., in an address, a DSN or an ODBC string; a bare `;` ends it behind another one.
_SETTING = re.compile(
    rf"((?<=[?&])(?:{_NAMES})=){_VALUE % ('', '')}"
    rf"|((?<![\w.%-])(?:{_NAMES})=){_VALUE % (';', ';')}",
    re.I,
)
_SIGNATURE = re.compile(rf"((?<=[?&])(?:{_SIGNED})=){_VALUE % ('', '')}", re.I)


def without_passwords(text: str, *, signatures: bool = False) -> str:
    """Return a text with the passwords in its addresses replaced by ``***``.

    >>> without_passwords("postgresql://etl:secret@db/shop")
    'postgresql://etl:***@db/shop'

    :param signatures: tokens and signatures too. Not for links to hand on: some open by
        their signature alone.
    """
    if "://" in text:
        text = _ADDRESS.sub(_address, text)
    if "=" in text:
        text = _SETTING.sub(_setting, text)
        text = _SIGNATURE.sub(rf"\1{_MASK}", text) if signatures else text
    if "%" in text:
        text = _ENCODED.sub(rf"\1{_MASK}", text)
    return _ORACLE.sub(rf"\1{_MASK}", text) if "@" in text else text


def _setting(found: re.Match[str]) -> str:
    name, value = (found[1], found[2]) if found[1] else (found[3], found[4])
    return found[0] if value in ("None", "null", "''", '""') else name + _MASK


def _address(found: re.Match[str]) -> str:
    scheme, rest = found[1], found[2]
    before = found.string[found.start() - 1] if found.start() else ""
    if before in _QUOTES:
        rest = rest.partition(_QUOTES[before])[0]
    end = _end_of_user(rest, is_web=_WEB.match(scheme) is not None)
    if end < 0:
        return found[0]
    behind = found[2][end:]
    name, colon, password = rest[:end].partition(":")
    if _TOKEN_IS_USER.match(scheme) and password in ("", "x-oauth-basic"):
        return f"{scheme}://{_MASK}{colon}{password}{behind}"
    return f"{scheme}://{name}:{_MASK}{behind}" if password else found[0]


def _end_of_user(rest: str, *, is_web: bool) -> int:
    """Return where the ``@`` behind user and password stands in an address; -1 without one.

    Passwords are not always encoded as they should be, and may hold ``@ : / ? #``.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, host = authority.rpartition("@")
    _, colon, port = host.rpartition(":")
    has_port = not colon or port.rstrip(",;.)").isdigit() or host.startswith("[")
    if at and (is_web or (":" not in user and has_port)):
        return len(user)
    if not at and (not colon or host.startswith("[") or (is_web and (has_port or not port))):
        return -1
    # What looks like a query has an `@` of its own, as in ?user=ann@example.com.
    query = re.search(r"\?[\w.%-]+=", rest)
    path = rest[: query.start()] if query and "@" in rest[: query.start()] else rest
    if query and not at and path is rest:
        return -1 if has_port else rest.rfind("@")
    return path.rfind("@")


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


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text with secrets replaced by ``***``, however it writes them."""
    forms = {form for secret in secrets if secret for form in spellings(secret)}
    # The longest first: one may be a part of another.
    known = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.sub(known, "***", text, flags=re.IGNORECASE) if known else text
