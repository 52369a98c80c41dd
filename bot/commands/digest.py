"""`/emotion digest`: when a channel's mood is posted by itself; managers change it."""

from bot.commands.asked import Asked
from bot.commands.channel import may_read
from bot.commands.grammar import Digest
from bot.errors import BadCommand
from bot.events import ChannelRef, Reply, Tone
from bot.preferences import key_named
from bot.schedule import Every
from bot.service import Bot
from bot.storage import Level


async def digest(bot: Bot, asked: Asked, command: Digest) -> Reply:
    """Show this channel's digest, or set it."""
    if command.value is None:
        return _shown(asked)
    if not asked.request.is_manager:
        raise BadCommand(asked.say("managers_only"))
    value = await _with_channel_id(bot, asked, command.value)
    key = key_named("digest", asked.language)
    stored = key.parse(value, Level.CHANNEL, asked.language)
    here = asked.request.channel
    schedule = key.form.read(stored)
    if schedule.channel:
        where = ChannelRef(
            platform=here.platform, workspace=here.workspace, channel=schedule.channel
        )
        if not await may_read(asked, where):
            raise BadCommand(asked.say("no_channel", channel=f"<#{schedule.channel}>"))
    await bot.store.set_preference(
        here.platform, here.workspace, Level.CHANNEL, here.channel, key.name, stored
    )
    return Reply(
        title=asked.say("saved"),
        text=asked.say("digest_never")
        if schedule.every is Every.NEVER
        else asked.say("digest_set", when=key.form.shown(schedule, asked.language)),
        tone=Tone.GOOD,
    )


def _shown(asked: Asked) -> Reply:
    schedule = asked.preferences.digest
    key = key_named("digest", asked.language)
    return Reply(
        title=asked.say("digest_title"),
        text=asked.say("digest_never")
        if schedule.every is Every.NEVER
        else asked.say("digest_set", when=key.form.shown(schedule, asked.language)),
        footer=asked.say("digest_footer"),
    )


async def _with_channel_id(bot: Bot, asked: Asked, value: str) -> str:
    """`value` with the channel it ends in, if it is a `#name`, by its id."""
    *words, last = value.split()
    if not last.startswith("#"):
        return value
    here = asked.request.channel
    for known in await bot.store.channels(here.platform, here.workspace):
        if last == f"#{known.name}":
            return " ".join([*words, known.channel.channel])
    raise BadCommand(asked.say("no_channel", channel=last))
