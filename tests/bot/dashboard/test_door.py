"""Who is let in: links that are ours, in time, and once."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.dashboard.door import LINK_LASTS, SESSION_LASTS, Door, Refusal, Refused
from bot.dashboard.session import MayRead
from bot.events import ChannelRef
from bot.identity import Pseudonyms
from classifier.base import Language
from tests.core import CHANNEL, NOW, PSEUDONYMS

KEY = PSEUDONYMS.key_for("links")
SECOND = timedelta(seconds=1)


@pytest.fixture
def clock() -> ManualClock:
    """The test's own clock."""
    return ManualClock(NOW)


@pytest.fixture
def door(clock: ManualClock) -> Iterator[Door]:
    """A door nobody has asked at."""
    with closing(Door(KEY, "https://maeum.example.org", clock)) as door:
        yield door


async def everything(_: ChannelRef) -> bool:
    """A manager of all channels."""
    return True


def token_of(door: Door, may_read: MayRead = everything) -> str:
    """The token of a new link."""
    address = door.link(CHANNEL, Language.KO, may_read)
    page, _, token = address.partition("#")
    assert page == f"{door.address}/dashboard?lang=ko"
    return token


def refusal(door: Door, token: str) -> Refusal:
    """Why a token is refused."""
    with pytest.raises(Refused) as caught:
        door.enter(token)
    return caught.value.refusal


def test_a_link_says_its_workspace_and_end(door: Door) -> None:
    """Anybody can read that in it; nobody can change it."""
    body, _, signature = token_of(door).partition(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert claims["workspace"] == "discord/guild-1"
    assert claims["ends"] == (NOW + LINK_LASTS).timestamp()
    for name, value in (("workspace", "discord/guild-2"), ("ends", claims["ends"] + 9)):
        changed = json.dumps(claims | {name: value}).encode()
        forged = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert refusal(door, f"{forged}.{signature}") is Refusal.FORGED


def test_a_link_lets_in_once(door: Door) -> None:
    """The session is the link's workspace; the same link again is used up."""
    token = token_of(door)
    session = door.session(door.enter(token))
    assert (session.platform, session.workspace) == ("discord", "guild-1")
    assert refusal(door, token) is Refusal.USED


def test_a_link_ends_after_minutes(door: Door, clock: ManualClock) -> None:
    """Good up to its end and not from then on."""
    early, late = token_of(door), token_of(door)
    clock.set(NOW + LINK_LASTS - SECOND)
    door.enter(early)
    clock.set(NOW + LINK_LASTS)
    assert refusal(door, late) is Refusal.EXPIRED


def test_no_link_outlives_the_process(door: Door, clock: ManualClock) -> None:
    """A restart may have forgotten that it was used, so it opens nothing any more."""
    token = token_of(door)
    with closing(Door(KEY, door.address, clock)) as restarted:
        assert refusal(restarted, token) is Refusal.USED


@pytest.mark.parametrize("token", ["", ".", "a.b", "{}", "마음.마음", "a" * 5000])
def test_nonsense_is_refused(door: Door, token: str) -> None:
    """Whatever comes that we did not sign."""
    assert refusal(door, token) is Refusal.FORGED


def test_another_installs_link_is_forged(door: Door, clock: ManualClock) -> None:
    """Each install signs with a key of its own."""
    other = Pseudonyms(b"another key for tests, 32 bytes.").key_for("links")
    with closing(Door(other, door.address, clock)) as elsewhere:
        assert refusal(door, token_of(elsewhere)) is Refusal.FORGED


def test_the_links_key_is_no_other_key() -> None:
    """It differs by purpose, and from every mark that is stored."""
    keys = {PSEUDONYMS.key_for("links"), PSEUDONYMS.key_for("others"), PSEUDONYMS.fingerprint()}
    assert len(keys) == 3
    assert len(KEY) == 32


def test_a_session_ends(door: Door, clock: ManualClock) -> None:
    """After its hour, or when its visitor leaves; a made-up cookie never was one."""
    cookie, left = door.enter(token_of(door)), door.enter(token_of(door))
    door.leave(left)
    for wrong in (left, None, "", "made-up"):
        with pytest.raises(Refused):
            door.session(wrong)
    clock.set(NOW + SESSION_LASTS - SECOND)
    door.session(cookie)
    clock.set(NOW + SESSION_LASTS)
    with pytest.raises(Refused) as caught:
        door.session(cookie)
    assert caught.value.refusal is Refusal.NO_SESSION


@pytest.mark.parametrize(
    ("address", "local", "secure"),
    [
        ("http://127.0.0.1:8080", True, False),
        ("http://localhost:8080", True, False),
        ("http://[::1]:8080", True, False),
        ("https://maeum.example.org", False, True),
        ("http://192.168.0.9:8080", False, False),
    ],
)
def test_it_knows_how_it_is_reached(
    clock: ManualClock, address: str, local: bool, secure: bool
) -> None:
    """Links of this machine alone are told as such; cookies insist on HTTPS where there is one."""
    door = Door(KEY, address, clock)
    assert (door.is_local, door.is_secure) == (local, secure)
