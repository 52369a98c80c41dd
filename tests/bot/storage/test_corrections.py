"""Corrections in the store: which are kept, which leave with what, and reading them in pages."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.events import ChannelRef, Platform
from bot.observations import Correction
from bot.storage import Choice, MoodStore, pages
from tests.bot.storage.samples import (
    PSEUDONYMS,
    START,
    WORKSPACE,
    author,
    channel,
    observation,
    ref,
)

ALWAYS = (START - timedelta(days=400), START + timedelta(days=400))


def correction(
    number: int, *, by: str = "june", of: str = "minji", where: ChannelRef | None = None
) -> Correction:
    """`by` says what message `number` of `of` was meant as, an hour after START."""
    return Correction(
        channel=where or channel(),
        message=PSEUDONYMS.message(ref(number, where)),
        corrector=author(by, where),
        author=author(of, where),
        at=START + timedelta(hours=1),
        label_set="goemotions28",
        revision="bundle-1",
        given=None,
        meant="joy",
        text=f"words number {number}",
    )


async def all_of(store: MoodStore, where: ChannelRef | None = None) -> list[Correction]:
    """Everything kept of a channel."""
    return [
        row async for page in store.correction_pages(where or channel(), *ALWAYS) for row in page
    ]


async def test_what_is_kept_is_read_back(store: MoodStore) -> None:
    """Every value, in a channel that nothing was counted in before."""
    assert await store.correct(correction(1), channel_name="general")
    assert await all_of(store) == [correction(1)]
    [known] = await store.channels()
    assert (known.name, known.messages) == ("general", 0)


async def test_a_deleted_message_takes_no_correction(store: MoodStore) -> None:
    """Neither one that comes while the deletion is under way."""
    await store.record(observation(1))
    await store.correct(correction(1))
    await store.remove(ref(1))
    assert await all_of(store) == []
    assert not await store.correct(correction(1))
    assert await all_of(store) == []


@pytest.mark.parametrize("leaver", ["june", "minji"])
async def test_an_opt_out_on_the_way_wins(store: MoodStore, leaver: str) -> None:
    """The transaction looks again, for both people."""
    await store.set_consent(Platform.DISCORD, WORKSPACE, author(leaver), Choice.OUT)
    assert not await store.correct(correction(1))
    assert await all_of(store) == []


async def test_erasing_takes_both_sides_and_nobody_elses(store: MoodStore) -> None:
    """A person's own corrections and those of their messages, counted or not."""
    await store.correct(correction(1))
    await store.correct(correction(2, by="minji", of="june"))
    await store.correct(correction(3, by="noah", of="lena"))
    await store.erase(Platform.DISCORD, WORKSPACE, author("june"))
    assert await all_of(store) == [correction(3, by="noah", of="lena")]


async def test_an_edit_takes_them_whether_the_message_was_known_or_not(store: MoodStore) -> None:
    """The words they were about stand there no more."""
    await store.record(observation(1))
    for number in (1, 2):
        await store.correct(correction(number))
        await store.record(observation(number, 3))
    assert await all_of(store) == []


async def test_a_purge_takes_a_channels_or_a_workspaces(store: MoodStore) -> None:
    """And leaves those of others."""
    other, abroad = channel("random"), channel("general", "999")
    for where in (channel(), other, abroad):
        await store.correct(correction(1, where=where))
    await store.purge_channel(channel())
    assert await all_of(store) == []
    assert len(await all_of(store, other)) == 1
    await store.purge_workspace(Platform.DISCORD, WORKSPACE)
    assert await all_of(store, other) == []
    assert len(await all_of(store, abroad)) == 1
    assert (await store.count_corrections(Platform.DISCORD, WORKSPACE)).kept == 0
    assert (await store.count_corrections(Platform.DISCORD, "999")).with_text == 1


async def test_a_deleted_thread_takes_its_corrections(store: MoodStore) -> None:
    """Also those of messages that were never counted; the channel's others stay."""
    inside = replace(correction(1), thread="77")
    await store.correct(inside)
    await store.correct(correction(2))
    assert await all_of(store) != [correction(2)]
    await store.erase_thread(channel(), "77")
    assert await all_of(store) == [correction(2)]


async def test_they_expire_by_when_they_were_made(store: MoodStore) -> None:
    """To the hour, as observations do."""
    await store.correct(correction(1))
    await store.expire(Platform.DISCORD, WORKSPACE, START + timedelta(minutes=59))
    assert len(await all_of(store)) == 1
    await store.expire(Platform.DISCORD, WORKSPACE, START + timedelta(hours=2))
    assert await all_of(store) == []


async def test_pages_hold_each_once(store: MoodStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several people's of one message across the edge of a page, too."""
    monkeypatch.setattr(pages, "PAGE", 3)
    monkeypatch.setattr(pages, "_CORRECTIONS", pages._CORRECTIONS.replace("LIMIT 5000", "LIMIT 3"))
    rows = [correction(n, by=who) for n in range(4) for who in ("june", "noah")]
    for row in rows:
        await store.correct(row)
    found = await all_of(store)
    assert len(found) == 8
    assert {(row.message, row.corrector) for row in found} == {
        (row.message, row.corrector) for row in rows
    }


async def test_texts_go_and_labels_stay(store: MoodStore) -> None:
    """All of a workspace's texts, or those of people who did not opt in."""
    await store.set_consent(Platform.DISCORD, WORKSPACE, author("minji"), Choice.IN)
    abroad = correction(1, where=channel("general", "999"))
    mine, others = correction(1), correction(2, of="lena")
    for row in (mine, others, abroad):
        await store.correct(row)
    await store.forget_texts(Platform.DISCORD, WORKSPACE, but_opted_in=True)
    assert {row.text for row in await all_of(store)} == {mine.text, None}
    await store.forget_texts(Platform.DISCORD, WORKSPACE)
    kept = sorted(await all_of(store), key=lambda row: row.message)
    expected = [replace(row, text=None) for row in (mine, others)]
    assert kept == sorted(expected, key=lambda row: row.message)
    assert await all_of(store, abroad.channel) == [abroad]
