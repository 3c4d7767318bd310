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
from .source import find

Pages = Iterator[tuple[list[Channel], int]]


def of_connection(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Pages]:
    """Return the acting user of a connection and the pages of what that user sees.

    :param conn_id: its id; ``-`` for one that `stdin` gives as JSON or as a URI.
    :raises ConfigError: there is no such connection, or its app may not list channels.
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
    return user_id, pages(client_for(settings), settings.at.api, user_id)


def pages(client: ZoomClient, api: str, user_id: str) -> Pages:
    """Yield the channels of one page after the other, and how many there are in all.

    :raises UnreachableError: there is no end to the pages.
    """
    seen: set[str] = set()
    token = ""
    while True:
        page = channels.page(client.send(channels.list_page(api, user_id, token)))
        new = [channel for channel in page.channels if channel.id not in seen]
        seen.update(channel.id for channel in new)
        yield new, max(page.total, len(seen))
        if not page.next_page_token:
            return
        if not new or page.next_page_token == token:
            raise UnreachableError(
                f"Could not list the channels of user {user_id!r}: after {len(seen)} Zoom names "
                "another page, but gives nothing new. Try again later."
            )
        token = page.next_page_token
