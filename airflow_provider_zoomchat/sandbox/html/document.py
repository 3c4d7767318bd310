"""An HTML document that holds all it needs, and whose policy lets it load and run nothing."""

from __future__ import annotations

from airflow_provider_zoomchat.sandbox.html.style import CSS
from airflow_provider_zoomchat.sandbox.html.text import escape


def document(title: str, body: str, more_css: str = "") -> str:
    """Return a document in the chat's style.

    :param title: a text.
    :param body: HTML.
    :param more_css: added behind the chat's own.
    """
    return _DOCUMENT.format(title=escape(title), css=CSS + more_css, body=body)


_DOCUMENT = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="\
default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
{css}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""
