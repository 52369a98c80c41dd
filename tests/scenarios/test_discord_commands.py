"""Commands and menus, by the real discord.py in a virtual Discord (simcord)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from adapters.discord.client import MaeumClient, Pace
from adapters.discord.notices import Notices
from adapters.discord.translate import channel_ref
from bot.commands.dispatch import Commands
from bot.service import Bot
from bot.settings import Shards
from classifier.base import ClassifierError, Language
from tests.core import ANGRY, JOYFUL, message, opened_bot


@dataclass
class Server:
    """A guild with the bot, a manager and two people."""

    env: Any
    bot: Bot
    client: MaeumClient
    guild: Any
    channel: Any
    boss: Any
    mina: Any
    jun: Any

    async def ask(self, words: str, who: Any = None, **options: Any) -> Any:
        """The answer to a slash command, as its embed."""
        result = await (who or self.mina).slash(self.channel, words, **options)
        await self.env.settle()
        return result


class ServerClock:
    """The virtual Discord's own time."""

    env: Any = None

    def now(self) -> datetime:
        """The present moment there."""
        moment: datetime = self.env.now()
        return moment


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """The client of `maeum run`, attached to a virtual guild."""
    clock = ServerClock()
    async with opened_bot(tmp_path / "maeum.db", clock=clock) as bot:  # type: ignore[arg-type]
        client = MaeumClient(
            bot,
            Commands(bot),
            Notices(),
            shards=Shards((0,), 1),
            language=Language.EN,
            pace=Pace(guilds=0.01),
        )
        env = clock.env = simcord.Env(client, settle_timeout=60.0)
        await env.start()
        guild = env.create_guild("Tea house")
        channel = guild.create_text_channel("general")
        managers = guild.create_role("managers", permissions=discord.Permissions(32))
        boss = guild.add_member(env.create_user("boss"), roles=[managers])
        mina, jun = (guild.add_member(env.create_user(name)) for name in ("mina", "jun"))
        yield Server(env, bot, client, guild, channel, boss, mina, jun)
        await env.shutdown()


def words_of(result: Any) -> str:
    """All that a person reads in an answer."""
    embed = result.response.embeds[0]
    fields = [f"{field.name} {field.value}" for field in embed.fields]
    return " ".join(filter(None, [embed.title, embed.description, *fields, embed.footer.text]))


async def test_analyze_answers_the_asker_alone(server: Server) -> None:
    """Ephemeral; the emotion with bars; nothing is counted."""
    result = await server.ask("emotion analyze", text=JOYFUL)
    assert result.ephemeral
    assert "joy" in words_of(result).lower()
    assert "▰" in words_of(result)
    assert await server.bot.store.channels() == []


async def test_a_reaction_in_the_virtual_guild_too(server: Server) -> None:
    """The same client reacts to a message that a member sends."""
    await server.mina.send(server.channel, JOYFUL)
    await server.env.settle()
    [reaction] = server.channel.last_message.reactions
    assert str(reaction.emoji) == "😊"


async def test_the_mood_of_a_channel_with_a_chart(server: Server) -> None:
    """Enough people spoke: a mood in words, and a chart with words for those who cannot see."""
    ana = server.guild.add_member(server.env.create_user("ana"))
    for number in range(8):
        for who in (server.mina, server.jun, ana):
            await who.send(server.channel, f"{JOYFUL} {number}")
    await server.env.settle()
    result = await server.ask("emotion channel", window="24h", chart=True)
    [chart] = result.response.attachments
    assert chart.filename.endswith(".png")
    assert chart.description
    assert "joy" in words_of(result).lower()
    embed = result.response.embeds[0]
    assert embed.image.url


async def test_a_shared_answer_is_seen_by_all(server: Server) -> None:
    """Only when the asker says so."""
    result = await server.ask("emotion channel", share=True)
    assert not result.ephemeral


async def test_a_closed_history_is_not_told(server: Server) -> None:
    """Whoever may not read a channel learns nothing of its mood, nor that it is known."""
    closed = discord.PermissionOverwrite(read_message_history=False)
    secret = server.guild.create_text_channel(
        "secret", overwrites={server.guild.default_role: closed}
    )
    open_one = server.guild.create_text_channel("open")
    for channel in (secret, open_one):
        ref = channel_ref(server.guild.id, channel.id)
        await server.bot.on_message(message(JOYFUL, channel=ref))
    hidden = await server.ask("emotion channel", channel=secret)
    shown = await server.ask("emotion channel", channel=open_one)
    assert "There is no channel" in words_of(hidden)
    assert "There is no channel" not in words_of(shown)


async def test_the_menu_reads_a_message(server: Server) -> None:
    """Analyze emotion tells the emotion of the message it was opened on."""
    written = await server.jun.send(server.channel, ANGRY)
    await server.env.settle()
    result = await server.mina.context_menu(server.channel, "Analyze emotion", written)
    await server.env.settle()
    assert result.ephemeral
    assert "anger" in words_of(result).lower()


async def test_the_menu_reads_no_command_out_of_a_message(server: Server) -> None:
    """A message that says `settings` is a text like any other, and one without words is told."""
    for text, told in (("settings mode off", "%"), ("🙂", "no words")):
        written = await server.jun.send(server.channel, text)
        result = await server.boss.context_menu(server.channel, "Analyze emotion", written)
        await server.env.settle()
        assert told in words_of(result)
    await server.jun.send(server.channel, JOYFUL)
    await server.env.settle()
    assert server.channel.last_message.reactions


