"""What happened in the sandbox: tokens, messages, files, traffic. Knows no HTTP."""

from __future__ import annotations

import random
import string
import threading
import time
import uuid
from bisect import insort
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from airflow_provider_zoomchat.sandbox import world
from airflow_provider_zoomchat.sandbox.faults import Fault, RateLimits
from airflow_provider_zoomchat.sandbox.file_store import Files

if TYPE_CHECKING:
    from airflow_provider_zoomchat.sandbox.oauth import Code, Token

KEPT = 10_000  # newest messages, requests and tokens
KEPT_BYTES = 64 * 1024 * 1024  # of the newest messages, as they came in; and of requests as many

# https://developers.zoom.us/docs/api/team-chat (OAS), the upload call: 1 GB. Other pages of Zoom's
# say 16, 20 or 512 MB.
FILE_LIMIT = 1024 * 1024 * 1024  # bytes


@dataclass(kw_only=True, eq=False, repr=False)
class Options:
    """How a sandbox behaves: the arguments of :class:`.sandbox.Sandbox`, which explains them."""

    token_lifetime: float = 3600
    max_tokens: int | None = None
    limits: bool = False
    message_limit: int = 4096
    file_limit: int = FILE_LIMIT
    open_world: bool = False
    owns_cards: bool = True
    now: Callable[[], float] = time.time


@dataclass
class Message:
    """A message as ``state.json`` shows it.

    :param replies: how many stand in its thread, if it is the first message of one.
    :param number: counts the messages of the sandbox, from 1.
    :param scheduled_time: when it is to be posted, as long as it waits for that.
    :param draft_id: its id while it waited.
    """

    id: str
    api: str  # "team_chat", "chatbot" or "incoming_webhook"
    channel: str | None
    channel_name: str | None
    contact: str | None  # e-mail, if the message went to a person
    sender: str
    sender_id: str  # e-mail, bot JID or the webhook's name
    text: str
    content: Any = None
    at_items: list[Any] = field(default_factory=list)
    rich_text: list[Any] = field(default_factory=list)
    file_ids: list[str] = field(default_factory=list)
    interactive_cards: list[dict[str, str]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)  # as `file_store.File` has them
    reactions: dict[str, list[str]] = field(default_factory=dict)  # emoji -> e-mails, oldest first
    is_markdown_support: bool = False
    visible_to_user: str | None = None
    reply_to: str | None = None
    replies: int = 0
    edited: bool = False
    deleted: bool = False
    time: str = ""
    history: list[str] = field(default_factory=list)
    number: int = 0
    scheduled_time: str = ""
    draft_id: str = ""

    @property
    def milliseconds(self) -> int:
        """Its time since 1970, as Zoom's answers have it."""
        moment = datetime.fromisoformat(self.time.replace("Z", "+00:00"))
        return round(moment.timestamp() * 1000)

    @property
    def place(self) -> str:
        """Where it stands: the id of a channel, or the e-mail of a person."""
        return self.channel or self.contact or ""


@dataclass
class Exchange:
    """A request and what it was told; ``status`` stays None if no whole answer was sent.

    :param number: counts the requests, from 1.
    :param why: of a refusal, where Zoom's own words do not tell the cause.
    :param messages: ids of the messages that it has posted or changed.
    """

    number: int
    method: str
    path: str
    query: dict[str, str]
    content_type: str
    body: Any
    status: int | None = None
    answer: Any = None
    time: str = ""
    why: str = ""
    messages: list[str] = field(default_factory=list)


