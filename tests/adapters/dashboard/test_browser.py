"""The dashboard in a real browser: by keyboard, by ear, in both languages, live."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.adapters.dashboard.chromium import Visit, chromium
from tests.dashboard_stage import Stage, served, talk

EVERY = 5_000  # milliseconds between two looks for news; the page's clock is turned over them
NAMELESS = """() => [...document.querySelectorAll(
    'a, button, input, select, summary, svg, [role=img], [tabindex]')]
  .filter((it) => it.checkVisibility() && !it.closest('[aria-hidden]'))
  .filter((it) => !(it.getAttribute('aria-label') || it.textContent.trim() ||
    it.getAttribute('aria-labelledby') || it.labels?.length))
  .map((it) => it.outerHTML.slice(0, 80))"""


pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Three channels; `lively` has most to tell."""
    async with served(tmp_path) as stage:
        await talk(stage.bot, "lively", messages=500)
        await talk(stage.bot, "calm", messages=400, lean=0.9)
        await talk(stage.bot, "couple", people=2, messages=30)
        yield stage


async def test_the_link_opens_the_page(browser: Browser, stage: Stage) -> None:
    """The channels are listed, the liveliest is shown, and the token is nowhere any more."""
    async with Visit.begun(browser, stage.address) as visit:
        await visit.page.goto(await stage.link())
        await expect(visit.page.locator("#week svg")).to_be_visible()
        names = await visit.page.locator("#channels b").all_inner_texts()
        assert names == ["#calm", "#couple", "#lively"]
        assert await visit.text("#title") == "The mood of #lively"
        assert "#" not in visit.page.url
        assert await visit.page.evaluate("document.cookie") == ""
        assert await visit.page.title() == "The mood of #lively · Maeum"
        await visit.page.reload()
        await expect(visit.page.locator("#title")).to_have_text("The mood of #lively")


async def test_a_used_link_shows_the_mend(browser: Browser, stage: Stage) -> None:
    """In another browser, or again in this one: a page that says what to do."""
    link = await stage.link(locale="ko")
    async with Visit.begun(browser, stage.address) as visit:
        await visit.page.goto(link)
        await expect(visit.page.locator("#week svg")).to_be_visible()
    async with Visit.begun(browser, stage.address) as visit:
        await visit.page.goto(link)
        await expect(visit.page.locator("#closed")).to_be_focused()
        assert "새 링크" in await visit.text("#closed-text")
        assert not await visit.page.locator("#open").is_visible()
        visit.complaints = [it for it in visit.complaints if "401" not in it]  # Chromium tells it


async def test_everything_by_keyboard(browser: Browser, stage: Stage) -> None:
    """Past the list by the first link; a channel, a window and a value without a mouse."""
    async with Visit.begun(browser, stage.address) as visit:
        page, keys = visit.page, visit.page.keyboard
        await page.goto(await stage.link())
        await expect(page.locator("#week svg")).to_be_visible()
        await keys.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await keys.press("Enter")
        await expect(page.locator("main#mood")).to_be_focused()

        await page.focus("#find")
        await keys.type("CAL")
        await expect(page.locator("#channels li:visible")).to_have_count(1)
        await keys.press("ArrowDown")
        await keys.press("Enter")
        await expect(page.locator("#title")).to_have_text("The mood of #calm")
        await expect(page.locator("#channels a:focus")).to_have_attribute("aria-current", "page")

        await page.focus("input[name=window]:checked")
        await keys.press("ArrowRight")
        await expect(page.locator("input[value='7d']")).to_be_checked()
        await expect(page.locator("#shares .item")).to_have_count(8)

        await page.focus("#shares [tabindex='0']")
        last = await page.locator("#shares .item:focus").get_attribute("aria-label")
        await expect(page.locator("#tip")).to_be_visible()
        await keys.press("ArrowLeft")
        before = await page.locator("#shares .item:focus").get_attribute("aria-label")
        assert before != last
        assert "Joy" in (before or "")
        assert (before or "").split(":")[0] in await visit.text("#tip")
        await keys.press("Escape")
        await expect(page.locator("#tip")).to_be_hidden()
        await page.focus("#week [tabindex='0']")
        here = await page.locator("#week .item:focus").get_attribute("data-key")
        await keys.press("ArrowUp")
        there = await page.locator("#week .item:focus").get_attribute("data-key")
        assert there != here


