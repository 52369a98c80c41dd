"""`/emotion settings`: what the workspace decided, and a manager's way to change it."""

from bot.commands.asked import Asked
from bot.commands.grammar import Settings
from bot.errors import BadCommand
from bot.events import Field, Reply, Tone
from bot.forms import People
from bot.preferences import KEYS, Key, key_named
from bot.service import Bot
from bot.storage import Level


async def settings(bot: Bot, asked: Asked, command: Settings) -> Reply:
    """Show what holds in this channel, or change one key."""
    if command.key is None:
        return _overview(asked)
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
    return Reply(
        title=asked.say("saved"),
        text=asked.say(
            "saved_text",
            key=key.named(asked.language),
            value=key.shown(now, asked.language),
            level=asked.say(f"level_{level}"),
        ),
        tone=Tone.GOOD,
    )


def _overview(asked: Asked) -> Reply:
    return Reply(
        title=asked.say("settings_title"),
        text=asked.say("settings_text"),
        fields=tuple(
            Field(
                name=key.named(asked.language), value=key.shown(asked.preferences, asked.language)
            )
            for key in KEYS
        ),
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
