"""A preview as one HTML page: no script, no request, nothing beside it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...sandbox import html
from ...sandbox.html.document import document
from ...sandbox.html.text import escape
from .shown import Group, Shown, Wire
from .text import APPROXIMATE, answered, place, state

_MORE_CSS = """\
body { background: var(--soft); }
main { padding: 20px 14px 60px; }
main > p { margin: 6px 2px 18px; color: var(--faint); font-size: 13px; }
h1 { margin: 22px 2px 10px; font-size: 19px; font-weight: 700; overflow-wrap: anywhere; }
.preview {
  margin: 0 0 16px; padding: 0; overflow: hidden;
  border: 1px solid var(--line); border-radius: 12px; background: var(--ground);
}
.preview > h2 { padding: 10px 16px; font-size: 14.5px; overflow-wrap: anywhere; }
.preview > h2 small { display: block; color: var(--faint); font-size: 12px; font-weight: 400; }
.preview .message { padding: 12px 16px; }
.preview .message.reply { margin-left: 0; }
.facts { padding: 9px 16px 11px; border-top: 1px solid var(--line); font-size: 12.5px; }
.facts p { margin: 2px 0; color: var(--quiet); overflow-wrap: anywhere; }
.facts p.long { color: #b54708; }
.facts p.refused { color: #c4211c; font-weight: 600; }
.facts details { display: block; margin-top: 4px; }
.facts summary {
  margin: 0; padding: 2px 0; border: 0; font-size: 12.5px; font-weight: 400;
  color: var(--faint); overflow-wrap: anywhere;
}
.facts details > pre { font-size: 12px; overflow-wrap: anywhere; }
.missing { color: var(--quiet); }
@media (prefers-color-scheme: dark) {
  body { background: #111315; }
  .facts p.long { color: #f5b36b; }
  .facts p.refused { color: #ff8b85; }
}
"""


def page(groups: Sequence[Group]) -> str:
    """Return a preview as an HTML document."""
    title = groups[0].title if groups else "nothing"
    body = "".join(
        f"<h1><bdi>{escape(group.title)}</bdi></h1>\n"
        + "".join(_shown(one) for one in group.shown)
        + "".join(f'<p class="missing">{escape(each)}</p>\n' for each in group.missing)
        for group in groups
    )
    about = f"<p>{escape(APPROXIMATE)}</p>\n"
    return document(f"Preview: {title}", about + body, _MORE_CSS)


def _shown(one: Shown) -> str:
    said, what = place(one), state(one)
    small = [*([said] if said != one.name else []), *([what] if what else []), *one.places]
    below = "".join(f"<small>{escape(each)}</small>" for each in small)
    message = html.message(one.message, one.images) if one.message is not None else ""
    return (
        f'<section class="preview"><h2><bdi>{escape(one.name)}</bdi>{below}</h2>\n'
        f'{message}<div class="facts">{_facts(one)}</div></section>\n'
    )


def _facts(one: Shown) -> str:
    is_long = ", but " in one.length
    found = [f"<p{' class=long' if is_long else ''}>{escape(one.length)}</p>"] if one.length else []
    found += [f'<p class="refused">Refused: {escape(each)}</p>' for each in one.refusals]
    found += [f"<p>{escape(note)}</p>" for note in one.notes]
    found += [_wire(wire) for wire in one.wires]
    return "".join(found)


def _wire(wire: Wire) -> str:
    line = escape(f"{wire.method} {wire.url}{answered(wire)}")
    if wire.body in (None, "", {}):
        return f"<p>{line}</p>"
    body = wire.body
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
    return f"<details><summary>{line}</summary><pre>\n{escape(text)}</pre></details>"
