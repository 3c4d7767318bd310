"""`zoomchat channels`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from ..output import logged_to
from .terminal import CommandError, Paint, add_connection, print_json, read_stdin

if TYPE_CHECKING:
    from ...hooks.channel_lookup import Listing
    from ...zoom.channels import Channel

HELP = "list the channels that the acting user sees, with their ids"
DESCRIPTION = """\
List the channels that the acting user of a server_to_server connection sees, or the user of a
user_oauth connection, with the ids that go into a connection or into to_channel. The app needs the
scope team_chat:read:list_user_channels:admin (classic: chat_channel:read:admin), for user_oauth
without :admin.
"""
EXAMPLES = """\
examples:
  zoomchat channels                        those of the connection zoom_default
  zoomchat channels --match alerts         those with this in their name
  zoomchat channels - < connection.json    a connection as JSON, or as a URI
  zoomchat channels --json | jq -r '.[] | select(.type == "public") | .id'
  zoomchat channels --link https://zoom.us/launch/chat/v2/...   without asking Zoom
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    add_connection(parser)
    parser.add_argument("--match", metavar="TEXT", help="only those with this in their name")
    parser.add_argument(
        "--link", metavar="URL", help="print the id in a channel's link, without calling Zoom"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(chosen: argparse.Namespace) -> int:
    """Print the channels; status 1 if there are none."""
    from ...zoom.addresses import id_in_link
    from ...zoom.errors import ZoomChatError

    if chosen.link is not None:
        channel_id = id_in_link(chosen.link)
        if channel_id is None:
            raise CommandError(
                "this is no link to a channel: it ends in /launch/chat/v2/ and many letters. Copy "
                "it from the channel's menu in Zoom."
            )
        print(channel_id)
        return 0
    try:
        with logged_to(sys.stderr):
            user_id, listing = _list(chosen.conn_id)
    except ZoomChatError as error:
        raise CommandError(str(error)) from None
    words = (chosen.match or "").lower()
    shown = sorted(
        (channel for channel in listing.channels if words in channel.name.lower()),
        key=lambda channel: (channel.name.lower(), channel.id),
    )
    if chosen.json:
        entries = [{"id": c.id, "name": c.name, "type": c.kind, "jid": c.jid} for c in shown]
        print_json(entries, sys.stdout)
    else:
        _print(shown, Paint(sys.stdout))
    if not shown:
        named = f" with {chosen.match!r} in its name" if words and listing.channels else ""
        total = len(listing.channels)
        print(f"User {user_id!r} sees no channel{named}, of {total}.", file=sys.stderr)
    if listing.left_out:
        print(listing.left_out, file=sys.stderr)
    return 0 if shown else 1


def _list(conn_id: str) -> tuple[str, Listing]:
    """Return the acting user and the channels; show on a terminal how far it is."""
    from ...hooks.channel_lookup import Listing
    from ..doctor.channels import channels_of

    user_id, pages = channels_of(conn_id, read_stdin)
    progress = sys.stderr.isatty()
    listing = Listing([], 0)
    try:
        for listing in pages:
            if progress:
                so_far = f"\r{len(listing.channels):,} of {listing.total:,} channels"
                print(so_far, end="", file=sys.stderr, flush=True)
    finally:
        if progress:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return user_id, listing


def _print(shown: list[Channel], paint: Paint) -> None:
    width = max((len(channel.kind) for channel in shown), default=0)
    for channel in shown:
        kind = paint(channel.kind.ljust(width), "faint")
        print(f"{channel.id}  {kind}  {paint(channel.name, 'bold')}")
    if len(shown) == 1:
        print(f'\nFor the extra of a connection:\n"channel": {json.dumps(shown[0].id)}')
