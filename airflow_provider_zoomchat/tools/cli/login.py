"""`zoomchat login`: a user lets an app act for them, and its tokens are stored.

What is said to whoever sits here goes to standard error, so that --print leaves nothing but its
result on standard output.
"""

from __future__ import annotations

import argparse
import os
import queue
import secrets
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from ..output import logged_to, quietly
from .terminal import CommandError, add_connection, open_page, read_stdin, say

if TYPE_CHECKING:
    from ...zoom.auth import Token
    from ..doctor.connection import PlainHook

#: Where the browser is sent, unless told otherwise.
REDIRECT_URI = "http://127.0.0.1:8766/callback"

HELP = "let the app of a user_oauth connection act for you in Zoom"
DESCRIPTION = f"""\
Let the app of a connection with App type user_oauth act for you in Zoom. It prints the address at
which Zoom asks you, waits until your browser brings the answer, and stores the tokens, encrypted,
in an Airflow Variable. Tasks renew them from there.

The redirect URI must be entered in the app: marketplace.zoom.us > Manage > Created Apps > your app
> Basic Information > OAuth Redirect URL, and in the OAuth Allow List below it. By default it is
{REDIRECT_URI}, on this machine.
"""
EXAMPLES = """\
examples:
  zoomchat login --open                    the app of the connection zoom_default
  zoomchat login zoom_me --no-listen       the browser is on another machine: paste the address to
                                           which it was sent, though it shows no page
  zoomchat login zoom_me --redirect-uri https://airflow.example.com/zoom    the same
  zoomchat login zoom_me --print           this machine has no access to Airflow's database
"""

#: Seconds that a browser waits for its page at most: Zoom is asked meanwhile.
_ASKING = 60.0

_PAGE = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 32rem; margin: 4rem auto;
  padding: 0 1rem }}</style>
