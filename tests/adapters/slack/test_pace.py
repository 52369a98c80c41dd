"""Turns at a method: never more than Slack allows in any window, each key for itself."""

import asyncio

from adapters.slack.pace import Limit, Pace


async def test_no_window_has_more_than_the_limit() -> None:
    """Twelve callers at once get their turns in groups of four, a period apart."""
    pace, limit = Pace(), Limit(4, 0.4)
    loop = asyncio.get_running_loop()
    at = []

    async def call() -> None:
        assert await pace.turn("m", limit, "T1")
        at.append(loop.time())

    await asyncio.gather(*(call() for _ in range(12)))
    at.sort()
    for first, fifth in zip(at, at[4:], strict=False):
        assert fifth - first >= 0.3  # a busy machine wakes the first of them late


async def test_keys_and_methods_do_not_wait_for_each_other() -> None:
    """Another workspace, and another method, has turns of its own."""
    pace, limit = Pace(), Limit(1, 60.0)
    async with asyncio.timeout(1):
        for method, key in (("m", "T1"), ("m", "T2"), ("n", "T1")):
            assert await pace.turn(method, limit, key)


async def test_who_will_not_wait_takes_no_turn() -> None:
    """Beyond one's patience the answer is no, at once, and the turn stays for others."""
    pace, limit = Pace(), Limit(1, 0.3)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await pace.turn("m", limit, "T1")
    assert not await pace.turn("m", limit, "T1", patience=0.1)
    assert loop.time() - began < 0.1
    assert await pace.turn("m", limit, "T1")
    assert 0.25 < loop.time() - began < 0.6


async def test_quiet_keys_are_forgotten() -> None:
    """Thousands of channels that spoke once leave nothing behind."""
    pace, limit = Pace(), Limit(1, 0.001)
    for number in range(3000):
        await pace.turn("m", limit, str(number))
    assert len(pace._taken) <= 1002
