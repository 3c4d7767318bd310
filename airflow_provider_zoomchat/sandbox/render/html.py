"""Messages as HTML, about as Zoom Team Chat's own client shows them.

Works on messages as the sandbox's state lists them. What a message says never becomes HTML itself,
runs nothing, and loads nothing but pictures from addresses that the caller gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, FunctionLoader, Template

from ..file_store import size
from . import Message, read_message
from .tree import PLAIN, Style, showable

#: File id -> where its picture is: a ``data:`` URI, or ``/sandbox/files/{id}``.
Images = Mapping[str, str]

_TEMPLATES = Path(__file__).parent / "templates"

#: The style of messages.
CSS = (_TEMPLATES / "messages.css").read_text("utf-8")

_AVATARS = ("#0B5CFF", "#00795E", "#8A3FC7", "#B34700", "#A8246E", "#3D5A80")

# Where a picture may come from: the page itself, or the sandbox that serves the page. Messages have
# no influence on it; it is checked all the same.
_ADDRESS = re.compile(
    r"data:image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/]+=*|/sandbox/files/[A-Za-z0-9]+"
)

_TAGS = {"bold": "b", "italic": "i", "strike": "s", "underline": "u", "code": "code"}
_CLASSES = (
    *("mention", "button", "primary", "danger", "disabled", "input", "tall", "hint"),
    *("image", "picture"),
)


def message(message: Message, images: Images = MappingProxyType({})) -> str:
    """Return one message as a piece of HTML, to be shown with the style :data:`CSS`.

    :param images: of its files; one that is not among them is shown as a box with its name.
    """
    files = [(file, size(file["size"]), _picture(file, images)) for file in message["files"]]
    hue = _AVATARS[sum(map(ord, message["sender"])) % len(_AVATARS)]
    return str(_MESSAGE(message, read_message(message), files, hue))


def page(messages: Iterable[Message], title: str, images: Images = MappingProxyType({})) -> str:
    """Return the chat as one HTML document: by channel, replies under what they answer.

    :param images: of the files, as ``data:`` URIs such as :meth:`.sandbox.Sandbox.images` gives.
    """
    places: dict[str, list[Message]] = {}
    for each in messages:
        places.setdefault(_place(each), []).append(each)
    return sections(places, title, images)


def sections(
    messages: Mapping[str, Sequence[Message]], title: str, images: Images = MappingProxyType({})
) -> str:
    """Return messages as one HTML document, by what stands above them; see `page`."""
    shown = {
        words: [message(each, images) for each in _by_thread(posted)]
        for words, posted in messages.items()
    }
    return document(_ENVIRONMENT.get_template("chat.html"), title=title, sections=shown)


def document(template: Template, more_css: str = "", **values: Any) -> str:
    """Return a document in the style of the chat.

    :param template: one that extends ``document.html``.
    :param more_css: added after the chat's own.
    :param values: what the template shows.
    """
    return template.render(css=CSS + more_css, **values)


def template(path: Path) -> Template:
    """Return a template that may extend ``document.html``.

    The lines of a template are joined without the white space around them, which a browser would
    show, since messages keep theirs. Every text that is put in is escaped, and characters that
    cannot be shown are replaced.
    """
    return _ENVIRONMENT.from_string(_joined(path))


def _picture(file: Mapping[str, Any], images: Images) -> str:
    address = images.get(file["id"], "")
    return address if file["image"] and _ADDRESS.fullmatch(address) else ""


def _place(message: Message) -> str:
    if message["channel"]:
        return f"# {message['channel_name'] or message['channel']}"
    return f"To {message['contact']}"


def _by_thread(messages: Sequence[Message]) -> Iterator[Message]:
    """Yield each first message and then all that answer it, as one level: Zoom shows no more."""
    firsts: dict[str, str] = {}
    threads: dict[str, list[Message]] = {}
    for each in messages:
        # What a message answers came before it, or is not among these.
        own: str = each["id"]
        parent: str = each["reply_to"] or ""
        first = firsts[own] = firsts.get(parent, own)
        threads.setdefault(first, []).append(each)
    for thread in threads.values():
        yield from thread


def _consecutive(items: Iterable[Any], name: str) -> list[tuple[Any, list[Any]]]:
    """Return the value of an attribute with the neighbours that share it."""
    return [(value, list(group)) for value, group in groupby(items, key=attrgetter(name))]


@lru_cache
def _tags(formats: frozenset[str]) -> list[str]:
    return [tag for name, tag in _TAGS.items() if name in formats]


@lru_cache
def _attributes(style: Style) -> dict[str, str]:
    """Return the attributes of the element that shows a run in this style; often none."""
    classes = [name for name in _CLASSES if name in style.formats]
    rules = []
    if style.size:
        classes.append(f"size-{style.size}")
    if style.color:
        rules.append(f"--ink:{style.color}")
    if style.background:
        rules.append(f"background-color:{style.background}")
    if style.background and not style.color:
        # It is chosen for dark letters; a dark page has to be told to keep them.
        classes.append("backed")
    if "regular" in style.formats:
        rules.append("font-weight:400")
    attributes = {"class": " ".join(classes), "style": ";".join(rules)}
    return {name: value for name, value in attributes.items() if value}


def _joined(path: Path) -> str:
    return "".join(line.strip() for line in path.read_text("utf-8").splitlines())


_ENVIRONMENT = Environment(
    loader=FunctionLoader(lambda name: _joined(_TEMPLATES / name)),
    autoescape=True,
    finalize=lambda value: showable(value) if type(value) is str else value,
)
_ENVIRONMENT.filters.update(
    attributes=_attributes,
    consecutive=_consecutive,
    kind=lambda node: type(node).__name__,
    tags=_tags,
)
_ENVIRONMENT.globals["plain"] = PLAIN
_MESSAGE: Any = _ENVIRONMENT.get_template("message.html").module.message  # type: ignore[attr-defined]
