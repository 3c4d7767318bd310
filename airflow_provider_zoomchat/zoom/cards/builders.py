"""A card, and the blocks of it that people read: texts, fields, images, files. Public in `cards`.

Each function puts a plain JSON value together and looks at nothing: any text may be a template that
is rendered later. Whether Zoom takes the result, `check_card` says. What is not given is left out.
Sources: `card.schema.json`, at the type that a function gives its block.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from numbers import Number
from typing import Any

from ..text import Text

Block = dict[str, Any]
Card = dict[str, Any]

#: A block; a text, which is a `message`; several of them; or None, which is left out:
#: `alert("Late") if late else None`.
Blocks = Mapping[str, Any] | str | Text | Sequence[Mapping[str, Any] | str | Text | None] | None

#: Values that are shown as a table shows them.
_SHOWN = (Number, date, time, timedelta)


def block(type: str, **keys: Any) -> Block:
    """Return a block of any type, for one that has no function of its own.

    >>> block("message", text="Load finished", link=None)
    {'type': 'message', 'text': 'Load finished'}
    """
    return without_none(type=type, **keys)


def without_none(**keys: Any) -> dict[str, Any]:
    """Return the keys that have a value."""
    return {key: value for key, value in keys.items() if value is not None}


def numbered(parts: Iterable[Any], key: str, start: int = 0) -> list[Any]:
    """Return parts with their numbers; anything else stays, so that `check_card` can say so."""
    return [
        {key: number, **part} if isinstance(part, Mapping) else part
        for number, part in enumerate(parts, start)
    ]


def style(
    color: str | None = None, *, bold: bool | None = None, italic: bool | None = None
) -> dict[str, Any]:
    """Return how a text looks. Not for buttons, selects, links, footers, nor beside markdown.

    :param color: such as ``#2e9e5b``.

    Zoom's clients on iOS show no italics in what is bold:
    https://developers.zoom.us/docs/chat/customizing-messages/styled-text/
    """
    return without_none(color=color, bold=bold, italic=italic)


def message(
    text: str | Text,
    *,
    style: Mapping[str, Any] | None = None,
    link: str | None = None,
    editable: bool | None = None,
    markdown: bool = False,
    zoom_markdown: bool = False,
) -> Block:
    """Return a text.

    :param text: may have formats and mentions; those count as markdown.
    :param style: what `style` returned.
    :param link: the whole text opens this address.
    :param editable: people may change the text; Zoom tells the app.
    :param markdown: the text is ordinary markdown (CommonMark), which is turned into Zoom's own
        when the card is sent.
    :param zoom_markdown: the text is in Zoom's own markdown: ``*bold* <https://...|words>``.
        Neither goes together with `style`, `link` or `editable`.
    """
    return block(
        "message",
        text=text,
        style=style,
        link=link,
        editable=editable,
        markdown=markdown or None,
        is_markdown_support=(zoom_markdown and not markdown) or None,
    )


def field(
    key: str,
    value: Any,
    short: bool | None = True,
    *,
    editable: bool | None = None,
    link: str | None = None,
    style: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return one field.

    :param value: a text; a number or a time becomes one, as in a table, and None the one space
        that Zoom wants for a blank.
    :param short: two short ones in a row stand side by side.
    :param link: opens this address. An example of Zoom's has it, its pages do not.
    """
    return without_none(
        key=key, value=_told(value), short=short, editable=editable, link=link, style=style
    )


def fields(*items: Mapping[str, Any], short: bool | None = True, **named: Any) -> Block:
    """Return names with values.

    :param items: what `field` returned, or dicts of names and values. A dict that has both ``key``
        and ``value`` is taken for what `field` returned.
    :param short: two in a row stand side by side; not for what `field` returned.
    :param named: more names and values.

    >>> fields({"Run id": "{{ run_id }}"}, Rows=48210, short=False)["items"][1]
    {'key': 'Rows', 'value': '48210', 'short': False}
    """
    found: list[Any] = []
    for item in (*items, named):
        if not isinstance(item, Mapping):
            found.append(item)  # `check_card` tells its path.
        elif {"key", "value"} <= item.keys():
            found.append({**item, "value": _told(item["value"])})
        else:
            found += [field(key, value, short) for key, value in item.items()]
    return block("fields", items=found)


def _told(value: Any) -> Any:
    """Return the value of a field as Zoom wants it; other values stay as they are."""
    if isinstance(value, str):
        return value
    # Most DAG files that import cards build none while they are parsed.
    from ..tables import cells

    if cells.is_missing(value):
        return " "
    return cells.text(value) if isinstance(value, _SHOWN) else value


def attachment(
    title: str,
    resource_url: str,
    *,
    description: str | None = None,
    img_url: str | None = None,
    ext: str | None = None,
    size: int | None = None,
    title_style: Mapping[str, Any] | None = None,
    description_style: Mapping[str, Any] | None = None,
) -> Block:
    """Return a preview of something elsewhere: a title that opens it, a text, an image.

    :param ext: the kind of file, such as ``pdf``: picks the icon.
    :param size: bytes.
    """
    information: dict[str, Any] = {"title": without_none(text=title, style=title_style)}
    if description is not None:
        information["description"] = without_none(text=description, style=description_style)
    return block(
        "attachments",
        resource_url=resource_url,
        img_url=img_url,
        information=information,
        ext=ext,
        size=size,
    )


