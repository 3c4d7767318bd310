"""What Airflow reads about this provider, in every component and at every start.

It imports nothing. The hook makes the form of Airflow 2.11 to 3.1 from it too, so a field of the
connection has its label, its description and its choices here alone.
"""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata."""
    return {
        "package-name": "airflow-provider-zoomchat",
        "name": "Zoom Team Chat",
        "description": "Send, edit and delete messages in Zoom Team Chat: as a user, as a bot, "
        "or through an incoming webhook.",
        "integrations": [
            {
                "integration-name": "Zoom Team Chat",
                "external-doc-url": "https://developers.zoom.us/docs/team-chat/",
                "tags": ["service"],
            }
        ],
        "operators": [
            {
                "integration-name": "Zoom Team Chat",
                "python-modules": ["airflow_provider_zoomchat.operators.zoom"],
            }
        ],
        "sensors": [
            {
                "integration-name": "Zoom Team Chat",
                "python-modules": ["airflow_provider_zoomchat.sensors.zoom"],
            }
        ],
        "triggers": [
            {
                "integration-name": "Zoom Team Chat",
                "python-modules": ["airflow_provider_zoomchat.triggers.zoom"],
            }
        ],
        "hooks": [
            {
                "integration-name": "Zoom Team Chat",
                "python-modules": ["airflow_provider_zoomchat.hooks.zoom"],
            }
        ],
        "transfers": [
            {
                "source-integration-name": "Common SQL",
                "target-integration-name": "Zoom Team Chat",
                "python-module": "airflow_provider_zoomchat.transfers.sql_to_zoom_chat",
            }
        ],
        "notifications": [
            "airflow_provider_zoomchat.notifications.zoom.ZoomChatNotifier",
            "airflow_provider_zoomchat.notifications.zoom.ZoomChatbotNotifier",
            "airflow_provider_zoomchat.notifications.zoom.ZoomWebhookNotifier",
        ],
        "extra-links": ["airflow_provider_zoomchat.operators.base.ZoomMessageLink"],
        "connection-types": [
            {
                "connection-type": "zoom",
                "hook-class-name": "airflow_provider_zoomchat.hooks.zoom.ZoomHook",
                "hook-name": "Zoom Team Chat",
                "ui-field-behaviour": {
                    "hidden-fields": ["port", "schema", "extra"],
                    "relabeling": {"login": "Client ID", "password": "Client secret"},
                    "placeholders": {
                        "host": "empty for zoom.us; zoomgov.com; or a URL",
                        "login": "for all but incoming_webhook",
                        "password": "for all but incoming_webhook",
                        "account_id": "for server_to_server and chatbot",
                        "user_id": "airflow@example.com",
                        "robot_jid": "v1...@xmpp.zoom.us",
                        "user_jid": "...@xmpp.zoom.us",
                        "lookup_conn_id": "zoom_default",
                        "webhook_url": "https://integrations.zoom.us/chat/webhooks/...",
                        "channel": "32 letters and digits",
                        "label": "staging",
                        "timeout": "10",
                        "proxy": "http://proxy.example.com:3128",
                        "ca_bundle": "/etc/ssl/certs/company.pem",
                    },
                },
                "conn-fields": {
                    "app_type": {
                        "label": "App type",
                        "schema": {
                            "type": ["string", "null"],
                            "enum": [
                                "server_to_server",
                                "user_oauth",
                                "chatbot",
                                "incoming_webhook",
                            ],
                            "default": "server_to_server",
                        },
                        "description": "The kind of Zoom app. server_to_server posts as a user, "
                        "user_oauth as the one user who has authorized it with zoomchat login, "
                        "chatbot as a bot, incoming_webhook only sends.",
                    },
                    "account_id": {
                        "label": "Account ID",
                        "schema": {"type": ["string", "null"]},
                        "description": "For server_to_server and chatbot. It stands under App "
                        "Credentials of the app.",
                    },
                    "user_id": {
                        "label": "Acting user",
                        "schema": {"type": ["string", "null"]},
                        "description": "For server_to_server: e-mail address or user id of the "
                        "user who posts. The user must be a member of the channels.",
                    },
                    "robot_jid": {
                        "label": "Bot JID",
                        "schema": {"type": ["string", "null"]},
                        "description": "For chatbot: v1...@xmpp.zoom.us, under Features > Surface "
                        "> Team Chat Subscription of the app.",
                    },
                    "user_jid": {
                        "label": "User JID",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional, for chatbot: the user on whose behalf a "
                        "user-managed app speaks.",
                    },
                    "lookup_conn_id": {
                        "label": "Look-up connection",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional, for chatbot: id of a server_to_server connection "
                        "of the same account, through which the bot finds people by e-mail "
                        "address, and channels by name. Its app needs the scope "
                        "user:read:user:admin.",
                    },
                    "webhook_url": {
                        "label": "Webhook URL",
                        "schema": {"type": ["string", "null"], "format": "password"},
                        "description": "For incoming_webhook: the endpoint that /inc connect gave.",
                    },
                    "verification_token": {
                        "label": "Verification token",
                        "schema": {"type": ["string", "null"], "format": "password"},
                        "description": "For incoming_webhook: the token that came with the "
                        "endpoint.",
                    },
                    "secret_token": {
                        "label": "Signing secret",
                        "schema": {"type": ["string", "null"], "format": "password"},
                        "description": "Optional, for a signed incoming_webhook: the secret that "
                        "/inc connect -s gave.",
                    },
                    "channel": {
                        "label": "Default channel",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional: id (or JID) of the channel for messages that "
                        "name no target. A name is looked up once a day; zoomchat channels lists "
                        "ids.",
                    },
                    "label": {
                        "label": "Label",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional: stands in front of every alert, such as staging.",
                    },
                    "muted": {
                        "label": "Muted",
                        "schema": {"type": ["boolean", "null"], "default": False},
                        "description": "Optional: nothing is sent; what would have been is logged.",
                    },
                    "share_tokens": {
                        "label": "Share tokens",
                        # Airflow 3.3 would show a default as ***, for there is a token in the name.
                        "schema": {"type": ["boolean", "null"]},
                        "description": "Optional, for server_to_server and chatbot: all tasks use "
                        "one token, kept encrypted in an Airflow Variable, instead of one each. "
                        "user_oauth always does.",
                    },
                    "timeout": {
                        "label": "Timeout",
                        "schema": {"type": ["integer", "null"], "default": 10, "minimum": 1},
                        "description": "Optional: seconds for one call to Zoom.",
                    },
                    "proxy": {
                        "label": "Proxy",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional: URL of the proxy on the way to Zoom.",
                    },
                    "ca_bundle": {
                        "label": "CA bundle",
                        "schema": {"type": ["string", "null"]},
                        "description": "Optional: path of the certificates to trust. TLS is never "
                        "switched off.",
                    },
                },
            }
        ],
    }
