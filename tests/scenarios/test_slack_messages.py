"""Messages over Socket Mode: what arrives is acknowledged, counted, reacted to, taken back."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from bot.events import Platform
from bot.storage import Level
from tests.core import ANGRY, JOYFUL, NOW, PLAIN
from tests.fakes.slack_payloads import callback, deleted, edited, said
from tests.scenarios.slack_world import World, ts_of, world


async def reacted(here: World, ts: str) -> None:
    """Wait until the row of a message knows the reaction that is on it."""

    async def is_known() -> bool:
        return (await here.kept(ts)).reaction is not None

    await here.until(is_known)


async def test_a_message_is_counted_and_reacted_to(tmp_path: Path) -> None:
    """A joyful message is acknowledged, counted, gets one emoji, and the row knows it."""
    async with world(tmp_path) as here:
        delivery = await here.say(JOYFUL)
        await delivery.acknowledged()
        ts = ts_of(delivery)
        await reacted(here, ts)
        observed = await here.kept(ts)
        assert observed.label == "joy"
        assert observed.reaction is not None
        assert here.slack.reactions["C1", ts] == [observed.reaction.slack]
        [activity] = await here.bot.store.channels()
        assert activity.messages == 1


async def test_no_text_and_no_id_is_kept_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the files nor the log, at its most talkative, hold a text or an author's id."""
    caplog.set_level("DEBUG")
    async with world(tmp_path) as here:
        delivery = await here.say("정말 행복한 하루였어요 zebra-crossing", user="U2SECRETID")
        await here.kept(ts_of(delivery))
        await here.slack.sockets.deliver({"type": "hello?", "text": "zebra-crossing"})
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for words in ("zebra", "행복", "U2SECRETID"):
        assert words not in caplog.text
        assert words.encode() not in kept


async def test_an_edit_moves_the_count_and_the_reaction(tmp_path: Path) -> None:
    """An angry edit of a joyful message takes the old emoji away before the new one comes."""
    async with world(tmp_path) as here:
        delivery = await here.say(JOYFUL)
        ts = ts_of(delivery)
        await reacted(here, ts)
        [joyful] = here.slack.reactions["C1", ts]
        later = here.clock.now() + timedelta(seconds=5)
        await here.slack.sockets.deliver(edited(delivery.envelope["payload"], ANGRY, later))
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 2)
        assert joyful not in here.slack.reactions["C1", ts]
        assert len(here.slack.reactions["C1", ts]) == 1
        assert (await here.kept(ts)).label == "anger"
        assert await here.counted() == 1


async def test_a_quick_edit_does_not_overtake_its_message(tmp_path: Path) -> None:
    """While the first reaction is on its way an edit waits, so that it can take it back."""
    async with world(tmp_path) as here:
        here.slack.fail("reactions.add", delay=0.3)
        delivery = await here.say(JOYFUL)
        later = here.clock.now() + timedelta(milliseconds=1)
        await here.slack.sockets.deliver(edited(delivery.envelope["payload"], ANGRY, later))
        await here.slack.until(lambda: len(here.slack.made("reactions.add")) == 2)
        methods = [call.method for call in here.slack.calls if call.method.startswith("reactions")]
        assert methods == ["reactions.add", "reactions.remove", "reactions.add"]
        assert len(here.slack.reactions["C1", ts_of(delivery)]) == 1


async def test_a_deletion_uncounts(tmp_path: Path) -> None:
    """A deleted message is counted no more, and a late redelivery does not bring it back."""
    async with world(tmp_path) as here:
        delivery = await here.say(PLAIN)
        await here.kept(ts_of(delivery))
        payload = delivery.envelope["payload"]
        await here.slack.sockets.deliver(deleted(payload, here.clock.now()))
        await here.gone(ts_of(delivery))
        again = await here.slack.sockets.deliver(payload)
        await again.acknowledged()
        marker = await here.say(JOYFUL)
        await here.kept(ts_of(marker))
        assert await here.counted() == 1


async def test_a_thread_reply_and_its_broadcast_count_once(tmp_path: Path) -> None:
    """A reply counts in its channel, and once, however often it arrives."""
    async with world(tmp_path) as here:
        reply = said(JOYFUL, here.clock.now(), thread="1773560000.000100")
        await here.slack.sockets.deliver(callback(reply))
        await here.slack.sockets.deliver(callback(reply | {"subtype": "thread_broadcast"}))
        await reacted(here, reply["ts"])
        marker = await here.say(PLAIN)
        await here.kept(ts_of(marker))
        assert await here.counted() == 2
        assert len(here.slack.made("reactions.add")) == 1


async def test_bots_and_our_own_are_ignored(tmp_path: Path) -> None:
    """Other bots' messages, our own and notices are acknowledged and not counted."""
    async with world(tmp_path) as here:
        event = said(JOYFUL, here.clock.now())
        for unread in (
            event | {"subtype": "bot_message", "bot_id": "B9"},
            event | {"bot_id": "BBOT", "user": "UBOT"},
            event | {"subtype": "channel_join"},
        ):
            await (await here.slack.sockets.deliver(callback(unread))).acknowledged()
        marker = await here.say(PLAIN)
        await here.kept(ts_of(marker))
        assert await here.counted() == 1


