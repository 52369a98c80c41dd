"""`/emotion help`: what can be asked, one line each."""

from bot.commands.asked import Asked
from bot.events import Field, Reply

_FORMS = ("analyze", "channel", "me", "why", "privacy", "settings", "digest", "export", "dashboard")


def help_text(asked: Asked) -> Reply:
    """What the bot is and every form of the command."""
    return Reply(
        title=asked.say("help_title"),
        text=asked.say("help_text", texts=asked.texts),
        fields=tuple(
            Field(name=asked.say(f"form_{form}"), value=asked.say(f"help_{form}"))
            for form in _FORMS
        ),
        footer=asked.say("help_footer"),
    )
