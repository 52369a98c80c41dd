"""The dashboard's first view with 200 channels, in Chromium, beside a bare aiohttp page.

From the link being opened, in a new profile each time, to the list and the first chart being drawn.
Run as `python -m tests.benchmarks.bench_dashboard`.
"""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from aiohttp import web
from playwright.async_api import Browser

from adapters.http import HttpServer
from bot.dashboard.overview import overview
from bot.dashboard.session import Session
from bot.events import ChannelRef, Platform
from classifier.base import Language
from tests.adapters.dashboard.chromium import chromium
from tests.core import NOW
from tests.dashboard_stage import WORKSPACE, Stage, served, talk

CHANNELS, MESSAGES, ROUNDS = 200, 500, 9
BAR = 1000.0  # milliseconds
# Told by the page's own clock, which starts when the address is opened.
DRAWN = """
new MutationObserver((_, observer) => {
  if (!(%s)) return;
  requestAnimationFrame(() => { window.drawn = performance.now(); });
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
FIRST_VIEW = (
    f"document.querySelectorAll('#channels li').length === {CHANNELS}"
    " && document.querySelector('#shares svg') && document.querySelector('#valence svg')"
)


async def opened(browser: Browser, address: str, condition: str) -> float:
    """Milliseconds until `condition` holds in a new profile that opens `address`."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.add_init_script(DRAWN % condition)
        await page.goto(address)
        while not (drawn := await page.evaluate("window.drawn ?? 0")):
            await asyncio.sleep(0.02)
        return float(drawn)
    finally:
        await context.close()


async def listed(stage: Stage) -> float:
    """Milliseconds that the core takes for the list, all channels in two questions."""

    async def everything(_: ChannelRef) -> bool:
        return True

    session = Session(Platform.DISCORD, WORKSPACE, NOW, everything)
    began = time.perf_counter()
    found = await overview(stage.bot, session, Language.KO)
    took = time.perf_counter() - began
    assert found
    assert len(found.channels) == CHANNELS
    return 1000 * took


async def bare(_: web.Request) -> web.Response:
    """The least a page can be."""
    return web.Response(text="<!doctype html><p>Hello", content_type="text/html")


async def measure(folder: Path) -> None:
    """Print each figure beside its reference, taken in turns."""
    least = HttpServer("127.0.0.1:0")
    least.app.router.add_get("/", bare)
    async with served(folder) as stage, least.running(), chromium() as browser:
        for number in range(CHANNELS):
            await talk(stage.bot, f"channel-{number:03}", messages=MESSAGES, people=12)
        views, pages, lists = [], [], []
        for _ in range(ROUNDS + 1):
            link = await stage.link(locale="ko")
            views.append(await opened(browser, link, FIRST_VIEW))
            pages.append(
                await opened(
                    browser, f"http://127.0.0.1:{least.port}/", "document.querySelector('p')"
                )
            )
            lists.append(await listed(stage))
    view, page, its_list = (statistics.median(it[1:]) for it in (views, pages, lists))
    print(f"{CHANNELS} channels, {CHANNELS * MESSAGES:,} observations, median of {ROUNDS}")
    print(f"first view, list and chart drawn  {view:7.1f} ms   {view / page:5.1f} of a bare page")
    print(f"a bare aiohttp page               {page:7.1f} ms")
    print(f"of it the list, in the core       {its_list:7.1f} ms")
    print(f"bar: at most {BAR:.0f} ms: {'met' if view <= BAR else 'MISSED'}")


def main() -> None:
    """Print the figures and their references."""
    with tempfile.TemporaryDirectory(prefix="maeum-bench-") as name:
        asyncio.run(measure(Path(name)))


if __name__ == "__main__":
    main()
