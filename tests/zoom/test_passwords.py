"""Passwords in addresses, and what only looks like one."""

from __future__ import annotations

import pytest

from airflow_provider_zoomchat.zoom import masking, sanitize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://etl:secret@db/shop", "postgresql://etl:***@db/shop"),
        ("postgresql+psycopg2://etl:12345@db:5432/s", "postgresql+psycopg2://etl:***@db:5432/s"),
        ("x://u:p@ss@db/shop", "x://u:***@db/shop"),
        ("x://u:p/ss@db/shop", "x://u:***@db/shop"),
        ("x://u:p:ss@db/shop", "x://u:***@db/shop"),
        ("x://u:p@s/s@db/shop", "x://u:***@db/shop"),
        ("x://u:p?s#s@db/shop", "x://u:***@db/shop"),
        ("x://u:p%40ss@db/shop", "x://u:***@db/shop"),
        ("x://u:pw@db/shop?to=ann@example.com", "x://u:***@db/shop?to=ann@example.com"),
        (
            "https://u:pw@host:8080/users/ann@b.example",
            "https://u:***@host:8080/users/ann@b.example",
        ),
        ("https://u:p@ss@host/", "https://u:***@host/"),
        ("redis://:secret@host:6379/0", "redis://:***@host:6379/0"),
        ("redis://:secret@[::1]:6379/0", "redis://:***@[::1]:6379/0"),
        ("https://token@host/x", "https://***@host/x"),
        ("git+https://token@host/x", "git+https://***@host/x"),
        ("https://token:x-oauth-basic@host/x", "https://***:x-oauth-basic@host/x"),
        ("snowflake://ann:pw@account/db?role=r", "snowflake://ann:***@account/db?role=r"),
        ("snowflake://ann@b.example:pw@account/db", "snowflake://ann@b.example:***@account/db"),
        ("mongodb://u:pw@h1:27017,h2:27017/db", "mongodb://u:***@h1:27017,h2:27017/db"),
        ("a://u:x@h1/d,b://u:y@h2/d", "a://u:***@h1/d,b://u:***@h2/d"),
        ("'x://u:pw@h','ann@example.com'", "'x://u:***@h','ann@example.com'"),
        ("first\nx://u:pw@h\nlast", "first\nx://u:***@h\nlast"),
        ("jdbc:postgresql://h/db?user=u&password=p", "jdbc:postgresql://h/db?user=u&password=***"),
        ("jdbc:postgresql://h/d?password=a@b&user=u", "jdbc:postgresql://h/d?password=***&user=u"),
        (
            "jdbc:sqlserver://h:1433;user=u;password=p;x=1",
            "jdbc:sqlserver://h:1433;user=u;password=***;x=1",
        ),
        ("jdbc:oracle:thin:etl/secret@//db:1521/x", "jdbc:oracle:thin:etl/***@//db:1521/x"),
        ("host=db user=etl password=secret", "host=db user=etl password=***"),
        ("host=db password='my secret' user=etl", "host=db password=*** user=etl"),
        ("SERVER=h;UID=u;PWD={a;b};X=1", "SERVER=h;UID=u;PWD=***;X=1"),
        ("connect(host='h', password='secret')", "connect(host='h', password=***)"),
        ("sb://h/;SharedAccessKey=abc=;EntityPath=e", "sb://h/;SharedAccessKey=***;EntityPath=e"),
        ("https://h/x?client_secret=a&api_key=b", "https://h/x?client_secret=***&api_key=***"),
        ("postgresql%3A%2F%2Fetl%3Asecret%40db", "postgresql%3A%2F%2Fetl%3A***%40db"),
    ],
)
def test_a_password(text: str, shown: str) -> None:
    """The password goes, and user, host, path and what stands around stay; once is enough."""
    assert masking.without_passwords(text) == shown
    assert masking.without_passwords(shown) == shown
    assert sanitize.excerpt(text, 300) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com, bob@example.com",
        "at 12:30@noon, or 12:30@",
        "sftp://host:22/path",
        "sftp://host:22/path@v2/ann@example.com",
        "https://host/users/ann@example.com?to=bob@example.com",
        "http://localhost:8080/users/ann@example.com",
        "https://medium.com/@ann",
        "http://[::1]:8080/ann@example.com",
        "postgresql://etl@db/shop",
        "ssh://git@github.com/a",
        "abfss://container@account.dfs.core.windows.net/path",
        "mongodb://h1:27017,h2:27017/db",
        "oracle://h:1521/svc?to=ann@example.com",
        '{"dsn":"redis://h:6379","mail":"ann@example.com"}',
        "connect(password=None)",
        "unexpected token=';' with max_tokens=100",
        "page_token and password are missing",
        "https://host/x?page=2&key=orders",
    ],
)
def test_no_password(text: str) -> None:
    """E-mail addresses, ports, users without a password and times are left as they are."""
    assert sanitize.excerpt(text, 300) == text


def test_signatures() -> None:
    """A signature is no business of a reader's, but a link that is handed on lives by it."""
    text = "https://h/x?page=2&X-Amz-Signature=abc&sig=d&token=e"
    assert sanitize.fit(text, 300) == "https://h/x?page=2&X-Amz-Signature=***&sig=***&token=***"
    assert sanitize.fit(text, 300, has_links=True) == text


@pytest.mark.parametrize(
    "address", ["x://etl:hunter2hunter2@db/shop", "?password=hunter2hunter2&x"]
)
def test_a_cut_goes_through_no_password(address: str) -> None:
    """Wherever an address stands in a long text, not even a part of its password is shown."""
    for position in (*range(150, 260), *range(8850, 8990)):
        text = ("." * position + " " + address + " " + "." * 9000)[:9100]
        assert "hunt" not in sanitize.excerpt(text, 300)
        assert "ter2" not in sanitize.excerpt(text, 300)


@pytest.mark.parametrize(
    "part", ["a", "://", "a:", "x://u:p", "@", "password=", "?", "'", "%3A%2F%2F", "jdbc:oracle:a:"]
)
def test_what_is_no_address_again_and_again(part: str) -> None:
    """A long text of nothing but beginnings is read in time, and never grows."""
    text = part * (40_000 // len(part)) + "@"
    assert len(masking.without_passwords(text, signatures=True)) <= len(text) * 3
