"""The terminal as a platform: outcomes as chat lines, replies as panels."""

import unicodedata
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.padding import Padding
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.rule import Rule as Line
from rich.table import Table
from rich.text import Text

from bot.events import (
    ChannelRef,
    Field,
    Kind,
    MessageEvent,
    Outcome,
    Platform,
    Reply,
    Rule,
    Tone,
)
from bot.locale import text
from bot.window import name_day
from classifier.base import Language

_BORDERS = {Tone.PLAIN: "cyan", Tone.GOOD: "green", Tone.WARNING: "yellow"}
_CHANNEL_COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "red")
_BAR_WIDTH = 24  # cells


def printable(words: str) -> str:
    """What others wrote, on one line, without characters that would steer the terminal."""
    line = " ".join(words.split())
    return "".join(char for char in line if unicodedata.category(char) not in ("Cc", "Cs"))


class Terminal:
    """Shows what a platform would: each message with its reaction, each reply with its face."""

    def __init__(self, console: Console, language: Language, timezone: str) -> None:
        self.console = console
        self._language = language
        self._timezone = ZoneInfo(timezone)
        self._channels: dict[str, str] = {}  # channel -> colour, in order of appearance
        self._day = ""

    def show_outcome(self, event: MessageEvent, outcome: Outcome) -> None:
        """One chat line: when, where, who, what, and the bot's reaction to it."""
        day = name_day(event.sent_at, self._timezone, self._language)
        if day != self._day:
            self._day = day
            self.console.print(Line(day, style="dim", characters="─"))
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=5, style="dim")
        line.add_column(width=12, no_wrap=True)
        line.add_column(width=8, no_wrap=True, style="bold")
        line.add_column(ratio=1, overflow="fold")
        line.add_column(min_width=18, justify="right", no_wrap=True)
        line.add_row(
            f"{event.revised_at.astimezone(self._timezone):%H:%M}",
            self._channel(event),
            Text(printable(event.author)),
            self._words(event),
            self._verdict(outcome),
        )
        self.console.print(line)
        if outcome.reply:
            self.console.print(Padding(Text(f"└ {outcome.reply}", style="italic"), (0, 0, 0, 28)))

    def show_reply(self, reply: Reply) -> None:
        """A reply in a panel; its fields with bars where they have a share."""
        parts: list[Text | Table] = []
        if reply.text:
            parts.append(Text(reply.text))
        if reply.fields:
            parts.append(self._fields(reply.fields))
        if reply.link:
            parts.append(Text(f"{reply.link.words}: {reply.link.address}"))
        if reply.footer:
            parts.append(Text(reply.footer, style="dim"))
        spaced = [Padding(part, (0, 0, 1 if part is not parts[-1] else 0, 0)) for part in parts]
        panel = Panel(
            Group(*spaced),
            title=Text(printable(reply.title), style="bold"),
            title_align="left",
            border_style=_BORDERS[reply.tone],
            padding=(1, 2),
        )
        self.console.print(panel)

    def show_verdict(self, outcome: Outcome) -> None:
        """What the bot makes of a message that stands on the screen already."""
        self.console.print(Padding(self._verdict(outcome), (0, 0, 0, 2)))
        if outcome.reply:
            self.console.print(Padding(Text(f"└ {outcome.reply}", style="italic"), (0, 0, 0, 2)))

    def reaches(self, channel: ChannelRef) -> bool:
        """Whether `channel` is on this screen."""
        return channel.platform is Platform.CONSOLE

    async def post(self, channel: ChannelRef, reply: Reply) -> None:
        """Show what the bot says of its own accord; its chart has no place on a screen."""
        self.show_reply(reply)

    def say(self, words: str) -> None:
        """A line from the program itself."""
        self.console.print(Text(words, style="dim"))

    def prompt(self) -> None:
        """Invite the next line."""
        self.console.print(Text("› ", style="bold cyan"), end="")

    def show_file(self, path: Path) -> None:
        """Where a chart or an export was written."""
        self.console.print(Text.assemble("📄 ", (str(path), "bold")))

    def _channel(self, event: MessageEvent) -> Text:
        name = event.channel_name or event.ref.channel.channel
        if name not in self._channels:
            self._channels[name] = _CHANNEL_COLOURS[len(self._channels) % len(_CHANNEL_COLOURS)]
        return Text(f"#{printable(name).removeprefix('#')}", style=self._channels[name])

    def _words(self, event: MessageEvent) -> Text:
        if event.kind is Kind.DELETED:
            return Text(text("console.gone", self._language), style="dim italic")
        words = Text(printable(event.text))
        if event.kind is Kind.EDITED:
            words.append(f" {text('console.edited', self._language)}", style="dim italic")
        return words

    def _verdict(self, outcome: Outcome) -> Text:
        prediction = outcome.prediction
        if outcome.rule is Rule.REACTED and prediction and prediction.label:
            emoji = f"{outcome.reaction.emoji} " if outcome.reaction else ""
            name = prediction.label.named(self._language)
            return Text.assemble(emoji, (f"{name} {prediction.score:.0%}", "green"))
        return Text(text(f"console.{outcome.rule}", self._language), style="dim")

    def _fields(self, fields: tuple[Field, ...]) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(width=_BAR_WIDTH)
        table.add_column(overflow="fold")
        plain = Table.grid(padding=(0, 2))
        for field in fields:
            if field.share is None:
                plain.add_row(Text(field.name, style="bold"), Text(field.value))
            else:
                bar = ProgressBar(total=1.0, completed=field.share, width=_BAR_WIDTH)
                table.add_row(Text(field.name), bar, Text(field.value))
        both = Table.grid()
        if table.row_count:
            both.add_row(table)
        if plain.row_count:
            both.add_row(Padding(plain, (1 if table.row_count else 0, 0, 0, 0)))
        return both
