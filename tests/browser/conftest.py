"""A real browser in front of the real admin: Debian's Chromium, driven by playwright."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from launcher.screenshots import chromium
from organizations.models import User
from tests.factories import PASSWORD

SKIPPED = "no Chromium: install the Debian package chromium, or name one in CHROMIUM, to run the browser tests"

Visit = Callable[[User], Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium() is None:
        pytest.skip(SKIPPED)
    with sync_playwright() as driver:
        # The driver keeps an event loop in this thread; nothing here calls the database from inside it.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield driver
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    # --no-sandbox: as root, as containers run tests, Chromium refuses its sandbox.
    browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer) -> Iterator[Visit]:
    """Return what logs somebody in and gives their page. What the browser complains of fails the test."""
    contexts, complaints = [], list[str]()

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)

        def asked(request: Request) -> None:
            if not request.url.startswith((live_server.url, "data:")):
                complaints.append(f"loads {request.url}")

        page.on("request", asked)

    def log_in(user: User) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": 1366, "height": 768}, timezone_id="Europe/Rome"
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto("/admin/")
        page.get_by_label("Email").fill(user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.locator("#desk-live").wait_for()
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert complaints == []


def text_of(page: Any) -> str:
    """Return everything a page shows, hidden parts included."""
    text: str = page.content()
    return text