def file(
    title: str, file_url: str, *, description: str | None = None, icon_url: str | None = None
) -> Block:
    """Return a link that looks like a file. Nothing is uploaded: bots cannot."""
    return block(
        "file",
        icon_url=icon_url,
        title={"text": title, "file_url": file_url},
        description=None if description is None else {"text": description},
    )


def image(image_url: str, alt_text: str) -> dict[str, Any]:
    """Return one image for `images`.

    :param alt_text: for those who do not see it.
    """
    return {"image_url": image_url, "alt_text": alt_text}


def images(*images: Mapping[str, Any], cur_index: int = 0) -> Block:
    """Return images to leaf through.

    :param images: what `image` returned.
    :param cur_index: the one that is shown first, from 0.
    """
    return block("images", cur_index=cur_index, images=numbered(images, "image_index"))


def divider(color: str = "#98a0a9", *, bold: bool = False, dotted: bool = False) -> Block:
    """Return a line across the card, as in Zoom's example unless told otherwise."""
    return block("divider", style={"bold": bold, "dotted": dotted, "color": color})


def progress_bar(value: float | str) -> Block:
    """Return a bar.

    :param value: how much is done, from 0 to 100; a template may give it.
    """
    return block("progress_bar", value=value)


def alert(text: str, level: str = "ERROR", *, closable: bool = False) -> Block:
    """Return a text that stands out.

    :param level: Zoom lists no levels; its page shows none but ``ERROR``.
    :param closable: people may close it.
    """
    return block("alert", text=text, level=level, closable=closable)


def video(
    title: str,
    video_url: str,
    *,
    title_url: str | None = None,
    thumbnail_url: str | None = None,
    author_name: str | None = None,
    provider_name: str | None = None,
    provider_icon_url: str | None = None,
    action_id: str | None = None,
    zoom_markdown: bool = False,
) -> Block:
    """Return a video to play in the card.

    :param zoom_markdown: the title is in Zoom's own markdown.
    """
    return block(
        "video",
        title={"text": title, "is_markdown_support": zoom_markdown},
        action_id=action_id,
        title_url=title_url,
        video_url=video_url,
        thumbnail_url=thumbnail_url,
        author_name=author_name,
        provider_name=provider_name,
        provider_icon_url=provider_icon_url,
    )


def card(
    head: str | None = None,
    *body: Blocks,
    sub_head: str | None = None,
    color: str | None = None,
    style: Mapping[str, Any] | None = None,
    sub_head_style: Mapping[str, Any] | None = None,
    split_sidebar: bool | None = None,
    form_id: str | None = None,
) -> Card:
    """Return a whole card.

    :param head: the headline. Without one there is no `sub_head`.
    :param body: blocks, texts, lists of them, and None, which is left out.
    :param color: of the bar at the left; blue by default. `section` has one of its own.
    :param style: of the headline.
    :param split_sidebar: the bar is interrupted between blocks.
    :param form_id: makes the card a form, of which Zoom tells the app as a whole.
    """
    settings = without_none(
        default_sidebar_color=color,
        is_split_sidebar=split_sidebar,
        form=None if form_id is None else True,
        form_id=form_id,
    )
    # What has no text stays, so that `check_card` can say so.
    below = without_none(text=sub_head, style=sub_head_style) or None
    above = without_none(text=head, style=style, sub_head=below) or None
    return without_none(settings=settings or None, head=above, body=list(_each(body)) or None)


def section(
    *blocks: Blocks,
    color: str | None = None,
    footer: str | None = None,
    footer_icon: str | None = None,
    ts: float | str | datetime | None = None,
    horizontal: bool = False,
) -> Block:
    """Return blocks with a bar and a footer of their own. A section holds no other one.

    :param color: of the bar.
    :param footer: of markdown it may have links alone.
    :param ts: a time in the footer, in milliseconds since 1970, or a datetime.
    :param horizontal: blocks stand side by side.
    """
    return block(
        "section",
        sidebar_color=color,
        layout="horizontal" if horizontal else None,
        sections=list(_each(blocks)),
        footer=footer,
        footer_icon=footer_icon,
        ts=round(ts.timestamp() * 1000) if isinstance(ts, datetime) else ts,
    )


def page(*sections: Blocks) -> dict[str, Any]:
    """Return one page for `pages`.

    :param sections: what `section` returned: Zoom takes nothing else.
    """
    return {"body": list(_each(sections))}


def pages(*pages: Mapping[str, Any], cur_page: int = 1) -> Block:
    """Return pages to leaf through.

    :param pages: what `page` returned.
    :param cur_page: the one that is shown first. assumed: Zoom counts from 1.
    """
    return block("page", cur_page=cur_page, pages=numbered(pages, "pageNo", 1))


def _each(parts: Iterable[Any]) -> Iterator[Any]:
    """Yield every block: of those that stand alone, and of those in lists.

    What is none stays as it is, so that `check_card` can tell its path.
    """
    for part in parts:
        if isinstance(part, Mapping):
            yield dict(part)
        elif isinstance(part, (str, Text)):
            yield message(part)
        # What another task returns can be iterated too, but only once it is there.
        elif isinstance(part, (Sequence, Iterator)) and not isinstance(part, (bytes, bytearray)):
            yield from _each(part)
        elif part is not None:
            yield part
