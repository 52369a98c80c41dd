"""Events wait in order, are offered until bolt takes them, and a lasting rush is served too."""

import asyncio
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from adapters.slack.faults import Faults
from adapters.slack.intake import Arrival, Intake


class Bolt:
    """Notes what it is given; `statuses` are its first answers, 200 all others."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.given: list[Any] = []

    async def async_dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        """One event."""
        self.given.append(request.body["number"])
        return BoltResponse(status=self.statuses.pop(0) if self.statuses else 200)


def arrival(number: int) -> Arrival:
    """An event that a test recognises."""
    return Arrival("socket_mode", {"type": "event_callback", "number": number}, {})


async def test_what_is_not_let_in_is_offered_again_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full inbox or a locked database answers 503; order is kept and nothing is left out."""
    monkeypatch.setattr("adapters.slack.intake._PAUSE", 0.01)
    bolt = Bolt(200, 503, 503)
    async with Intake(bolt, Faults("slack")) as intake:  # type: ignore[arg-type]
        assert all(intake.accept(arrival(number)) for number in range(4))
    assert bolt.given == [0, 1, 1, 1, 2, 3]


async def test_what_bolt_refuses_for_good_is_not_repeated() -> None:
    """Every other answer is its last word: what it fails on must not hold up the rest."""
    bolt = Bolt(404, 401, 500)
    async with Intake(bolt, Faults("slack")) as intake:  # type: ignore[arg-type]
        for number in range(4):
            intake.accept(arrival(number))
    assert bolt.given == [0, 1, 2, 3]


async def test_an_event_that_bolt_cannot_read_is_passed_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It ends neither the intake nor the events behind it, and is named without its words."""
    bolt = Bolt()
    broken = {"type": "event_callback", "number": 0, "event": {"channel": 5, "text": "secret"}}
    async with Intake(bolt, Faults("slack")) as intake:  # type: ignore[arg-type]
        for _ in range(2):
            intake.accept(Arrival("socket_mode", broken, {}))
        intake.accept(arrival(1))
    assert bolt.given == [1]
    assert sum("passed over" in it for it in caplog.messages) == 1
    assert "secret" not in caplog.text


async def test_a_full_intake_refuses() -> None:
    """What has no place is left with Slack, and taken when there is one again."""
    bolt = Bolt()
    async with Intake(bolt, Faults("slack"), room=2) as intake:  # type: ignore[arg-type]
        assert [intake.accept(arrival(number)) for number in range(3)] == [True, True, False]
        while len(bolt.given) < 2:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.01)
        assert intake.accept(arrival(3))
    assert bolt.given == [0, 1, 3]


async def test_a_lasting_rush_is_served_all_the_same() -> None:
    """While events keep pouring in, faster than it is ever calm, they are dispatched too."""
    bolt = Bolt()
    async with Intake(bolt, Faults("slack"), room=100_000) as intake:  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        began, number = loop.time(), 0
        while loop.time() - began < 2.0:
            for _ in range(6):
                intake.accept(arrival(number))
                number += 1
            await asyncio.sleep(0.001)
        assert len(bolt.given) >= 100
