"""The dashboard's door over real HTTP: headers, links, cookies, refusals."""

import json
from http.cookies import SimpleCookie

import aiohttp
import pytest

from adapters.dashboard.page import COLOURS
from bot.charts import Theme
from bot.dashboard.door import LINK_LASTS, SESSION_LASTS
from tests.adapters.dashboard.visiting import enter
from tests.core import NOW
from tests.dashboard_stage import Stage

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


async def test_every_answer_has_the_strict_headers(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """Pages, files, data, refusals and mistakes alike; no script or style but our files."""
    entered = await enter(browser, await stage.link())
    answers = [entered, await enter(browser, "#nonsense")]
    for path in ("", "/files/app.js", f"/files/{COLOURS}", "/channels", "/channels/nowhere"):
        answers.append(await browser.get(f"/dashboard{path}"))
    for path in ("/nothing", "/files/routes.py", "/files/..%2Froutes.py"):
        answers.append(await browser.get(f"/dashboard{path}"))
        assert answers[-1].status == 404
    answers.append(await browser.put("/dashboard/session"))
    for answer in answers:
        assert HEADERS.items() <= dict(answer.headers).items(), answer.url
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_the_page_names_no_other_host_and_holds_no_script(
    browser: aiohttp.ClientSession,
) -> None:
    """In both languages; nothing of it needs another machine, or more than the policy gives."""
    for lang, word in (("ko", "나가기"), ("en", "Leave")):
        async with browser.get("/dashboard", params={"lang": lang}) as answer:
            html = await answer.text()
        assert f'<html lang="{lang}" data-theme="auto">' in html
        assert word in html
        assert "$" not in html
        assert "http" not in html
        assert "style=" not in html
        assert html.count("<script") == html.count('<script type="module" src="/dashboard/files/')


async def test_the_browsers_language_is_spoken(browser: aiohttp.ClientSession) -> None:
    """Where the address names none we speak."""
    for accepted, lang in (("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("fr, en;q=0.5", "en"), ("", "en")):
        headers = {"Accept-Language": accepted}
        async with browser.get("/dashboard?lang=fr", headers=headers) as answer:
            assert f'<html lang="{lang}"' in await answer.text()


async def test_the_colours_are_the_charts(browser: aiohttp.ClientSession) -> None:
    """Of both themes, so that a group looks the same in a picture and here."""
    async with browser.get(f"/dashboard/files/{COLOURS}") as answer:
        assert answer.content_type == "text/css"
        css = await answer.text()
    for theme in Theme:
        for group, colour in theme.palette.groups.items():
            assert f"--{group}: {colour};" in css


async def test_a_link_becomes_a_cookie_no_script_reads(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """HttpOnly, SameSite=Strict, as short as the session, for the dashboard alone."""
    answer = await enter(browser, await stage.link())
    assert answer.status == 204
    [cookie] = SimpleCookie(answer.headers["Set-Cookie"]).values()
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["path"]) == ("Strict", "/dashboard")
    assert cookie["max-age"] == str(int(SESSION_LASTS.total_seconds()))
    assert not cookie["secure"]


async def test_behind_https_the_cookie_insists_on_it(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """It is not sent in the clear."""
    link = await stage.link()
    stage.door.address = "https://maeum.example.org"
    answer = await enter(browser, link)
    assert "Secure" in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(("lang", "mend"), [("en", "ask for a new one"), ("ko", "새 링크")])
async def test_a_link_that_does_not_open_says_why(
    stage: Stage, browser: aiohttp.ClientSession, lang: str, mend: str
) -> None:
    """Used, expired and forged: different words, each with the mend, and no cookie."""
    used, late = await stage.link(), await stage.link()
    assert (await enter(browser, used)).status == 204
    said = []
    stage.clock.set(NOW + LINK_LASTS)
    for link in (used, late, f"{late}x"):
        answer = await enter(browser, link, lang=lang)
        assert answer.status == 401
        assert "Set-Cookie" not in answer.headers
        words = await answer.json()
        assert mend in words["text"].lower()
        said.append(words["text"])
    assert "10" in said[0]  # past its end a used link is, first of all, too old
    assert said[0] == said[1] != said[2]


async def test_a_used_link_says_so(stage: Stage, browser: aiohttp.ClientSession) -> None:
    """Within its time."""
    link = await stage.link()
    assert (await enter(browser, link)).status == 204
    answer = await enter(browser, link)
    assert answer.status == 401
    assert "used already" in (await answer.json())["text"]


async def test_without_a_session_nothing_is_told(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """Never begun, ended by its visitor, or over: the data is refused with the mend."""
    link = await stage.link()

    async def is_refused() -> bool:
        answers = [await browser.get(f"/dashboard/{it}") for it in ("channels", "channels/general")]
        texts = [await answer.text() for answer in answers]
        if {answer.status for answer in answers} == {200}:
            return False
        assert {answer.status for answer in answers} == {401}
        return all("/emotion" in text and "#general" not in text for text in texts)

    assert await is_refused()
    await enter(browser, link)
    assert not await is_refused()
    assert (await browser.delete("/dashboard/session")).status == 204
    assert await is_refused()
    await enter(browser, await stage.link())
    stage.clock.set(NOW + SESSION_LASTS)
    assert await is_refused()


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"a": 1}', b"\xff"])
async def test_a_broken_request_is_refused(browser: aiohttp.ClientSession, body: bytes) -> None:
    """Whatever is sent for a token."""
    headers = {"Content-Type": "application/json"}
    answer = await browser.post("/dashboard/session", data=body, headers=headers)
    assert answer.status == 401


async def test_another_sites_form_cannot_enter(
    stage: Stage, browser: aiohttp.ClientSession
) -> None:
    """A form sends no JSON, so nobody is let in unawares with somebody else's link."""
    token = json.dumps((await stage.link()).partition("#")[2])
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = await browser.post(
            "/dashboard/session", data=token, headers={"Content-Type": kind}
        )
        assert answer.status == 415