<h1>{title}</h1><p>{text}</p></html>
"""
_WORKED = _PAGE.format(
    title="It worked", text="The app may now act for you in Zoom. You can close this page."
)
_FAILED = _PAGE.format(
    title="It did not work", text="The terminal says why. You can close this page."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    add_connection(parser)
    parser.add_argument(
        "--redirect-uri",
        metavar="URI",
        default=REDIRECT_URI,
        help="where Zoom sends the browser, as the app has it (default: %(default)s; Zoom does not "
        "look at the port of 127.0.0.1)",
    )
    parser.add_argument(
        "--no-listen",
        action="store_true",
        help="take the answer pasted here; implied where the redirect URI leads to another machine",
    )
    parser.add_argument(
        "--print",
        action="store_true",
        dest="prints",
        help="store nothing: print the Variable's name and its encrypted value, to be entered "
        "under Admin > Variables",
    )
    parser.add_argument(
        "--open", action="store_true", dest="in_browser", help="open the address in the browser"
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        default=300.0,
        help="for the browser's answer (default: %(default)g)",
    )


def run(chosen: argparse.Namespace) -> int:
    """Have somebody authorize the app, and store its tokens."""
    from ...zoom.addresses import is_loopback
    from ...zoom.errors import ZoomChatError

    uri = chosen.redirect_uri
    listens = not chosen.no_listen and uri.startswith("http://") and is_loopback(uri)
    if chosen.conn_id == "-" and not listens:
        raise CommandError("standard input holds the connection, so no answer can be pasted there")
    try:
        with logged_to(sys.stderr):
            hook = _hook(chosen.conn_id)
            if not chosen.prints:
                _check_variables(hook)
            with _Listener(uri) if listens else nullcontext() as listener:
                _log_in(hook, chosen, listener)
    except ZoomChatError as error:
        raise CommandError(str(error)) from None
    return 0


def _hook(conn_id: str) -> PlainHook:
    from ..doctor.connection import called, connect

    hook = connect(conn_id, read_stdin)
    if not hook.settings.app.rotates_token:
        raise CommandError(
            f"{called(conn_id)} has App type {hook.settings.app_type!r}, which nobody has to "
            "authorize: login is for 'user_oauth'."
        )
    return hook


def _check_variables(hook: PlainHook) -> None:
    """See that tokens can be stored, before somebody authorizes the app for nothing."""
    from ...zoom.shared_token import StateError

    name = f"AIRFLOW_VAR_{hook.shared.name.upper()}"
    if name in os.environ:
        raise CommandError(
            f"the environment variable {name} takes the place of Airflow's Variable, and cannot "
            "be written: remove it wherever Airflow runs."
        )
    try:
        with quietly():
            hook.shared.check()
    except StateError as error:
        raise CommandError(
            f"Airflow's Variables cannot be used here ({error}). Run this where Airflow's database "
            "can be reached, or with --print."
        ) from None


def _log_in(hook: PlainHook, chosen: argparse.Namespace, listener: _Listener | None) -> None:
    from ...zoom.auth import App

    uri, state, verifier = chosen.redirect_uri, secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    app = hook.settings.credentials
    assert isinstance(app, App)
    address = app.authorization_url(hook.settings.hosts, uri, state, verifier)
    say(f"Open this in a browser in which you are signed in to Zoom:\n\n{address}\n")
    if chosen.in_browser:
        open_page(address)
    if listener is None:
        _finish(hook, chosen, _pasted(state), state, verifier)
        return
    say(
        f"Waiting at {uri} for {chosen.timeout:g} s; Ctrl-C ends it. If Zoom's page says 'Invalid "
        "redirect', enter this address in the app first."
    )
    with listener.answer(chosen.timeout) as query:
        _finish(hook, chosen, query, state, verifier)


def _pasted(state: str) -> Mapping[str, str]:
    """Return what somebody pastes: the address to which the browser was sent, or the code alone.

    A code alone is tied to this login by PKCE, so it counts as one with the right state.
    """
    say("Paste the address to which Zoom has sent the browser, or the code in it:")
    text = sys.stdin.readline().strip()
    if not text:
        raise CommandError("nothing was pasted")
    if "=" not in text:
        return {"code": text, "state": state}
    return dict(parse_qsl(urlsplit(text).query if "?" in text else text))


def _finish(
    hook: PlainHook,
    chosen: argparse.Namespace,
    query: Mapping[str, str],
    state: str,
    verifier: str,
) -> None:
    """Trade the code for tokens, store these, and say who has logged in.

    :param query: of the address to which the browser was sent.
    """
    if query.get("state") != state:
        raise CommandError(
            "this is the answer to another login (its state differs): begin again, and use the "
            "newest address."
        )
    if query.get("error") == "access_denied":
        raise CommandError("you have declined, so the app may not act for you.")
    if not query.get("code"):
        raise CommandError("Zoom's answer holds no code: begin again.")
    token = hook.client.log_in(query["code"], chosen.redirect_uri, verifier)
    if token.refresh_token is None:
        raise CommandError(
            "Zoom has given no refresh token: is it a General App that is user-managed?"
        )
    _store(hook, token, prints=chosen.prints)
    say(f"The app may now act for {_who(hook)}.{_lacking(hook, token)}")


def _store(hook: PlainHook, token: Token, *, prints: bool) -> None:
    from ...zoom.shared_token import StateError

    name = hook.shared.name
    if prints:
        say(
            "Enter this under Admin > Variables. An environment variable AIRFLOW_VAR_... is of no "
            "use: tasks must be able to replace the value.\n"
        )
        print(f"{name}\n{hook.shared.sealed(token)}", flush=True)
        return
    try:
        hook.shared.write(token)
    except StateError as error:
        raise CommandError(
            f"the tokens could not be stored in Airflow's Variable {name} ({error}): begin again."
        ) from None
    say(f"The tokens are in Airflow's Variable {name}, encrypted. Tasks renew them by themselves.")


def _who(hook: PlainHook) -> str:
    """Return who has authorized the app, if its scopes allow to ask."""
    from ...zoom import sanitize
    from ...zoom.errors import ZoomChatError

    try:
        user = hook.find_user("me")
    except ZoomChatError:
        return "you"
    named = f"{user.get('display_name') or user.get('id')} ({user.get('email') or 'no address'})"
    return sanitize.one_line(named)


def _lacking(hook: PlainHook, token: Token) -> str:
    """Return what is to be done about scopes that the app needs and lacks."""
    from ...hooks import app_types

    lacking = app_types.lacking(hook.settings.app, token.scopes)
    needed = [scope for scope in lacking if scope.needed]
    return f" But: {app_types.remedy(hook.settings.app, needed)}" if needed else ""


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds up to 86400")
    return seconds


class _Listener:
    """A server on this machine to which the browser brings Zoom's answer.

    :raises CommandError: it cannot listen there.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._queries: queue.Queue[Mapping[str, str]] = queue.Queue()
        self._pages: queue.Queue[str] = queue.Queue()
        parts = urlsplit(uri)
        try:
            # Chromium opens connections on which nothing comes, so each has a thread of its own.
            self._server = ThreadingHTTPServer(
                ("127.0.0.1", parts.port or 80), self._handler(parts.path or "/")
            )
        except (OSError, OverflowError, ValueError) as error:
            reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else ""
            raise CommandError(
                f"cannot listen at {uri}: {reason or 'it has no such port'}. Give a --redirect-uri "
                "with another port, or --no-listen."
            ) from None
        self._server.daemon_threads = True

    def __enter__(self) -> _Listener:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def answer(self, seconds: float) -> Iterator[Mapping[str, str]]:
        """Give the query that the browser brings; the page that it gets says how the block ends.

        :raises CommandError: nothing comes in time.
        """
        try:
            query = self._queries.get(timeout=seconds)
        except queue.Empty:
            raise CommandError(f"no answer came to {self._uri} within {seconds:g} s.") from None
        page = _FAILED
        try:
            yield query
            page = _WORKED
        finally:
            self._pages.put(page)
            self._pages.join()

    def _handler(self, path: str) -> Callable[..., BaseHTTPRequestHandler]:
        queries, pages = self._queries, self._pages

        class Handler(BaseHTTPRequestHandler):
            timeout = _ASKING

            def do_GET(self) -> None:
                """Take Zoom's answer, and nothing else, such as the browser's wish for an icon."""
                parts = urlsplit(self.path)
                query = dict(parse_qsl(parts.query))
                if parts.path != path or not query.keys() & {"code", "error"}:
                    self.send_error(404)
                    return
                queries.put(query)
                page = pages.get(timeout=_ASKING).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "text/html; charset=utf-8")
                    self.send_header("Content-Length", str(len(page)))
                    self.end_headers()
                    self.wfile.write(page)
                finally:
                    pages.task_done()

            def log_message(self, *_: object) -> None:
                """Print nothing: an address holds the code."""

        return Handler
