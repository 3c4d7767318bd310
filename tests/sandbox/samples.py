"""Messages and cards as the sandbox's state lists them, for the tests of how they look."""

from __future__ import annotations

from typing import Any, NamedTuple

URL = "https://x.io/a"
OPTIONS = [{"text": "Ann", "value": "a"}, {"text": "Bob", "value": "b"}]
STYLE = {"color": "#F56416", "bold": True, "italic": False}

BLANK: dict[str, Any] = {
    "id": "m1",
    "api": "team_chat",
    "channel": "c1",
    "channel_name": "data-pipelines",
    "contact": None,
    "sender": "Airflow",
    "sender_id": "airflow@example.com",
    "text": "",
    "content": None,
    "at_items": [],
    "rich_text": [],
    "file_ids": [],
    "files": [],
    "interactive_cards": [],
    "is_markdown_support": False,
    "visible_to_user": None,
    "reply_to": None,
    "edited": False,
    "deleted": False,
    "time": "2026-03-14T06:06:12.000Z",
    "history": [],
}


def user_message(text: str = "", *spans: tuple[int, int, str, str], **more: Any) -> dict[str, Any]:
    """Return a user's message with such formatting."""
    names = ("start_position", "end_position", "format_type", "format_attr")
    rich_text = [dict(zip(names, span, strict=True)) for span in spans]
    return {**BLANK, "text": text, "rich_text": rich_text, **more}


def card_message(*blocks: Any, is_markdown: bool = False, **content: Any) -> dict[str, Any]:
    """Return a bot's message with a card of these blocks."""
    content = {"body": list(blocks), **content}
    return {**BLANK, "api": "chatbot", "content": content, "is_markdown_support": is_markdown}


def link(url: str, inner: str) -> str:
    """Return the HTML of a link."""
    return f'<a href="{url}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def line(inner: str, extra: str = "") -> str:
    """Return the HTML of a line."""
    return f'<div class="line"{extra}>{inner}</div>'


def orange(inner: str) -> str:
    """Return the HTML of words in :data:`STYLE`."""
    return f'<span style="--ink:#F56416"><b>{inner}</b></span>'


class Block(NamedTuple):
    """A block of a card, and what is to be seen of it.

    :param html: a piece of it.
    :param lines: in a terminal.
    """

    value: dict[str, Any]
    plain: str
    html: str
    lines: list[str]


