"""`/emotion dashboard`: a link to the workspace's moods in a browser, for managers."""

from functools import partial

from bot.commands.asked import Asked
from bot.commands.channel import may_read
from bot.dashboard.door import LINK_LASTS, SESSION_LASTS, Door
from bot.errors import BadCommand
from bot.events import Link, Reply, Tone


def dashboard(door: Door | None, asked: Asked) -> Reply:
    """A link that lets the asker in, once; or why there is none, with the mend."""
    if not asked.request.is_manager:
        raise BadCommand(asked.say("dashboard_managers"))
    if door is None:
        return Reply(
            title=asked.say("dashboard_off"), text=asked.say("dashboard_mend"), tone=Tone.WARNING
        )
    here, reads = asked.request.channel, partial(may_read, asked)
    return Reply(
        title=asked.say("dashboard_title"),
        text=asked.say(
            "dashboard_text",
            minutes=LINK_LASTS.seconds // 60,
            session=SESSION_LASTS.seconds // 60,
        ),
        link=Link(
            words=asked.say("dashboard_open"), address=door.link(here, asked.language, reads)
        ),
        footer=asked.say("dashboard_local") if door.is_local else "",
    )