class Chat:
    """The state of one sandbox.

    Whoever reads or changes it does so in a ``with`` block, which holds its lock (the server's
    thread and the tests' threads both do), and begins with posting what is due.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.now = options.now
        self._lock = threading.RLock()
        self.tokens: OrderedDict[str, Token] = OrderedDict()
        self.tokens_issued = 0
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: OrderedDict[str, world.User] = OrderedDict()
        self.world = world.World(is_open=options.open_world)
        self.files = Files()
        self.version = 0  # of the messages; grows with each change
        self._numbers = 0  # of messages
        self.reset()

    def __enter__(self) -> None:
        self._lock.acquire()
        self._post_due()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def reset(self) -> None:
        """Forget messages, files, requests, faults, withheld scopes; tokens and the world stay."""
        self.life = uuid.uuid4().hex  # another one after each reset
        self.messages: OrderedDict[str, Message] = OrderedDict()
        self.drafts: list[Message] = []  # by their scheduled time
        self.versions: OrderedDict[str, int] = OrderedDict()  # message id -> its last change
        self._sizes: dict[str, int] = {}  # message id -> bytes
        self._bytes = self._traffic_bytes = 0
        self.posted: Counter[str] = Counter()  # place -> messages posted there
        #: What the page shows of messages, by id, version and replies, the newest last; see
        #: `page`.
        self.drawn: OrderedDict[tuple[str, int, int], dict[str, Any]] = OrderedDict()
        self.traffic: deque[Exchange] = deque()
        self._traffic_sizes: deque[int] = deque()
        self.calls = self.answered = 0
        self.faults: list[Fault] = []
        self.withheld: set[str] = set()  # scopes that new tokens do not have
        self.rates = RateLimits()
        self.files.forget()

    def expire_tokens(self) -> None:
        """End every token issued so far."""
        for token in self.tokens.values():
            token.ends = self.now()

    def note(self, exchange: Exchange, size: int) -> None:
        """Keep a request; drop the oldest beyond the limits.

        :param size: its bytes.
        """
        self.traffic.append(exchange)
        self._traffic_sizes.append(size)
        self._traffic_bytes += size
        while len(self.traffic) > KEPT or (
            self._traffic_bytes > KEPT_BYTES and len(self.traffic) > 1
        ):
            self.traffic.popleft()
            self._traffic_bytes -= self._traffic_sizes.popleft()

    def post(self, message: Message, size: int = 0) -> Message:
        """Put a message into the chat; the oldest go where there are too many, or too large ones.

        :param size: bytes of the request that brought it.
        """
        message.time = self.timestamp()
        self._numbers += 1
        message.number = self._numbers
        self.messages[message.id] = message
        self._count_reply(message, 1)
        self._weigh(message, max(size, len(message.text)))
        self.posted[self.place_of(message)] += 1
        self._changed(message)
        return message

    def schedule(self, message: Message, scheduled_time: str) -> Message:
        """Keep a message as a draft until its time, such as ``2026-03-14T06:00:00Z``."""
        message.scheduled_time, message.time = scheduled_time, self.timestamp()
        insort(self.drafts, message, key=attrgetter("scheduled_time"))
        return message

    def _post_due(self) -> None:
        """Post the drafts whose time has come.

        Each gets an id of its own, which is assumed: no page tells what becomes of the draft's.
        """
        while self.drafts and self.drafts[0].scheduled_time[:19] <= self.timestamp()[:19]:
            draft = self.drafts.pop(0)
            posted = replace(draft, id=str(uuid.uuid4()), scheduled_time="", draft_id=draft.id)
            self.post(posted).time = f"{draft.scheduled_time[:19]}.000Z"

    def edit(self, message: Message, text: str, size: int = 0) -> None:
        """Give a message another text and remember the one it had.

        :param size: bytes of the request that brought it.
        """
        message.history.append(message.text)
        message.text = text
        message.edited = True
        self._weigh(message, max(size, len(text)))
        self._changed(message)

    def _weigh(self, message: Message, size: int) -> None:
        """Count the bytes of a message with its history; drop the oldest messages."""
        size += sum(map(len, message.history))
        self._bytes += size - self._sizes.get(message.id, 0)
        self._sizes[message.id] = size
        while len(self.messages) > KEPT or self._bytes > KEPT_BYTES:
            oldest = next(iter(self.messages))
            if oldest == message.id:
                forgotten = sum(map(len, message.history))
                self._bytes -= forgotten
                self._sizes[message.id] -= forgotten
                message.history.clear()
                break
            del self.messages[oldest]
            self._bytes -= self._sizes.pop(oldest)
            self.versions.pop(oldest, None)

    def react(self, message: Message, emoji: str, user: str, *, add: bool) -> None:
        """Add somebody's reaction to a message, once, or remove it."""
        users = message.reactions.get(emoji, [])
        if add == (user in users):
            return
        users = [*users, user] if add else [each for each in users if each != user]
        if users:
            message.reactions[emoji] = users
        else:
            del message.reactions[emoji]
        self._changed(message)

    def delete(self, message: Message) -> None:
        """Mark a message as deleted."""
        message.deleted = True
        self._count_reply(message, -1)
        self._changed(message)

    def _count_reply(self, message: Message, more: int) -> None:
        main = self.messages[self.thread_of(message)]
        if main is not message:
            main.replies = max(0, main.replies + more)

    def changed_since(self, version: int) -> list[Message]:
        """Return the messages that were posted or changed after a version, latest change last."""
        found = []
        for message_id in reversed(self.versions):
            if self.versions[message_id] <= version:
                break
            found.append(self.messages[message_id])
        return found[::-1]

    def thread_of(self, message: Message) -> str:
        """Return the id of the first message of the thread that a message stands in."""
        seen = {message.id}
        while (main := self.messages.get(message.reply_to or "")) and main.id not in seen:
            seen.add(main.id)
            message = main
        return message.id

    def place_of(self, message: Message) -> str:
        """Return where a message is shown: with the first one of its thread.

        In a conversation of two each names the other, and an answer would be shown elsewhere.
        """
        return message.channel or self.messages[self.thread_of(message)].place

    def find(self, channel: str | None, thread: str | None) -> list[Message]:
        """Return messages, newest last.

        :param channel: only those of this channel, by id, JID or name.
        :param thread: only the replies of this thread, by the id of its first message.
        """
        name = (channel or "").lower().removesuffix("@conference.xmpp.zoom.us")
        found = list(self.messages.values())
        if channel is not None:
            found = [
                each
                for each in found
                if name in (known.lower() for known in (each.channel, each.channel_name) if known)
            ]
        if thread is not None:
            found = [each for each in found if self.thread_of(each) == thread != each.id]
        return found

    def _changed(self, message: Message) -> None:
        self.version += 1
        self.versions[message.id] = self.version
        self.versions.move_to_end(message.id)

    def bot_message_id(self) -> str:
        """Return an id in the shape real bot messages have, such as 2019..._1Cu0Fxp_aw1."""
        moment = datetime.fromtimestamp(self.now(), timezone.utc)
        letters = "".join(random.choices(string.ascii_letters + string.digits, k=7))
        return f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03}_{letters}_aw1"

    def timestamp(self) -> str:
        """Return the time as ISO 8601, in UTC."""
        moment = datetime.fromtimestamp(self.now(), timezone.utc)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def take_fault(self, path: str) -> Fault | None:
        """Return the oldest fault waiting for this path, and count it as used."""
        for fault in self.faults:
            if fault.path in path:
                fault.times -= 1
                if fault.times == 0:
                    self.faults.remove(fault)
                return fault
        return None