CUT = """() => {
  const it = document.activeElement, style = getComputedStyle(it), box = it.getBoundingClientRect();
  const reach = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
  const cuts = (one) => getComputedStyle(one).overflow !== 'visible' ||
    getComputedStyle(one).contentVisibility === 'auto';
  const around = [];
  for (let one = it.parentElement; one !== document.body; one = one.parentElement) {
    if (cuts(one)) around.push(one.getBoundingClientRect());
  }
  if (style.outlineStyle === 'none') return 'no ring';
  return around.some((by) => box.left - reach < by.left || box.right + reach > by.right ||
    box.top - reach < by.top || box.bottom + reach > by.bottom) ? 'cut' : 'whole';
}"""


@pytest.mark.parametrize("width", [390, 1280])
async def test_the_keyboards_place_in_the_list_is_seen(
    browser: Browser, stage: Stage, width: int
) -> None:
    """Every line has a ring round it that nothing cuts off, the first and the last too."""
    about = {"viewport": {"width": width, "height": 860}}
    async with Visit.begun(browser, stage.address, **about) as visit:
        page, keys = visit.page, visit.page.keyboard
        await page.goto(await stage.link())
        await expect(page.locator("#week svg")).to_be_visible()
        await page.focus("#find")
        for _ in range(3):
            await keys.press("ArrowDown" if await page.locator("#find:focus").count() else "Tab")
            await expect(page.locator("#channels a:focus")).to_have_count(1)
            assert await page.evaluate(CUT) == "whole"


async def test_a_resting_pointer_shows_the_values_too(browser: Browser, stage: Stage) -> None:
    """And the same values are in a table."""
    async with Visit.begun(browser, stage.address) as visit:
        page = visit.page
        await page.goto(await stage.link())
        await page.locator("#week .item").first.hover()
        tip = await visit.text("#tip")
        cell = await page.locator("#week .item").first.get_attribute("aria-label")
        assert tip.splitlines()[0] in (cell or "")
        await page.locator("#week-card summary").click()
        assert tip.splitlines()[0] in await visit.text("#week-table")


async def test_news_arrives_by_itself(browser: Browser, stage: Stage) -> None:
    """New messages, a new channel: in the list and the charts, the focus staying where it was."""
    async with Visit.begun(browser, stage.address) as visit:
        page = visit.page
        await page.clock.install()
        await page.goto(await stage.link())
        await expect(page.locator("#week svg")).to_be_visible()
        await page.focus("#shares [tabindex='0']")
        counted = await visit.text("#channels a[data-channel=lively] small")
        facts = await visit.text("#facts")
        await talk(stage.bot, "lively-too", messages=80, days=0.9)
        await stage.say_more("lively", 25)
        await page.clock.run_for(EVERY)
        await expect(page.locator("#channels b")).to_have_count(4)
        await expect(page.locator("#facts")).not_to_have_text(facts)
        assert await visit.text("#channels a[data-channel=lively] small") != counted
        await expect(page.locator("#shares .item:focus")).to_have_count(1)


async def test_language_and_theme_hold(browser: Browser, stage: Stage) -> None:
    """Chosen once, they are there after a reload; the channel stays chosen over both."""
    async with Visit.begun(browser, stage.address, color_scheme="light") as visit:
        page = visit.page
        await page.goto(await stage.link(locale="ko"))
        await page.click("#channels a[data-channel=calm]")
        await expect(page.locator("#title")).to_have_text("#calm의 마음")
        paper = "getComputedStyle(document.querySelector('.top')).backgroundColor"
        light = await page.evaluate(paper)
        await page.select_option("#theme", "dark")
        dark = await page.evaluate(paper)
        assert light != dark
        await page.click("#language")
        await expect(page.locator("#title")).to_have_text("The mood of #calm")
        await page.reload()
        await expect(page.locator("#title")).to_have_text("The mood of #calm")
        assert await page.evaluate("document.documentElement.lang") == "en"
        assert await page.evaluate(paper) == dark
        assert await page.input_value("#theme") == "dark"
        await page.go_back()
        await expect(page.locator("#title")).to_have_text("#calm의 마음")