async def test_the_menu_does_not_read_who_opted_out(server: Server) -> None:
    """Neither by a reaction nor on another's wish."""
    await server.ask("emotion privacy opt-out", server.jun)
    written = await server.jun.send(server.channel, ANGRY)
    await server.env.settle()
    assert not server.channel.last_message.reactions
    result = await server.mina.context_menu(server.channel, "Analyze emotion", written)
    await server.env.settle()
    assert "opted out" in words_of(result)


async def test_why_tells_the_rule(server: Server) -> None:
    """The rule that decided, the scores, and the text as it was read."""
    written = await server.jun.send(server.channel, JOYFUL)
    await server.env.settle()
    result = await server.mina.context_menu(server.channel, "Why this emotion?", written)
    await server.env.settle()
    assert "I was sure enough" in words_of(result)
    assert "best day ever" in words_of(result)


async def test_my_data_can_be_seen_exported_and_deleted(server: Server) -> None:
    """Each is for the asker's eyes; after the deletion nothing is left."""
    await server.mina.send(server.channel, JOYFUL)
    await server.env.settle()
    assert "1 message " in words_of(await server.ask("emotion me"))
    exported = await server.ask("emotion privacy export")
    assert exported.ephemeral
    [document] = exported.response.attachments
    assert document.filename == "maeum-my-data.json"
    assert "forgot 1 message" in words_of(await server.ask("emotion privacy delete"))
    assert "remember nothing" in words_of(await server.ask("emotion me"))


async def test_managers_change_settings_and_see_them(server: Server) -> None:
    """A change holds at once; the list shows it; a reset takes it back."""
    changed = await server.ask(
        "emotion-settings change", server.boss, setting="mode", value="stats", where="channel"
    )
    assert "stats" in words_of(changed)
    await server.mina.send(server.channel, JOYFUL)
    await server.env.settle()
    assert not server.channel.last_message.reactions
    assert "stats" in words_of(await server.ask("emotion-settings show", server.boss))
    await server.ask("emotion-settings reset", server.boss, setting="mode", where="channel")
    await server.mina.send(server.channel, f"{JOYFUL}!")
    await server.env.settle()
    assert server.channel.last_message.reactions


async def test_managers_time_the_digest_and_take_counts_along(server: Server) -> None:
    """Typed options become a schedule that holds; the export is a file."""
    name = "emotion-settings digest"
    said = await server.ask(
        name, server.boss, every="weekly", day="fri", time="9:30", channel=server.channel
    )
    assert "09:30" in words_of(said)
    assert "09:30" in words_of(await server.ask(name, server.boss))
    assert "do not post" in words_of(await server.ask(name, server.boss, every="off"))
    assert "nothing to export" in words_of(
        await server.ask("emotion-settings export", server.boss, window="7d")
    )


async def test_settings_are_hidden_from_others(server: Server) -> None:
    """Discord itself refuses the command to those who may not manage the guild."""
    shown = server.mina.available_commands(server.channel)
    assert "emotion me" in shown
    assert not any(name.startswith("emotion-settings") for name in shown)
    assert any(
        name.startswith("emotion-settings")
        for name in server.boss.available_commands(server.channel)
    )


async def test_the_core_refuses_others_too(server: Server) -> None:
    """An administrator may open the command to everybody in Discord; changing stays a manager's."""
    command = next(
        it for it in await server.client.tree.fetch_commands() if it.name == "emotion-settings"
    )
    server.guild.set_command_permissions(command, {server.guild.default_role: True})
    result = await server.ask("emotion-settings change", server.mina, setting="mode", value="off")
    assert "Only managers" in words_of(result)


async def test_values_are_suggested(server: Server) -> None:
    """The words of the chosen setting, as far as typed; time zones by a part of their name."""
    name = "emotion-settings change"
    modes = await server.boss.autocomplete(server.channel, name, "value", "", setting="mode")
    assert [it["value"] for it in modes] == ["off", "stats", "react", "label"]
    zones = await server.boss.autocomplete(server.channel, name, "value", "seo", setting="timezone")
    assert [it["value"] for it in zones] == ["Asia/Seoul"]
    windows = await server.mina.autocomplete(server.channel, "emotion channel", "window", "7")
    assert [it["value"] for it in windows] == ["7d"]


async def test_the_doctor_speaks_to_managers(server: Server) -> None:
    """It names the channel out of reach and the invite link; others learn nothing."""
    server.guild.create_text_channel(
        "attic",
        overwrites={server.guild.me: discord.PermissionOverwrite(add_reactions=False)},
    )
    told = words_of(await server.ask("emotion doctor", server.boss))
    assert "#attic" in told
    assert "274878024768" in told
    assert "attic" not in words_of(await server.ask("emotion doctor", server.mina))


async def test_a_failing_classifier_is_told_kindly(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The asker gets a sentence, not silence."""

    async def failing(*_: object, **__: object) -> object:
        raise ClassifierError("The model failed.")

    monkeypatch.setattr(server.bot.classifier, "classify", failing)
    assert "ask again" in words_of(await server.ask("emotion analyze", text=JOYFUL))


async def test_an_unforeseen_failure_is_told_too(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours is logged, and the asker is not left with a spinning answer."""

    async def failing(*_: object, **__: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr(server.bot, "preferences", failing)
    result = await server.ask("emotion help")
    assert "ask again" in words_of(result)


async def test_help_names_commands_as_discord_has_them(server: Server) -> None:
    """What the answer says to type exists."""
    told = words_of(await server.ask("emotion help"))
    assert "/emotion-settings change" in told
    assert "/emotion settings" not in told
