"""Debian's Chromium, headless, driven by Selenium."""

from __future__ import annotations

import shutil
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def missing() -> str:
    """Return what there is not, and how to get it; nothing if all is there."""
    if not all(shutil.which(name) for name in ("chromium", "chromedriver")):
        return "no Chromium with its driver here: apt-get install chromium chromium-driver"
    return "" if find_spec("selenium") else "no Selenium here: pip install selenium"


def start(width: int = 1300, height: int = 1000) -> Any:
    """Return a driver of a browser; whoever has it calls `quit`."""
    webdriver = import_module("selenium.webdriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    # Without its own sandbox it starts for root and in containers too; all it sees is local.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--lang=en"):
        options.add_argument(argument)
    options.add_argument(f"--window-size={width},{height}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)