CONTRASTS = """() => {
  const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map((it) => it / 255)
    .map((it) => it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4)
    .reduce((sum, it, place) => sum + it * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = (it) => {
    const colour = getComputedStyle(it).backgroundColor;
    return /, 0\\)$/.test(colour) || colour.includes('/') ? behind(it.parentElement) : colour;
  };
  const own = (it) => [...it.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
  return [...document.querySelectorAll('body *')].filter((it) => own(it) && it.checkVisibility())
    .map((it) => {
      const style = getComputedStyle(it);
      const ink = it.namespaceURI.endsWith('svg') ? style.fill : style.color;
      const [low, high] = [light(ink), light(behind(it))].sort((one, other) => one - other);
      return [(high + 0.05) / (low + 0.05), it.outerHTML.slice(0, 60)];
    }).filter(([ratio]) => ratio < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_word_stands_out(browser: Browser, stage: Stage, scheme: Any) -> None:
    """4.5 to 1 against what is behind it (WCAG 2.2, 1.4.3), tables and tip included."""
    async with Visit.begun(browser, stage.address, color_scheme=scheme) as visit:
        page = visit.page
        await page.goto(await stage.link())
        await expect(page.locator("#week svg")).to_be_visible()
        for summary in await page.locator("summary").all():
            await summary.click()
        await page.focus("#shares [tabindex='0']")
        await expect(page.locator("#channel")).to_have_css("opacity", "1")
        assert await page.evaluate(CONTRASTS) == []


@pytest.mark.parametrize("locale", ["ko", "en"])
async def test_it_can_be_heard(browser: Browser, stage: Stage, locale: str) -> None:
    """Landmarks, one heading of each thing, a name for all that can be reached, a polite voice."""
    async with Visit.begun(browser, stage.address) as visit:
        page = visit.page
        await page.goto(await stage.link(locale=locale))
        await expect(page.locator("#week svg")).to_be_visible()
        for role in ("banner", "navigation", "main"):
            await expect(page.get_by_role(role)).to_have_count(1)  # type: ignore[arg-type]
        assert await page.evaluate(NAMELESS) == []
        levels = await page.eval_on_selector_all(
            "h1, h2, h3", "found => found.filter(it => it.checkVisibility()).map(it => it.tagName)"
        )
        assert levels == ["H1", "H2", "H2", "H3", "H3", "H3"]
        await expect(page.locator("#announce")).to_contain_text("lively")
        assert await page.get_attribute("#announce", "aria-live") == "polite"


async def test_few_people_stay_unseen(browser: Browser, stage: Stage) -> None:
    """The channel is there with the reason, and without any chart."""
    async with Visit.begun(browser, stage.address) as visit:
        await visit.page.goto(await stage.link())
        await visit.page.click("#channels a[data-channel=couple]")
        await expect(visit.page.locator("#sentences")).to_contain_text("Fewer than 3 people")
        assert not await visit.page.locator("#charts").is_visible()


async def test_on_a_phone_nothing_runs_over(browser: Browser, stage: Stage) -> None:
    """No sideways scrolling at 360 pixels, and the week stands upright."""
    about = {"viewport": {"width": 360, "height": 780}, "reduced_motion": "reduce"}
    async with Visit.begun(browser, stage.address, **about) as visit:
        await visit.page.goto(await stage.link())
        await expect(visit.page.locator("#week svg")).to_be_visible()
        assert await visit.page.evaluate("document.documentElement.scrollWidth") == 360
        box = await visit.page.locator("#week svg").bounding_box()
        assert box
        assert box["height"] > box["width"]


async def test_leaving_ends_it(browser: Browser, stage: Stage) -> None:
    """The data is out of reach at once, also for the back button."""
    async with Visit.begun(browser, stage.address) as visit:
        await visit.page.goto(await stage.link())
        await visit.page.click("#leave")
        await expect(visit.page.locator("#closed")).to_be_focused()
        await visit.page.reload()
        await expect(visit.page.locator("#closed-text")).to_contain_text("60 minutes")
        visit.complaints = [it for it in visit.complaints if "401" not in it]


async def test_a_lost_connection_is_told_and_mended(browser: Browser, stage: Stage) -> None:
    """What was shown stays; the page says so and goes on by itself."""
    async with Visit.begun(browser, stage.address) as visit:
        page = visit.page
        await page.clock.install()
        await page.goto(await stage.link())
        await expect(page.locator("#week svg")).to_be_visible()
        await page.route("**/dashboard/channels**", lambda route: route.abort())
        await page.clock.run_for(EVERY)
        await expect(page.locator("#live")).to_contain_text("Trying again")
        assert await page.locator("#week svg").is_visible()
        await page.unroute("**/dashboard/channels**")
        await page.clock.run_for(EVERY)
        await expect(page.locator("#live")).to_contain_text("Live")
        visit.complaints = [it for it in visit.complaints if "ERR_FAILED" not in it]
