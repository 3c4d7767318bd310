"""The parts of a card that people read: texts, fields, images, files. Public in `cards`.

Each function puts a plain JSON value together and looks at nothing: any text may be a template that
is rendered later. Whether Zoom takes the result, `check` says. What is not given is left out.
Sources: `card.schema.json`, at the type of the same name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from numbers import Number
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..text import Text

Block = dict[str, Any]

#: Values that are shown as a table shows them.
_SHOWN = (Number, date, time, timedelta)


def block(type: str, **keys: Any) -> Block:
    """Return a block of any type, for one that has no function of its own.

    >>> block("message", text="Load finished", link=None)
    {'type': 'message', 'text': 'Load finished'}
    """
    return {"type": type, **given(**keys)}


def given(**keys: Any) -> dict[str, Any]:
    """Return the keys that have a value."""
    return {key: value for key, value in keys.items() if value is not None}


def numbered(parts: Iterable[Any], key: str, start: int = 0) -> list[Any]:
    """Return parts that know their number; what is no part stays, so that `check` can say so."""
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
    return given(color=color, bold=bold, italic=italic)


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
    keys = given(text=text, style=style, link=link, editable=editable)
    if markdown:
        keys["markdown"] = True
    elif zoom_markdown:
        keys["is_markdown_support"] = True
    return block("message", **keys)


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
    return given(
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
            found.append(item)  # `check` tells its place.
        elif {"key", "value"} <= item.keys():
            found.append({**item, "value": _told(item["value"])})
        else:
            found += [field(key, value, short) for key, value in item.items()]
    return block("fields", items=found)


def _told(value: Any) -> Any:
    """Return the value of a field as Zoom wants it; what is no plain value stays as it is."""
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
    information: dict[str, Any] = {"title": given(text=title, style=title_style)}
    if description is not None:
        information["description"] = given(text=description, style=description_style)
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
