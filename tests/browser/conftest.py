"""A browser, and the newspaper's desk to look at: once for each file, in one worker.

Debian's Chromium is driven by Playwright's Python client; nothing is downloaded. Where there is no
Chromium these tests are skipped and say so; `.ci/run` installs it and sets COPYDESK_BROWSER=required.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker for all: a browser and a running Airflow are dear."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Chromium without a window.

    Not for the whole session: while Playwright's client is open its event loop counts as running in this
    process, and no other test could run one of its own.
    """
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("COPYDESK_BROWSER") == "required":
            pytest.fail("no Chromium: apt-get install chromium")
        pytest.skip("NO CHROMIUM: the pages were not looked at (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def watched(chromium) -> Iterator[SimpleNamespace]:
    """A page whose dialogs, foreign requests and errors are written down, and must be none at the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    page = context.new_page()
    seen = SimpleNamespace(page=page, context=context, dialogs=[], foreign=[], errors=[], home="")

    def asked(request) -> None:
        if seen.home and not request.url.removeprefix("blob:").startswith((seen.home, "data:image/")):
            seen.foreign.append(request.url)

    page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    context.on("request", asked)
    yield seen
    context.close()
    assert (seen.dialogs, seen.foreign) == ([], [])
