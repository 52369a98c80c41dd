"""`/emotion help`: what can be asked, one line each. And `doctor`, where there is no platform."""

from bot.commands.asked import Asked
from bot.events import Field, Reply, Tone

_FORMS = (
    "analyze",
    "channel",
    "me",
    "why",
    "privacy",
    "settings",
    "digest",
    "export",
    "dashboard",
    "doctor",
)


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


def doctor(asked: Asked) -> Reply:
    """Platforms examine themselves; a terminal has nothing that could be missing."""
    return Reply(
        title=asked.say("doctor_title"), text=asked.say("doctor_elsewhere"), tone=Tone.GOOD
    )
