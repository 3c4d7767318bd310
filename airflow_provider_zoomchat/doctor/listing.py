"""All the channels that a user sees, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..hooks import targets
from ..hooks.connection import client_for, read_connection
from ..zoom import channels
from ..zoom.channels import Channel
from ..zoom.client import ZoomClient
from ..zoom.deadline import Deadline
from ..zoom.errors import ConfigError, UnreachableError, ZoomChatError
from ..zoom.http import Request
from . import access
from .source import find

#: Of one list; with `channels.PAGE_SIZE`, 30,000 channels.
MAX_PAGES = 100

#: Seconds for one list.
SECONDS = 60.0


class Listing:
    """The channels that a user sees, page by page: pages of channels, and how many Zoom counts.

    A page may be empty and yet not be the last. What has no end is not listed to its end.

    :param seconds: for all pages together.
    """

    def __init__(
        self, client: ZoomClient, api: str, user_id: str, *, seconds: float = SECONDS
    ) -> None:
        self._client = client
        self._api = api
        self._user_id = user_id
        self._seconds = seconds
        #: After the last page: what is left out, as a sentence; empty if nothing is.
        self.left_out = ""

    def __iter__(self) -> Iterator[tuple[list[Channel], int]]:
        """Yield the channels of one page after the other, each once.

        :raises ZoomChatError: Zoom refuses, does not answer, or gives the same page for ever.
        """
        deadline = Deadline(self._seconds)
        seen: set[str] = set()
        tokens = {""}
        token, total, limit = "", 0, f"{MAX_PAGES} pages"
        for number in range(MAX_PAGES):
            try:
                page = self._page(token, deadline)
            except ZoomChatError:
                # Only a first page must be there; of the others, what there is time for.
                if deadline.remaining > 0 or not number:
                    raise
                limit = f"{self._seconds:g} s"
                break
            new = {channel.id: channel for channel in page.channels if channel.id not in seen}
            seen.update(new)
            total = max(page.total, len(seen))
            yield list(new.values()), total
            token = page.next_page_token
            if not token:
                return
            if token in tokens:
                raise UnreachableError(
                    f"Could not list the channels of user {self._user_id!r}: there is no end to "
                    f"Zoom's pages ({len(seen):,} channels so far). Try again later."
                )
            tokens.add(token)
        counted = f"; Zoom counts {total:,}" if total > len(seen) else ""
        self.left_out = (
            f"The list ends after {limit}, with {len(seen):,} channels{counted}. The others are "
            "left out: the link of a channel, copied in Zoom, has its id too (zoomchat channels "
            "--link)."
        )

    def _page(self, token: str, deadline: Deadline) -> channels.Page:
        seconds = min(self._client.time_budget, deadline.remaining)
        request = channels.list_page(self._api, self._user_id, token)
        return channels.page(self._client.send(request, time_budget=seconds))


def of_connection(conn_id: str, stdin: Callable[[], str]) -> tuple[str, Listing]:
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
    user_id = targets.user(settings, None)
    client = client_for(settings, time_budget=access.TIME_BUDGET)
    for url in access.addresses(settings).values():
        # A wrong host or proxy is no better at a second try.
        client.reach(Request("list the channels", "team_chat", "GET", url, repeatable=True))
    return user_id, Listing(client, settings.at.api, user_id)
