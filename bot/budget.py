"""A budget of reactions a minute by workspace that spends itself on the surest messages.

Scores come one at a time and cannot be kept waiting, so each is held against the candidates of
the last minute: with a limit of 40 and 400 candidates a minute it must be among the best tenth.
A workspace with fewer candidates than reactions has all of them shown. One channel that has most
of the candidates may take half of a scarce budget, or whatever the other channels leave.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.events import ChannelRef

# Times are whole microseconds here: each call compares many, which datetimes are slow at, and a
# minute must be exactly a minute, which floats are not.
WINDOW = 60_000_000
BURST = 10_000_000  # a rush is noticed after this long instead of after a minute
FREE_SHARE = 4  # this part of the limit is spent without ranking: a short, quick talk is shown
# Ranking for exactly the limit leaves a tenth of it unused, since sure messages come in clumps
# and the cap cuts the clumps off; aiming this much higher uses 94 % and costs 1 % of certainty.
AIM = 1.15
REMEMBERED = 1000  # candidates a workspace is ranked against; bounds memory and time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Entry(NamedTuple):
    at: int
    channel: str
    score: float


@dataclass(slots=True)
class _Ledger:
    """The last minute of one workspace: who asked, and who was granted."""

    latest: int
    candidates: deque[_Entry] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    grants: deque[_Entry] = field(default_factory=deque)

    def forget(self, now: int) -> None:
        """Drop what left the window; an entry exactly one window old still counts."""
        for past in (self.candidates, self.grants):
            while past and now - past[0].at > WINDOW:
                past.popleft()


class ReactionBudget:
    """Grants at most `limit` reactions in any minute, to the surest candidates."""

    def __init__(self) -> None:
        self._ledgers: OrderedDict[tuple[str, str], _Ledger] = OrderedDict()

    def allows(self, channel: ChannelRef, score: float, limit: int, now: datetime) -> bool:
        """Whether a candidate of `score` would be granted; spends and remembers nothing."""
        at = _microseconds(now)
        ledger = self._standing(channel, at)
        return _allows(ledger, _Entry(max(at, ledger.latest), channel.channel, score), limit)

    def spend(self, channel: ChannelRef, score: float, limit: int, now: datetime) -> bool:
        """Grant or refuse a candidate; either way the next ones are ranked against it."""
        ledger = self._turned(channel, _microseconds(now))
        entry = _Entry(ledger.latest, channel.channel, score)
        granted = _allows(ledger, entry, limit)
        ledger.candidates.append(entry)
        if granted:
            ledger.grants.append(entry)
        return granted

    def _standing(self, channel: ChannelRef, now: int) -> _Ledger:
        """The workspace's ledger as it is, or a new one that nobody keeps."""
        ledger = self._ledgers.get(_workspace(channel))
        # A clock set back by a little stands still for us; one set back by more (a replay that
        # begins again) would keep old grants for ever, so it begins a new ledger.
        return ledger if ledger and ledger.latest - now <= WINDOW else _Ledger(now)

    def _turned(self, channel: ChannelRef, now: int) -> _Ledger:
        """The workspace's ledger, kept and turned to `now`; those idle for a minute are dropped."""
        ledger = self._standing(channel, now)
        ledger.latest = max(ledger.latest, now)
        ledger.forget(ledger.latest)
        self._ledgers[_workspace(channel)] = ledger
        self._ledgers.move_to_end(_workspace(channel))
        while now - next(iter(self._ledgers.values())).latest > WINDOW:
            self._ledgers.popitem(last=False)
        return ledger


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _workspace(channel: ChannelRef) -> tuple[str, str]:
    return channel.platform, channel.workspace


def _allows(ledger: _Ledger, entry: _Entry, limit: int) -> bool:
    granted = [grant for grant in ledger.grants if entry.at - grant.at <= WINDOW]
    if len(granted) >= limit:
        return False
    rivals = [known for known in ledger.candidates if entry.at - known.at <= WINDOW]
    pool, quota = _pool([*rivals, entry], entry, limit)
    if quota < limit and sum(grant.channel == entry.channel for grant in granted) >= quota:
        return False
    expected = _a_minute(pool, entry.at)
    if expected <= quota or len(granted) < limit / FREE_SHARE:
        return True
    rank = 1 + sum(rival.score > entry.score for rival in pool)
    return rank * expected <= AIM * quota * len(pool)


def _pool(candidates: Sequence[_Entry], entry: _Entry, limit: int) -> tuple[Sequence[_Entry], int]:
    """Whom `entry` competes with, and for how many reactions a minute.

    When candidates outnumber reactions and one channel has most of them, it competes with itself
    and the rest among themselves: otherwise the rest would hardly ever rank.
    """
    (loudest, loud_count), *_ = Counter(known.channel for known in candidates).most_common(1)
    if loud_count * 2 <= len(candidates) or _a_minute(candidates, entry.at) <= limit:
        return candidates, limit
    loud = [known for known in candidates if known.channel == loudest]
    rest = [known for known in candidates if known.channel != loudest]
    loud_quota = max(-(-limit // 2), limit - _a_minute(rest, entry.at))
    if entry.channel == loudest:
        return loud, loud_quota
    return rest, max(1, limit - loud_quota)


def _a_minute(candidates: Sequence[_Entry], now: int) -> int:
    """How many candidates a minute to expect: as in the last minute, or as in a rush just begun."""
    recent = sum(now - known.at <= BURST for known in candidates)
    return max(len(candidates), recent * (WINDOW // BURST))
