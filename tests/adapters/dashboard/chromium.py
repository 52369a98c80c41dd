"""Headless Chromium, Debian's own, and a watch over what a page does in it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

PATH = Path("/usr/bin/chromium")
NEEDED = "MAEUM_TEST_CHROMIUM"  # set by .ci/run: no Chromium is a failure, not a skip
_PATIENCE = 30_000  # milliseconds: a machine that does much else is slow, not wrong
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser; where there is none, the test is skipped or, in CI, fails."""
    if not PATH.exists():
        why = f"there is no {PATH}; apt-get install -y --no-install-recommends chromium"
        (pytest.fail if os.environ.get(NEEDED) else pytest.skip)(why)
    expect.set_options(timeout=_PATIENCE)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PATH, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


class Visit:
    """A page in a profile of its own. It must stay on `address` and say nothing to the console."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self._allowed = {urlsplit(address).netloc}
        page.on("console", lambda it: self.complaints.append(f"{it.type}: {it.text}"))
        page.on("pageerror", lambda it: self.complaints.append(str(it)))
        page.on("request", lambda it: self.hosts.add(urlsplit(it.url).netloc))

    @classmethod
    @asynccontextmanager
    async def begun(cls, browser: Browser, address: str, **about: Any) -> AsyncIterator["Visit"]:
        """A new profile; at its end, whatever it should not have done is told."""
        context = await browser.new_context(**about)
        visit = cls(await context.new_page(), address)
        try:
            yield visit
        finally:
            await context.close()
        assert not visit.complaints
        assert visit.hosts <= visit._allowed

    async def text(self, selector: str) -> str:
        """What the first such element says."""
        return (await self.page.locator(selector).first.inner_text()).strip()
