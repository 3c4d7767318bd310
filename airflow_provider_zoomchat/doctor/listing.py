"""All the channels that a user sees, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..hooks import place
from ..hooks.client import client_for
from ..hooks.connection import read_connection
from ..zoom import channels
from ..zoom.channels import Channel
from ..zoom.client import ZoomClient
from ..zoom.errors import ConfigError, UnreachableError
from ..zoom.http import Request
from . import access
from .source import find

#: Of one list; with `channels.PAGE_SIZE`, 300,000 channels.
MAX_PAGES = 1000

Pages = Iterator[tuple[list[Channel], int]]


def of_connection(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Pages]:
    """Return the acting user of a connection and the pages of what that user sees.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: there is no such connection, or its app may not list channels.
    :raises UnreachableError: nobody answers at Zoom's hosts.
    """
    found = find(conn_id, stdin)
    settings = read_connection(found.connection, found.called)
    if settings.app_type != "server_to_server":
        raise ConfigError(
            f"{found.called} has App type {settings.app_type!r}, and only an app of type "
            "'server_to_server' may list channels. Use a connection of that type, or copy the "
            "channel's link in Zoom and give it to zoomchat channels --link."
        )
    user_id = place.user(settings, None)
    client = client_for(settings, time_budget=access.TIME_BUDGET)
    for url in access.addresses(settings).values():
        # A wrong host or proxy is no better at a second try.
        client.reach(Request("list the channels", "team_chat", "GET", url, repeatable=True))
    return user_id, pages(client, settings.at.api, user_id)


def pages(client: ZoomClient, api: str, user_id: str) -> Pages:
    """Yield the channels of one page after the other, each once, and how many there are in all.

    A page may be empty and yet not be the last.

    :raises UnreachableError: there is no end to the pages.
    """
    seen: set[str] = set()
    tokens = {""}
    token = ""
    for _ in range(MAX_PAGES):
        page = channels.page(client.send(channels.list_page(api, user_id, token)))
        new = {channel.id: channel for channel in page.channels if channel.id not in seen}
        seen.update(new)
        yield list(new.values()), max(page.total, len(seen))
        token = page.next_page_token
        if not token:
            return
        if token in tokens:
            break
        tokens.add(token)
    raise UnreachableError(
        f"Could not list the channels of user {user_id!r}: there is no end to Zoom's pages "
        f"({len(seen):,} channels so far). Try again later."
    )
