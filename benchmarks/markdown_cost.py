"""What it takes to read markdown, and to write it for a user and in Zoom's own markdown.

The message is as long as Zoom takes one. The hostile sources are as long as is read at all, and
once half as long: where the second figure is about half of the first, the time is proportional.
"""

from __future__ import annotations

from functools import partial

from measuring import milliseconds

from airflow_provider_zoomchat.zoom.text import rich_text, zoom_markdown
from airflow_provider_zoomchat.zoom.text.commonmark import MOST_OF_SOURCE
from airflow_provider_zoomchat.zoom.text.commonmark import markdown as read
from airflow_provider_zoomchat.zoom.validation import MAX_MESSAGE

ROUNDS = 100

MIXED = """\
## Load of `orders` finished

**48,210** rows in *3 min 10 s*, see [the log](https://example.com/log?run=1&try=2) 🚀

- `load_orders`: done
- `load_items`: ~~late~~ done
  - again **and again**
1. check the [dashboard](https://example.com/dashboard)
2. tell <https://example.com/team>

> ValueError: column "qty" is missing
> in line 3

| table | rows |
|:------|-----:|
| orders | 48210 |
| items | 7 |

```sql
select count(*) from orders
```
"""

HOSTILE = {
    "brackets": "[",
    "brackets of images": "![",
    "asterisks": "*",
    "asterisks around words": "***a** b* ",
    "asterisks that stay open": "**a ",
    "quotes in quotes": "> ",
    "quotes with bold words": "> **a**\n\n",
    "items in items": "- ",
    "items": "- **a**\n",
    "links": "[a](https://b.c) ",
    "backticks": "`a``b```c",
    "paragraphs": "a\n\n",
    "rows of a table": "|a|b|\n|-|-|\n|c|d|\n",
}


def for_a_user(source: str) -> object:
    """Return what a user's message has."""
    text = read(source)
    return text.message, rich_text.formats(text), rich_text.mentions(text)


def for_a_bot(source: str) -> object:
    """Return Zoom's own markdown."""
    return zoom_markdown.write(read(source))


def main() -> None:
    """Print the median of each."""
    read("")  # imports the parser
    mixed = (MIXED * (MAX_MESSAGE // len(MIXED) + 1))[:MAX_MESSAGE]
    for name, do in (("for a user", for_a_user), ("for a bot", for_a_bot)):
        taken = milliseconds(partial(do, mixed), ROUNDS)
        print(f"{len(mixed)} characters, {name:12} {taken:6.2f} ms (median of {ROUNDS})")
    for name, part in HOSTILE.items():
        source = (part * MOST_OF_SOURCE)[:MOST_OF_SOURCE]
        user, half_user, bot, half_bot = (
            milliseconds(partial(do, given), 5)
            for do in (for_a_user, for_a_bot)
            for given in (source, source[: MOST_OF_SOURCE // 2])
        )
        print(
            f"{name:26} user {user:6.1f} ms, half of it {half_user:6.1f} ms; "
            f"bot {bot:6.1f} ms, half of it {half_bot:6.1f} ms"
        )


if __name__ == "__main__":
    main()
