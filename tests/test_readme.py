"""What the README promises."""

from __future__ import annotations

import re
from typing import Any

import pytest
from airflow import __version__ as airflow_version
from conftest import ROOT

from airflow_provider_zoomchat.get_provider_info import get_provider_info
from airflow_provider_zoomchat.notifications.zoom import ZoomChatNotifier
from airflow_provider_zoomchat.sandbox import Sandbox
from airflow_provider_zoomchat.zoom.error_hints import HINTS

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.skipif(airflow_version < "3", reason="the README writes imports as Airflow 3 does")
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[-3].strip()[:40])
def test_python_runs(block: str, zoom: Sandbox) -> None:
    """Every block of Python in the README works as it stands."""
    names: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), names)
    if "announce" in names:
        names["announce"](48_210)
        assert [message["text"] for message in zoom.messages()] == ["Load finished: 48210 rows"]


def test_every_field_is_in_the_table() -> None:
    """The table of the connection's fields is that of the form."""
    form = get_provider_info()["connection-types"][0]
    for name, field in form["conn-fields"].items():
        assert f"| {field['label']} | extra `{name}` |" in README
    for kept, field_label in form["ui-field-behaviour"]["relabeling"].items():
        assert f"| {field_label} | {kept} |" in README


def test_every_code_in_the_table_has_a_remedy() -> None:
    """The table of errors names no code that the provider does not know."""
    known = {code for hints in HINTS.values() for hint in hints for code in hint.code} | {429}
    rows = re.findall(r"^\| ([\d, ]+) \|", README, re.MULTILINE)
    codes = {int(code) for row in rows for code in row.split(",")}
    assert len(codes) > 15
    assert codes <= known


def test_every_scope_is_named_in_both_spellings() -> None:
    """Whoever makes an app finds the scopes as either kind of app spells them."""
    for scope in ("team_chat:write:user_message:admin", "chat_message:write:admin", "imchat:bot"):
        assert f"`{scope}`" in README


def test_the_alert_that_it_shows(zoom: Sandbox) -> None:
    """The alert at its beginning is what a failed task sends, word for word."""
    code = (ROOT / "docs" / "pictures.py").read_text()
    names: dict[str, Any] = {"__name__": "pictures", "__file__": "docs/pictures.py"}
    exec(compile(code, "docs/pictures.py", "exec"), names)
    ZoomChatNotifier(on_error="raise")(names["failed_task"]())
    (message,) = zoom.messages()
    assert f"```text\n{message['text']}\n```" in README


def test_links_lead_somewhere() -> None:
    """Every file that the README links to exists."""
    targets = re.findall(r"\]\((?!https?://)([^)#]+)\)|src=\"([^\"]+)\"", README)
    assert targets
    for target in targets:
        assert (ROOT / "".join(target)).exists(), target