#: A block of every type with every key that is documented, and how it is shown.
BLOCKS: dict[str, Block] = {
    "message": Block(
        {"text": "Late", "style": STYLE, "editable": True},
        "Late",
        f'<div class="block"><span class="pen">✎</span>{line(orange("Late"))}</div>',
        ["Late"],
    ),
    "fields": Block(
        {"items": [{"key": "DAG", "value": " ", "short": True, "editable": False, "style": STYLE}]},
        "DAG:  ",
        f'<dl><div class="short"><dt>DAG</dt><dd>{line(orange(" "))}</dd></div></dl>',
        ["DAG:"],
    ),
    "actions": Block(
        {
            "items": [
                {"text": "Retry", "value": "r", "style": "Primary"},
                {"text": "Skip", "value": "s", "style": "Default"},
                {"text": "Stop", "value": "x", "style": "Danger"},
                {"text": "Wait", "value": "w", "style": "Disabled"},
                {"text": "Yes", "value": "y", "style": "Thumbsup"},
                {
                    **{"text": "Ask", "value": "a", "action": "dialog"},
                    "dialog": {"size": "S", "link": URL, "title": {"text": "Why?"}},
                },
            ],
            "limit": 2,
        },
        "[Retry] [Skip] [Stop] [Wait] [Yes] [Ask]",
        '<span class="button primary">Retry</span><span class="button">Skip</span>'
        '<details><summary>More</summary><div><span class="button danger">Stop</span></div>'
        '<div><span class="button disabled">Wait</span></div>',
        ["[ Retry ] [ Skip ] [ More ]", "[ Stop ]", "[ Wait ]", "[ Yes ]", "[ Ask ]"],
    ),
    "select": Block(
        {"text": "Who?", "select_items": OPTIONS, "selected_item": OPTIONS[1]},
        "Who? [Ann] [Bob]",
        '<div class="line label">Who?</div><div class="line"><details><summary>Bob</summary>'
        "<div>Ann</div><div>Bob</div></details></div>",
        ["Who?", "[ Bob ]", "Ann", "Bob"],
    ),
    "attachments": Block(
        {
            "resource_url": URL,
            "img_url": URL,
            "information": {
                "title": {"text": "Report", "style": STYLE},
                "description": {"text": "of March"},
            },
            "ext": "pdf",
            "size": 2500,
        },
        f"Report ({URL})\nof March",
        f'<div class="title">{line(link(URL, orange("Report")))}</div>{line("of March")}'
        '<div class="foot">pdf · 2 kB</div>',
        ["🖼  Report", "of March", "pdf · 2 kB"],
    ),
    "section": Block(
        {
            "sidebar_color": "#F56416",
            "sections": [{"type": "message", "text": "in"}, {"type": "divider"}],
            "footer": "Airflow",
            "footer_icon": URL,
            "ts": 1560446471819,
            "layout": "horizontal",
        },
        "in\n---\nAirflow",
        f'<div class="bar" style="border-color:#F56416"><div class="row"><div class="block">'
        f'{line("in")}</div><div class="block"><hr style=""></div></div>'
        f'<div class="foot">{line("Airflow · 2019-06-13 17:21 UTC")}</div></div>',
        ["in", "─" * 24, "Airflow · 2019-06-13 17:21 UTC"],
    ),
    "page": Block(
        {
            "cur_page": 1,
            "pages": [
                {"pageNo": 1, "body": [{"type": "section", "sections": [{"type": "divider"}]}]},
                {"pageNo": 2, "body": [{"type": "section", "sections": [{"type": "divider"}]}]},
            ],
        },
        "---\n---",
        f'<div class="bar" style="border-color:#0E72ED"><div class="foot">{line("Page 1 of 2")}'
        '</div><div class="bar" style="border-color:#0E72ED">',
        ["Page 1 of 2", "─" * 24, "Page 2 of 2", "─" * 24],
    ),
    "file": Block(
        {
            "icon_url": URL,
            "title": {"text": "a.csv", "file_url": URL},
            "description": {"text": "12 kB"},
        },
        f"a.csv ({URL})\n12 kB",
        f'<span class="picture">📄</span><div><div class="title">{line(link(URL, "a.csv"))}'
        f"</div>{line('12 kB')}</div>",
        ["📄 a.csv", "12 kB"],
    ),
    "divider": Block(
        {"style": {"bold": True, "dotted": True, "color": "#F56416"}},
        "---",
        '<hr style="border-top-color:#F56416;border-top-style:dotted;border-top-width:2px;">',
        ["─" * 24],
    ),
    "progress_bar": Block(
        {"value": 62.5},
        "62.5 %",
        '<div style="width:62%"></div></div><div class="foot">62 %</div>',
        ["█" * 12 + "░" * 8, "62 %"],
    ),
    "alert": Block(
        {"text": "Careful", "level": "warning", "closable": True},
        "Careful",
        f'<div class="alert warning">{line("Careful")}</div>',
        ["Careful"],
    ),
    "images": Block(
        {
            "cur_index": 0,
            "images": [
                {"image_url": URL, "alt_text": "Chart", "image_index": 0},
                {"image_url": URL, "image_index": 1},
            ],
        },
        f"Chart\n{URL}",
        '<span class="image"><span class="picture">🖼</span>Chart</span>',
        ["🖼 Chart 🖼"],
    ),
    "image": Block(
        {"images": [{"image_url": URL, "alt_text": "Chart"}]},
        "Chart",
        link(URL, '<span class="image"><span class="picture">🖼</span>Chart</span>'),
        ["🖼 Chart"],
    ),
    "datepicker": Block(
        {"initial_date": "2026-03-14", "action_id": "d"},
        "[2026-03-14]",
        '<span class="input">📅 2026-03-14</span>',
        ["[ 📅 2026-03-14 ]"],
    ),
    "timepicker": Block(
        {"initial_time": "06:00", "action_id": "t"},
        "[06:00]",
        '<span class="input">🕒 06:00</span>',
        ["[ 🕒 06:00 ]"],
    ),
    "radio_buttons": Block(
        {"initial_option": OPTIONS[1], "options": OPTIONS, "action_id": "r"},
        "( ) Ann\n(x) Bob",
        line("○ Ann") + line("◉ Bob"),
        ["○ Ann", "◉ Bob"],
    ),
    "checkboxes": Block(
        {
            "options": [{**OPTIONS[0], "initial_selected": True}, OPTIONS[1]],
            "action_id": "c",
            "style": "switch",
        },
        "[x] Ann\n[ ] Bob",
        line("☑ Ann") + line("☐ Bob"),
        ["☑ Ann", "☐ Bob"],
    ),
    "plain_text_input": Block(
        {
            **{"action_id": "i", "text": "Why?", "value": "", "placeholder": "Tell"},
            **{"multiline": True, "min_length": 1, "max_length": 100},
        },
        "Why? [Tell]",
        '<div class="line label">Why?</div>' + line('<span class="input tall hint">Tell</span>'),
        ["Why?", "[ Tell ]"],
    ),
    "video": Block(
        {
            "title": {"text": "How to", "is_markdown_support": False},
            **dict.fromkeys(("title_url", "video_url", "thumbnail_url", "provider_icon_url"), URL),
            **{"action_id": "v", "author_name": "Ann", "provider_name": "X"},
        },
        f"How to ({URL})",
        f'{line(link(URL, "How to"))}</div><div class="foot">Ann · X</div>',
        ["▶ How to", "Ann · X"],
    ),
}

#: Such a block by its type.
GOOD: dict[str, dict[str, Any]] = {
    kind: {**block.value, "type": kind} for kind, block in BLOCKS.items()
}
