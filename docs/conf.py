"""How Sphinx builds the site: ``sphinx-build -W --keep-going -b html docs docs/_build``.

The pages are plain Markdown, which reads on the repository's page as well. Those below
``reference`` are made of the docstrings, for which Airflow has to be installed. The site's table of
contents is what the tables of ``index.md`` link to.
"""

from __future__ import annotations

import os
import re
import tempfile
from typing import Any

# Importing Airflow makes a folder and reads settings: none of this machine's.
for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="zoomchat-docs-")

from airflow_provider_zoomchat import __version__  # noqa: E402

project = "airflow-provider-zoomchat"
author = "The airflow-provider-zoomchat maintainers"
project_copyright = author
release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
default_role = "py:obj"  # a name in single backticks, as docstrings have them

myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True  # the code of a default, such as `os.environ`, and not its value
python_maximum_signature_line_length = 80
add_module_names = False

html_theme = "furo"
html_title = f"airflow-provider-zoomchat {release}"
html_logo = html_favicon = "logo.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "source_repository": "https://github.com/airflow-provider-zoomchat/airflow-provider-zoomchat/",
    "source_branch": "main",
    "source_directory": "docs/",
}


def add_contents(app: Any, page: str, source: list[str]) -> None:
    """Add a table of contents to an index: its tables, each with the pages in its first column."""
    if not page.endswith("index"):
        return
    for name, rows in re.findall(
        r"^\| (.+?) \|.*\n\|[-|]+\n((?:\|.*\n)+)", source[0], re.MULTILINE
    ):
        pages = re.findall(r"^\| \[[^]]+]\((\S+)\.md\)", rows, re.MULTILINE)
        lines = [":hidden:", *([f":caption: {name}"] if page == "index" else []), "", *pages]
        source[0] += "\n".join(["", "```{toctree}", *lines, "```", ""])


def setup(app: Any) -> None:
    """Connect it: Sphinx calls this."""
    app.connect("source-read", add_contents)
