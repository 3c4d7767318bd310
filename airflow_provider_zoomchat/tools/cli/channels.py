"""`zoomchat channels`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from .doctor import add_connection, read_stdin
from .terminal import CommandError, Paint, logged_to

if TYPE_CHECKING:
    from ...zoom.channels import Channel

HELP = "list the channels that the acting user sees, with their ids"
DESCRIPTION = """\
List the channels that the acting user of a server_to_server connection sees, with the ids that
go into a connection or into to_channel. The app needs the scope
team_chat:read:list_user_channels:admin (classic: chat_channel:read:admin).
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
        "--link", metavar="URL", help="tell the id in a channel's link, and ask nobody"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list")


def run(chosen: argparse.Namespace) -> int:
    """Print the channels; status 1 if there are none."""
    if chosen.link is not None:
        return _print_id(chosen.link)
    from ...zoom.errors import ZoomChatError

    try:
        with logged_to(sys.stderr):
            user_id, found, left_out = _channels(chosen.conn_id)
    except ZoomChatError as error:
        raise CommandError(str(error)) from None
    words = (chosen.match or "").lower()
    shown = sorted(
        (channel for channel in found if words in channel.name.lower()),
        key=lambda channel: (channel.name.lower(), channel.id),
    )
    if chosen.json:
        print(json.dumps([_as_json(channel) for channel in shown], ensure_ascii=False, indent=2))
    else:
        _print(shown, Paint(sys.stdout))
    if not shown:
        named = f" with {chosen.match!r} in its name" if words and found else ""
        print(f"User {user_id!r} sees no channel{named}, of {len(found)}.", file=sys.stderr)
    if left_out:
        print(left_out, file=sys.stderr)
    return 0 if shown else 1


def _channels(conn_id: str) -> tuple[str, list[Channel], str]:
    """Return the acting user, the channels and what is left out; tell a terminal how far it is."""
    from ..doctor.channel import of_connection

    user_id, pages = of_connection(conn_id, read_stdin)
    channels: list[Channel] = []
    progress = sys.stderr.isatty()
    try:
        for page, total in pages:
            channels += page
            if progress:
                so_far = f"\r{len(channels):,} of {total:,} channels"
                print(so_far, end="", file=sys.stderr, flush=True)
    finally:
        if progress:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    return user_id, channels, pages.left_out


def _print(channels: list[Channel], paint: Paint) -> None:
    width = max((len(channel.kind) for channel in channels), default=0)
    for channel in channels:
        kind = paint(channel.kind.ljust(width), "faint")
        print(f"{channel.id}  {kind}  {paint(channel.name, 'bold')}")
    if len(channels) == 1:
        print(f'\nFor the extra of a connection:\n"channel": {json.dumps(channels[0].id)}')


def _print_id(link: str) -> int:
    from ...zoom.channels import id_in_link

    found = id_in_link(link)
    if found is None:
        raise CommandError(
            "this is no link to a channel: it ends in /launch/chat/v2/ and many letters. Copy it "
            "from the channel's menu in Zoom."
        )
    print(found)
    return 0


def _as_json(channel: Channel) -> dict[str, str]:
    return {
        "id": channel.id,
        "name": channel.name,
        "type": channel.kind,
        "jid": channel.jid,
    }
