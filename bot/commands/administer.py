"""`/emotion settings`: what the workspace decided, and a manager's way to change it."""

from bot.commands.asked import Asked
from bot.commands.grammar import Settings
from bot.errors import BadCommand
from bot.events import Field, Platform, Reply, Tone
from bot.forms import People
from bot.preferences import KEYS, CorrectionMode, Key, Preferences, key_named
from bot.service import Bot
from bot.storage import Level


async def settings(bot: Bot, asked: Asked, command: Settings) -> Reply:
    """Show what holds in this channel, or change one key."""
    if command.key is None:
        return await _overview(bot, asked)
    key = key_named(command.key, asked.language)
    if command.value is None and not command.reset:
        return Reply(title=_title(key, asked), text=key.described(asked.language))
    if not asked.request.is_manager:
        raise BadCommand(asked.say("managers_only"))
    level = command.level or key.widest
    value = None if command.reset else key.parse(command.value or "", level, asked.language)
    channel = asked.request.channel
    if value is not None and isinstance(key.form, People):
        people = key.form.read(value)
        value = key.form.write(tuple(bot.consent.pseudonym(channel, it) for it in people))
    await bot.store.set_preference(
        channel.platform, channel.workspace, level, _target(asked, level), key.name, value
    )
    now = await bot.preferences(channel, asked.request.category)
    await bot.corrections.settle(channel, now)
    saved = asked.say(
        "saved_text",
        key=key.named(asked.language),
        value=key.shown(now, asked.language),
        level=asked.say(f"level_{level}"),
    )
    return Reply(
        title=asked.say("saved"),
        text="\n\n".join([saved, *_told(key, now, asked)]),
        tone=Tone.GOOD,
    )


def _told(key: Key, now: Preferences, asked: Asked) -> tuple[str, ...]:
    """What a manager who has texts kept must know: the platform has rules of its own."""
    if key.name != "corrections" or now.corrections is not CorrectionMode.TEXT:
        return ()
    platform = asked.request.channel.platform
    rules = [] if platform is Platform.CONSOLE else [asked.say(f"texts_on_{platform}")]
    return (asked.say("texts_on"), *rules)


async def _overview(bot: Bot, asked: Asked) -> Reply:
    fields = [
        Field(name=key.named(asked.language), value=key.shown(asked.preferences, asked.language))
        for key in KEYS
    ]
    here = asked.request.channel
    count = await bot.store.count_corrections(here.platform, here.workspace)
    if asked.request.is_manager and count.kept:
        value = asked.say("corrections_count", kept=count.kept, with_text=count.with_text)
        fields.append(Field(name=asked.say("corrections_kept"), value=value))
    return Reply(
        title=asked.say("settings_title"),
        text=asked.say("settings_text"),
        fields=tuple(fields),
        footer=asked.say("settings_footer"),
    )


def _title(key: Key, asked: Asked) -> str:
    return f"{key.named(asked.language)}: {key.shown(asked.preferences, asked.language)}"


def _target(asked: Asked, level: Level) -> str:
    if level is Level.CHANNEL:
        return asked.request.channel.channel
    if level is Level.CATEGORY:
        if asked.request.category is None:
            raise BadCommand(asked.say("no_category"))
        return asked.request.category
    return ""
