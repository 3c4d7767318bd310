"""What a release must hold: its version, its changelog, and what registries read of it."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from conftest import ROOT

from airflow_provider_zoomchat import __version__
from airflow_provider_zoomchat.get_provider_info import get_provider_info

#: The kinds of classes that the provider names by module, and what their names end in.
KINDS = {"hooks": "Hook", "operators": "Operator", "sensors": "Sensor", "triggers": "Trigger"}


def named_by_airflow() -> set[str]:
    """Return the classes that Airflow is told of, with their modules."""
    info: dict[str, Any] = get_provider_info()
    modules = {
        (kind, module)
        for kind in KINDS
        for one in info.get(kind, ())
        for module in one["python-modules"]
    }
    modules |= {("operators", one["python-module"]) for one in info["transfers"]}
    return {*info["notifications"]} | {
        f"{module}.{name}"
        for kind, module in modules
        for name, value in vars(import_module(module)).items()
        if inspect.isclass(value) and value.__module__ == module and name.endswith(KINDS[kind])
    }


def test_the_registrys_file() -> None:
    """The file for Astronomer's registry lists the classes that Airflow is told of."""
    text = (ROOT / ".astro-registry.yaml").read_text()
    listed = re.findall(r"^  - module: (\S+)$", text, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == named_by_airflow()
    assert f"package-name: {get_provider_info()['package-name']}\n" in text
    assert f"display-name: {get_provider_info()['name']}\n" in text


def test_the_version() -> None:
    """The newest release in the changelog is the version."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    releases = re.findall(r"^## \[(\d\S*)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    assert releases[:1] == [__version__]
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_what_pypi_shows() -> None:
    """The package calls itself stable, and its links lead to https addresses."""
    about = (ROOT / "pyproject.toml").read_text()
    assert '"Development Status :: 5 - Production/Stable"' in about
    links = about.partition("[project.urls]\n")[2].partition("\n\n")[0].splitlines()
    assert len(links) >= 4
    assert all('= "https://' in link for link in links)


def test_the_logo() -> None:
    """The logo is a picture that scales, and loads nothing from elsewhere."""
    root = ElementTree.fromstring((ROOT / "docs" / "logo.svg").read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("viewBox"), root.get("width")) == ("0 0 128 128", None)
    assert not [name for part in root.iter() for name in part.attrib if name.endswith("href")]
