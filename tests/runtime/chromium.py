"""A Chromium of the system, for tests of pages; without it, and without Playwright, they are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

WORDS = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]


@contextmanager
def running() -> Iterator:
    """A browser that is closed in the end."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install --group browser"
    )
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("there is no Chromium")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=found, args=WORDS)
        yield browser
        browser.close()
