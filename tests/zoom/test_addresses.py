from __future__ import annotations

import base64
import json

import pytest

from airflow_provider_zoomchat.zoom.addresses import (
    GOVERNMENT,
    ZOOM,
    Hosts,
    bot_link,
    channel_id,
    channel_jid,
    channel_link,
    hosts_of,
)
from airflow_provider_zoomchat.zoom.errors import ConfigError

CHANNEL = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("host", "known"),
    [
        (None, ZOOM),
        ("", ZOOM),
        ("zoom.us", ZOOM),
        ("api.zoom.us", ZOOM),
        ("https://api.zoom.us/v2", ZOOM),
        ("ACME.zoom.us", ZOOM),
        ("zoomgov.com", GOVERNMENT),
        ("https://api.zoomgov.com", GOVERNMENT),
    ],
)
def test_zooms_own_hosts(host: str | None, known: Hosts) -> None:
    """Zoom's hosts are known under every spelling that a person might copy."""
    assert hosts_of(host) == known


@pytest.mark.parametrize(
    ("host", "base"),
    [
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:8765/", "http://localhost:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("https://zoom.example.com/gateway/", "https://zoom.example.com/gateway"),
    ],
)
def test_one_server_for_all(host: str, base: str) -> None:
    """A URL stands for every host of Zoom."""
    api = f"{base}/v2"
    assert hosts_of(host) == Hosts(base, api, api, base, "xmpp.zoom.us")


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("http://zoom.us", "plain http to 'zoom.us'"),
        ("http://192.168.1.5:80", "plain http to '192.168.1.5'"),
        ("http://127.0.0.1.example.com", "plain http to '127.0.0.1.example.com'"),
        ("zoom.example.com", "Host must be empty, zoomgov.com or a URL"),
        ("notzoom.us", "Host must be empty, zoomgov.com or a URL"),
        ("ftp://zoom.example.com", "Host must be empty, zoomgov.com or a URL"),
        ("https://", "Host must be empty, zoomgov.com or a URL"),
        ("http://[::1", "Host must be empty, zoomgov.com or a URL"),
    ],
)
def test_wrong_hosts(host: str, words: str) -> None:
    """What is no host of Zoom, and plain http to another machine, is refused by name."""
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        hosts_of(host)


def test_channel_names() -> None:
    """A channel's id and its JID stand for each other."""
    jid = f"{CHANNEL}@conference.xmpp.zoom.us"
    assert channel_jid(CHANNEL, "xmpp.zoom.us") == jid
    assert channel_jid(jid, "xmpp.zoom.us") == jid
    assert channel_id(jid) == CHANNEL
    assert channel_id(CHANNEL) == CHANNEL


def test_channel_link() -> None:
    """The link holds the channel's JID as base64 of compact JSON without padding."""
    link = channel_link(CHANNEL, ZOOM)
    start, _, token = link.rpartition("/")
    assert start == "https://zoom.us/launch/chat/v2"
    assert "=" not in token
    padded = token + "=" * (-len(token) % 4)
    assert base64.b64decode(padded) == b'{"sid":"%s@conference.xmpp.zoom.us"}' % CHANNEL.encode()
    assert json.loads(base64.b64decode(padded))


def test_bot_link() -> None:
    """A bot's chat opens by its JID."""
    assert bot_link("v1x@xmpp.zoom.us", ZOOM) == (
        "https://zoom.us/launch/chat?jid=robot_v1x@xmpp.zoom.us"
    )
