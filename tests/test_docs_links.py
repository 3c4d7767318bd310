"""Where the links of the README and the pages lead."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from conftest import ROOT
from pages import DOCS, README, REPOSITORY, all_pages, name_of, page

RAW = REPOSITORY.replace("https://github.com/", "https://raw.githubusercontent.com/") + "/main/"
OTHER_PAGES = [ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "tests/contexts/README.md"]


def place(link: str, path: Path) -> tuple[Path, str] | None:
    """Return the file and the anchor that a link leads to; None if it leaves the repository."""
    address, _, anchor = link.partition("#")
    for start in (f"{REPOSITORY}/blob/main/", f"{REPOSITORY}/tree/main/", RAW):
        if address.startswith(start):
            return ROOT / unquote(address.removeprefix(start)), anchor
    if "://" in address:
        return None
    return (path.parent / unquote(address)).resolve() if address else path, anchor


@pytest.mark.parametrize("path", [*all_pages(), *OTHER_PAGES], ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    """Every file of the repository that a page links to exists, and has the anchor."""
    for link in page(path).links:
        found = place(link, path)
        if found is None:
            continue
        target, anchor = found
        assert target.exists(), link
        if anchor:
            assert anchor in page(target).anchors, link


def test_the_readme_works_elsewhere() -> None:
    """On PyPI, too, each link and picture of the README leads somewhere."""
    assert page(README).links
    for link in page(README).links:
        assert link.startswith("https://"), link
    prose = re.sub(
        r"```.*?```|`[^`]*`|^\[.+]: .*$", "", README.read_text("utf-8"), flags=re.S | re.M
    )
    named = {words.lower() for words in re.findall(r"\[([^]]+)](?!\[)", prose)}
    assert named <= {*re.findall(r"^\[(.+)]: https://", README.read_text("utf-8"), re.M)}


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=name_of)
def test_pages_link_to_pages(path: Path) -> None:
    """A page leaves `docs` by a whole address alone, which works on the site too."""
    for link in page(path).links:
        found = place(link, path)
        if "://" not in link and found is not None:
            assert DOCS in found[0].parents, link


def test_the_readme_is_short() -> None:
    """The README is read in a few minutes."""
    assert len(README.read_text("utf-8").splitlines()) <= 200
