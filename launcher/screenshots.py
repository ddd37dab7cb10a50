"""`make screenshots`: take the pictures of the admin that the documentation shows, of a campaign in full swing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launcher.demo import demo_command, demo_stack
from launcher.errors import LaunchError
from launcher.paths import CHECKOUT
from launcher.stack import Stack

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = CHECKOUT / "docs" / "screenshots"
SIZE = {"width": 1366, "height": 768}
LARGEST_BYTES = 250_000
# Simulated seconds per real one: the morning passes in about a minute, and hardly moves while a picture is taken.
RATE = 300.0
# Real seconds of calls before the first picture.
CALLS = 60
PAGES = ("home", "campaign", "target", "review")


def chromium() -> str | None:
    """Return the path of the machine's Chromium, None where it has none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def main(_arguments: list[str]) -> int:
    """Take every picture in light and in dark; return 0. Raises LaunchError."""
    data_dir = CHECKOUT / "var" / "screenshots"
    try:
        with demo_stack(data_dir, RATE) as stack:
            _take_all(stack, data_dir)
    except KeyboardInterrupt:
        print("Interrupted.")
        return 130
    return 0


def _take_all(stack: Stack, data_dir: Path) -> None:
    demo = subprocess.Popen(demo_command(data_dir), cwd=CHECKOUT, env=stack.environment, stdout=subprocess.DEVNULL)
    try:
        print(f"Calling people for {CALLS} seconds …", flush=True)
        time.sleep(CALLS)
        _visit(stack.base_url, _login(stack.environment))
    finally:
        demo.terminate()
        demo.wait()


def _login(environment: Mapping[str, str]) -> dict[str, Any]:
    """Make the owner of the demo's organization; return their email and password."""
    arguments = ["create_user", "owner@example.com", "--organization", "demo", "--role", "owner", "--json"]
    made = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=CHECKOUT, env=dict(environment), capture_output=True, check=True
    )
    answer: dict[str, Any] = json.loads(made.stdout)
    return answer


def _visit(base_url: str, login: Mapping[str, Any]) -> None:
    from playwright.sync_api import sync_playwright

    path = chromium()
    if path is None:
        raise LaunchError("there is no Chromium: install the Debian package chromium, or name one in CHROMIUM")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_context(viewport=SIZE, base_url=base_url, timezone_id="Europe/London").new_page()  # type: ignore[arg-type]  # a size
        page.goto("/admin/login/")
        page.get_by_label("Email").fill(login["email"])
        page.get_by_label("Password").fill(login["password"])
        page.keyboard.press("Enter")
        page.locator("#desk-live").wait_for()
        places = _places(page)
        for theme in ("light", "dark"):
            page.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
            for name in PAGES:
                _take(page, places[name], FOLDER / f"{name}-{theme}.png")
        browser.close()


def _places(page: Page) -> dict[str, str]:
    """Return the address of each page: of the campaign, and of somebody who was spoken to."""
    review = "/admin/targets/reviewitem/"
    return {
        "home": "/admin/",
        "campaign": _first(page, "/admin/campaigns/campaign/"),
        "target": _first(page, "/admin/targets/campaigntarget/?ai_label__exact=positive"),
        "review": review,
    }


def _first(page: Page, listed: str) -> str:
    """Return the address of the first row of a list."""
    page.goto(listed)
    found = page.locator("#result_list tbody th a, #result_list tbody td a").first.get_attribute("href")
    if not found:
        raise LaunchError(f"{listed} shows nothing to take a picture of")
    return found


def _take(page: Page, address: str, file: Path) -> None:
    page.goto(address)
    page.wait_for_load_state("load")
    page.wait_for_timeout(700)
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)
    size = file.stat().st_size
    if size > LARGEST_BYTES:
        raise LaunchError(f"{file.name} has {size} bytes, more than {LARGEST_BYTES}")
    print(f"{file.relative_to(CHECKOUT)} ({size // 1000} kB)", flush=True)
