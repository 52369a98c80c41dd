"""How much of the past is read after a gap, on whatever platform."""

from datetime import datetime, timedelta

LOOKBACK = timedelta(hours=24)  # the longest gap that is read
# What was counted before a gap may have been deleted in it, mostly soon after it was written. And a
# connection may be dead for a while before anyone notices, or a process die with an earlier message
# still under way. So this much is read too.
BEFORE = timedelta(hours=1)
MOST = 1_000  # messages of one channel in a gap
AT_ONCE = 8  # messages of the past in the core, so that live ones hardly wait


def read_from(since: datetime, now: datetime) -> datetime:
    """Where to begin reading what was missed since a gap began."""
    return max(since - BEFORE, now - LOOKBACK)
