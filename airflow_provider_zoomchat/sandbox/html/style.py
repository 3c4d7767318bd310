"""What the HTML of the chat wears: Zoom Team Chat's look, light and dark, wide and narrow."""

from __future__ import annotations

CSS = """\
:root {
  color-scheme: light dark;
  --ground: #ffffff; --soft: #f7f9fa; --line: #dfe3e8;
  --text: #131619; --quiet: #444b53; --faint: #666f7c;
  --link: #0b5cff; --mention: #e4f0ff; --code: #a8246e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #1a1c1f; --soft: #24272b; --line: #3a3f45;
    --text: #f1f4f6; --quiet: #c6ccd2; --faint: #98a0a9;
    --link: #6aa5ff; --mention: #12305c; --code: #f08cc4;
  }
  .backed { color: #131619; }
}
/* A colour that an author chose for words; on a dark page, as light as it takes to read them. */
[style*="--ink:"] { color: var(--ink); }
@media (prefers-color-scheme: dark) {
  [style*="--ink:"]:not([style*="background-color:"]) {
    color: oklch(from var(--ink) max(l, 0.75) c h);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 14.5px/1.5 Inter, "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", sans-serif;
}
main { max-width: 760px; margin: 0 auto; }
h2 {
  margin: 0; padding: 13px 20px; border-bottom: 1px solid var(--line);
  font-size: 16px; font-weight: 650;
}
section { padding-bottom: 12px; }
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; }
.message { display: flex; gap: 12px; padding: 12px 20px 4px; }
.message.reply { margin-left: 46px; }
.avatar {
  flex: none; width: 36px; height: 36px; border-radius: 11px;
  color: #ffffff; font-size: 16px; font-weight: 600; line-height: 36px; text-align: center;
}
.reply > .avatar {
  width: 26px; height: 26px; border-radius: 8px; font-size: 12px; line-height: 26px;
}
.content { flex: 1; min-width: 0; overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; line-height: 1.3; }
.sender { font-weight: 650; }
time, .note, .foot, .label, .hint, .pen, dt { color: var(--faint); font-size: 12px; }
.note { font-style: italic; }
.pen { float: right; }
p.note { padding: 12px 20px; }
.text, .block, .head, .sub-head { white-space: pre-wrap; unicode-bidi: isolate; }
.text { padding-top: 2px; }
.mention { padding: 0 3px; border-radius: 4px; background: var(--mention); color: var(--link); }
.h1 { font-size: 20px; font-weight: 700; }
.h2 { font-size: 17.5px; font-weight: 700; }
.h3 { font-size: 16px; font-weight: 700; }
.size-s { font-size: 12px; }
.size-m { font-size: 14.5px; }
.size-l { font-size: 18px; }
b { font-weight: 650; }
ul, ol { margin: 2px 0; padding-left: 24px; white-space: normal; }
li > .line { white-space: pre-wrap; }
blockquote {
  margin: 5px 0; padding: 1px 0 1px 12px; border-left: 3px solid var(--line); color: var(--quiet);
}
code, pre { font: 12.5px/1.5 "JetBrains Mono", "SF Mono", Consolas, "DejaVu Sans Mono", monospace; }
code { padding: 1px 4px; border-radius: 4px; background: var(--soft); color: var(--code); }
pre {
  margin: 5px 0; padding: 8px 11px; border: 1px solid var(--line); border-radius: 7px;
  background: var(--soft); white-space: pre-wrap;
}
.card {
  max-width: 620px; margin: 6px 0 4px; overflow: hidden;
  border: 1px solid var(--line); border-left: 0; border-radius: 6px 10px 10px 6px;
}
.bar { padding: 5px 14px 9px; border-left: 4px solid; }
.bar .bar { margin: 6px 0; }
.split { overflow: visible; border: 0; }
.split > .bar {
  margin-bottom: 6px; border-radius: 4px 10px 10px 4px; box-shadow: inset 0 0 0 1px var(--line);
}
.head { padding-top: 4px; font-size: 15.5px; font-weight: 650; }
.sub-head { color: var(--faint); font-size: 13px; }
.block { padding-top: 5px; }
.section.row { display: flex; flex-wrap: wrap; gap: 0 16px; }
.foot { padding-top: 5px; }
dl { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 18px; margin: 1px 0; }
dl > .long { grid-column: 1 / -1; }
dd { margin: 0; }
.button, .input, summary {
  display: inline-block; margin: 3px 8px 3px 0; padding: 4px 14px;
  border: 1px solid var(--line); border-radius: 8px; font-size: 13px; font-weight: 600;
}
summary { cursor: pointer; }
summary::after { content: " ▾"; }
.button.primary { border-color: #0b5cff; background: #0b5cff; color: #ffffff; }
.button.danger { border-color: #d7263d; background: #d7263d; color: #ffffff; }
.button.disabled { background: var(--soft); color: var(--faint); }
.input { min-width: 200px; font-weight: 400; }
.input.tall { min-height: 60px; }
details { display: inline-block; vertical-align: top; }
details > div { padding: 2px 14px; }
.box {
  display: flex; gap: 12px; padding: 9px 12px; border: 1px solid var(--line); border-radius: 8px;
}
.box .title { font-weight: 600; }
.image { display: inline-flex; align-items: center; gap: 8px; margin-right: 8px; }
.picture {
  flex: none; width: 44px; height: 44px; border-radius: 6px; background: var(--soft);
  font-size: 20px; line-height: 44px; text-align: center;
}
.files { display: flex; flex-direction: column; align-items: flex-start; gap: 6px; padding: 4px 0; }
.files > .box { min-width: 240px; max-width: 100%; }
.files > img { max-width: 100%; max-height: 420px; border-radius: 8px; }
.alert { padding: 7px 12px; border-radius: 8px; background: var(--mention); }
.alert.success { background: #1a7f3730; }
.alert.warning { background: #d9920030; }
.alert.error { background: #d7263d30; }
.progress { height: 6px; margin-top: 5px; border-radius: 3px; background: var(--line); }
.progress > div { height: 6px; border-radius: 3px; background: #0b5cff; }
hr { margin: 6px 0; border: 0; border-top: 1px solid var(--line); }
@media (max-width: 480px) {
  .message { gap: 9px; padding: 10px 12px 3px; }
  .message.reply { margin-left: 24px; }
  h2 { padding: 11px 12px; }
  .bar { padding: 4px 10px 8px; }
}
"""