async def test_an_unknown_event_is_acknowledged(tmp_path: Path) -> None:
    """What nobody asked for is acknowledged, else Slack would deliver it four times."""
    async with world(tmp_path) as here:
        for event in ({"type": "pin_added", "channel_id": "C1"}, {"type": "app_mention"}):
            await (await here.slack.sockets.deliver(callback(event))).acknowledged()
        malformed = await here.slack.sockets.deliver(callback({"type": "message"}))
        await malformed.acknowledged()


async def test_a_shared_channel_is_off_until_a_manager_switches_it_on(tmp_path: Path) -> None:
    """Slack Connect is not read by default; a manager's word for the channel lets it be."""
    async with world(tmp_path) as here:
        before = await here.say(JOYFUL, shared=True)
        await before.acknowledged()
        marker = await here.say(PLAIN)
        await here.kept(ts_of(marker))
        assert await here.counted() == 1
        await here.bot.store.set_preference(
            Platform.SLACK, "T1", Level.CHANNEL, "C1", "shared_channels", "on"
        )
        after = await here.say(JOYFUL, shared=True)
        await here.kept(ts_of(after))


async def test_a_workspaces_own_emoji(tmp_path: Path) -> None:
    """A custom emoji chosen for an emotion is what is put on the message."""
    async with world(tmp_path) as here:
        await here.bot.store.set_preference(
            Platform.SLACK, "T1", Level.WORKSPACE, "", "emoji", "joy=:party_parrot:"
        )
        delivery = await here.say(JOYFUL)
        await here.slack.until(lambda: here.slack.made("reactions.add"))
        assert here.slack.reactions["C1", ts_of(delivery)] == ["party_parrot"]


async def test_mode_label_replies_in_the_thread(tmp_path: Path) -> None:
    """In mode label the answer is words, under the message, with nothing that pings anybody."""
    async with world(tmp_path) as here:
        await here.bot.store.set_preference(
            Platform.SLACK, "T1", Level.WORKSPACE, "", "mode", "label"
        )
        delivery = await here.say(JOYFUL)
        await here.slack.until(lambda: here.slack.posts)
        [post] = here.slack.posts
        assert post["thread_ts"] == ts_of(delivery)
        assert "joy" in post["text"]
        assert not here.slack.made("reactions.add")


async def test_redelivery_counts_once_across_restarts(tmp_path: Path) -> None:
    """An event delivered before and after a restart is counted and reacted to once."""
    async with world(tmp_path) as here:
        delivery = await here.say(JOYFUL)
        await reacted(here, ts_of(delivery))
    async with world(tmp_path, now=NOW + timedelta(seconds=9)) as here:
        again = await here.slack.sockets.deliver(delivery.envelope["payload"])
        await again.acknowledged()
        marker = await here.say(PLAIN)
        await here.kept(ts_of(marker))
        assert await here.counted() == 2
        assert not here.slack.made("reactions.add")


async def test_redelivery_counts_once_across_processes(tmp_path: Path) -> None:
    """Two processes on one database that get the same events count and react once each."""
    async with world(tmp_path) as one, world(tmp_path) as other:
        deliveries = []
        for number in range(9):  # as many as the budget shows unranked
            payload = one.message(f"{JOYFUL} {number}", user=f"U{number}")
            deliveries += [
                await one.slack.sockets.deliver(payload),
                await other.slack.sockets.deliver(payload),
            ]
        for delivery in deliveries:
            await one.kept(ts_of(delivery))
            await delivery.acknowledged()
        await one.until(lambda: _all_reacted([one, other], 9))
        assert await one.counted() == 9
        put = Counter(
            call.params["timestamp"]
            for here in (one, other)
            for call in here.slack.made("reactions.add")
        )
        assert set(put.values()) == {1}


async def _all_reacted(worlds: list[World], count: int) -> bool:
    return sum(len(here.slack.made("reactions.add")) for here in worlds) == count


async def test_a_renamed_channel_keeps_its_new_name(tmp_path: Path) -> None:
    """Channels have names for the operator, also after they change."""
    async with world(tmp_path) as here:
        await here.kept(ts_of(await here.say(PLAIN)))
        assert [activity.name for activity in await here.bot.store.channels()] == ["general"]
        renamed = {"type": "channel_rename", "channel": {"id": "C1", "name": "lobby"}}
        await (await here.slack.sockets.deliver(callback(renamed))).acknowledged()
        await here.kept(ts_of(await here.say(PLAIN)))
        assert [activity.name for activity in await here.bot.store.channels()] == ["lobby"]


async def test_a_channel_that_slack_does_not_tell_of_is_asked_for_once(tmp_path: Path) -> None:
    """Not with each of its messages: the questions would use up the method's limit."""
    async with world(tmp_path) as here:
        for number in range(5):
            delivery = await here.say(f"{PLAIN} {number}", channel="C77")
            await here.kept(ts_of(delivery), channel="C77")
        assert len(here.slack.made("conversations.info")) == 1


async def test_a_deleted_channel_is_purged(tmp_path: Path) -> None:
    """What was known of a channel goes with it."""
    async with world(tmp_path) as here:
        delivery = await here.say(PLAIN)
        await here.kept(ts_of(delivery))
        await here.slack.sockets.deliver(callback({"type": "channel_deleted", "channel": "C1"}))
        await here.gone(ts_of(delivery))
        assert await here.bot.store.channels() == []
