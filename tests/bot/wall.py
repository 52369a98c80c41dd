"""A platform's border for what the bot says of its own accord: a wall that keeps what it got."""

from bot.events import ChannelRef, Platform, Reply
from bot.posts import Speakers


class Wall:
    """Takes posts in every channel; refuses the first `failing`, reaches nothing when `deaf`."""

    def __init__(self, *, failing: int = 0, deaf: bool = False) -> None:
        self.posted: list[tuple[ChannelRef, Reply]] = []
        self.tried = 0
        self.marks: list[str | None] = []
        self.failing = failing
        self.deaf = deaf

    @property
    def speakers(self) -> Speakers:
        """The wall as the only platform there is."""
        return {Platform.DISCORD: self}

    def reaches(self, channel: ChannelRef) -> bool:
        """Every channel, unless it is deaf."""
        return not self.deaf

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Keep the reply, or fail as a platform may."""
        self.tried += 1
        self.marks.append(reply.once)
        if self.tried <= self.failing:
            raise ConnectionError("the platform hung up")
        self.posted.append((channel, reply))
