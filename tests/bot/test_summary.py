import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import Tone
from bot.mood import Mood
from bot.summary import by_share, heaviest, liveliest, percentages, sentences, summarise
from bot.tally import Tally
from bot.window import Window
from classifier.base import Group, Language
from tests.bot.moods import NOW, bucket, days, hours, mood

DAY = Window.last("24h", NOW)
WEEK = Window.last("7d", NOW)
KO = Language.KO
BOTH = pytest.mark.parametrize("language", list(Language))

Counts = dict[str | None, int]


def day(counts: Counts) -> Mood:
    """A mood of one busy hour."""
    return mood(hours(DAY, counts), DAY)


def said(found: Mood, language: Language = Language.KO) -> str:
    """All sentences of a mood."""
    return " ".join(sentences(found, language))


@pytest.mark.parametrize(
    ("counts", "korean", "english"),
    [
        ({"joy": 20}, "모두 기쁨이었어요", "felt like joy"),
        ({"anger": 20}, "모두 분노였어요", "felt like anger"),
        ({"neutral": 20}, "내내 담담한", "even-tempered throughout"),
        ({"neutral": 12, "joy": 5, "fear": 3}, "담담한 이야기가 가장 많았고(60%)", "(60%); of"),
        (
            {"neutral": 12, "joy": 4, "fear": 4},
            "담담한 이야기가 가장 많았어요(60%)",
            "common (60%).",
        ),
        ({"neutral": 8, "fear": 12}, "60%에서 불안이 느껴졌고", "anxiety in 60%"),
        ({"joy": 10, "fear": 10}, "기쁨과 불안이 엇비슷하게", "as much joy (50%) as anxiety"),
        ({"anger": 10, "joy": 10}, "기쁨과 분노가 엇비슷하게", "as much joy (50%) as anger"),
        ({"joy": 7, "fear": 7, "anger": 7}, "고르게 섞여", "about equally common"),
        ({"joy": 14, "fear": 6}, "절반이 넘는 메시지에서 기쁨이", "More than half"),
        ({"joy": 10, "anger": 6, "fear": 4}, "그다음은 분노였어요(30%)", "followed by anger (30%)"),
        ({"joy": 10, "anger": 5, "fear": 5}, "기쁨이 가장 많았어요(50%)", "most was joy (50%)."),
    ],
)
def test_the_first_sentence_says_how_feelings_compare(
    counts: Counts, korean: str, english: str
) -> None:
    """Each shape of a distribution has its own true sentence, with the right particles."""
    assert korean in sentences(day(counts), Language.KO)[0]
    assert english in sentences(day(counts), Language.EN)[0]


@pytest.mark.parametrize(
    ("buckets", "people", "korean", "english"),
    [
        ({}, 0, "살펴본 메시지가 없어요", "no messages"),
        ({"joy": 30}, 2, "3명보다 적어서", "Fewer than 3 people"),
        ({None: 4}, 3, "메시지 4개를 봤지만", "4 messages"),
        ({"joy": 1, None: 8}, 3, "메시지 1개뿐", "only 1 message in"),
    ],
)
def test_little_is_said_to_be_little(
    buckets: Counts, people: int, korean: str, english: str
) -> None:
    """With too little to go by, one honest sentence or two, and no claim."""
    found = mood(hours(DAY, buckets), DAY, people=people)
    assert korean in said(found)
    assert english in said(found, Language.EN)


@BOTH
def test_too_few_people_show_nothing(language: Language) -> None:
    """The reply to a channel of two people holds no field and no number of theirs."""
    reply = summarise(mood(hours(DAY, {"joy": 47}), DAY, people=2), language, channel_name="us")
    assert reply.fields == ()
    assert "47" not in reply.text + reply.title
    assert reply.tone is Tone.PLAIN


def test_what_changed_is_told_with_its_size() -> None:
    """A sure change names its group and points; no change says that it is as before."""
    then = hours(WEEK.previous(), {"joy": 60, "fear": 40})
    more = mood(hours(WEEK, {"joy": 30, "fear": 70}), WEEK, before=then)
    assert re.search(r"그 전 7일보다 (불안이 30%포인트 늘|기쁨이 30%포인트 줄)었어요", said(more))
    assert "Compared with the 7 days before" in said(more, Language.EN)
    unsure = mood(hours(WEEK, {"joy": 5, "fear": 7}), WEEK, before=then)
    assert "그 전 7일" not in said(unsure)
    same = mood(hours(WEEK, {"joy": 61, "fear": 39}), WEEK, before=then)
    assert "그 전 7일과 크게 다르지 않아요" in said(same)


def test_without_a_window_to_compare_nothing_is_compared() -> None:
    """A first week is not said to be like the week before."""
    assert "그 전" not in said(mood(hours(WEEK, {"joy": 61, "fear": 39}), WEEK))


@pytest.mark.parametrize(
    ("joys", "korean", "english"),
    [
        ((1, 2, 4, 5, 7, 9), "밝아졌어요", "brightened"),
        ((9, 7, 5, 4, 2, 1), "무거워졌어요", "heavier"),
    ],
)
def test_the_direction_is_told(joys: tuple[int, ...], korean: str, english: str) -> None:
    """A clear trend is one of the sentences."""
    found = mood(days(WEEK, *({"joy": joy, "sadness": 10 - joy} for joy in joys)), WEEK)
    assert korean in said(found)
    assert english in said(found, Language.EN)


def test_the_liveliest_and_heaviest_hours_are_local() -> None:
    """Hours are named in the reader's time zone: 05:00 UTC is 14시 in Seoul. A day is said once."""
    found = mood(hours(DAY, {"sadness": 6}, {"joy": 9}, {"joy": 20}), DAY)
    assert "이야기는 11월 24일 14시에 가장 많았고, 분위기는 12시에" in said(found)
    assert "liveliest on Nov 24 at 14:00 and felt heaviest at 12:00" in said(found, Language.EN)
    across = mood(hours(DAY, {"sadness": 6}, *[{"joy": 1}] * 17, {"joy": 20}), DAY)
    assert "11월 24일 14시에 가장 많았고, 분위기는 11월 23일 20시에" in said(across)


def test_the_liveliest_hour_may_be_the_heaviest() -> None:
    """Then it is named once."""
    assert "분위기도 그때 가장 무거웠어요" in said(
        mood(hours(DAY, {"joy": 9}, {"sadness": 20}), DAY)
    )


def test_times_that_do_not_stand_out_are_not_named() -> None:
    """Ties, quiet hours and hours no heavier than the rest are left alone."""
    tie = mood(hours(DAY, {"joy": 8}, {"joy": 8}), DAY)
    quiet = mood(hours(DAY, {"joy": 1}, {"joy": 4}), DAY)
    alike = mood(hours(DAY, {"sadness": 9}, {"sadness": 8}), DAY)
    assert (liveliest(times(tie)), heaviest(times(tie))) == (None, None)
    assert liveliest(times(quiet)) is None
    assert heaviest(times(alike)) is None


def times(found: Mood) -> dict[datetime, Tally]:
    """What was counted by step."""
    return {step.window.start: step.tally for step in found.steps}


def test_over_days_the_usual_hours_are_named_too() -> None:
    """By the reader's clock, over all days; a window of hours has them in its sentences."""
    at_night = [bucket(WEEK.end - timedelta(hours=h), "sadness", 8) for h in (40, 64)]
    by_day = [bucket(WEEK.end - timedelta(hours=h), "joy", 9) for h in (30, 54, 78)]
    reply = summarise(mood([*at_night, *by_day], WEEK), Language.EN)
    [usual] = [it.value for it in reply.fields if it.name == "Time of day"]
    assert usual == "liveliest around 09:00 · heaviest around 23:00"
    korean = summarise(mood([*at_night, *by_day], WEEK), Language.KO)
    [usual] = [it.value for it in korean.fields if it.name == "하루 중"]
    assert "9시쯤 이야기가 가장 많아요" in usual
    today = summarise(mood(hours(DAY, {"sadness": 6}, {"joy": 9}), DAY), Language.EN)
    assert not [it for it in today.fields if it.name == "Time of day"]
    few = summarise(mood([*at_night, *by_day], WEEK, people=2), Language.EN)
    assert few.fields == ()


def test_each_bar_tells_how_far_it_moved() -> None:
    """In points, with what that means at the foot; nothing without a window to compare with."""
    now, then = {"joy": 30, "fear": 70}, {"joy": 60, "fear": 40}
    reply = summarise(mood(hours(WEEK, now), WEEK, before=hours(WEEK.previous(), then)), KO)
    assert [it.value for it in reply.fields[:2]] == ["70% (+30) · 70", "30% (−30) · 30"]
    assert "그 전 7일과 견준" in reply.footer
    alone = summarise(mood(hours(WEEK, now), WEEK), KO)
    assert [it.value for it in alone.fields[:2]] == ["70% · 70", "30% · 30"]
    assert "%포인트" not in alone.footer


@BOTH
def test_fields_are_bars_by_share_with_neutral_last(language: Language) -> None:
    """Bars fall with their share, neutral closes them, then come labels and what was counted."""
    found = day({"neutral": 20, "joy": 6, "amusement": 5, "fear": 9, None: 10})
    fields = summarise(found, language, channel_name="x").fields
    bars = [field for field in fields if field.share is not None]
    assert [bar.name.lower() for bar in bars] == [
        group.named(language) for group in (Group.JOY, Group.ANXIETY, Group.NEUTRAL)
    ]
    assert bars[0].share == pytest.approx(11 / 40)
    assert all(emoji in fields[3].value for emoji in "😨😊😆")
    assert "80%" in fields[4].value
    assert "50" in fields[4].value


def test_tone_follows_the_mood_and_never_warns() -> None:
    """A bright channel is coloured so; a sad one is not made a warning."""
    assert summarise(day({"joy": 20}), Language.KO).tone is Tone.GOOD
    assert summarise(day({"sadness": 20}), Language.KO).tone is Tone.PLAIN
    assert summarise(day({"joy": 3}), Language.KO).tone is Tone.PLAIN


def test_the_title_takes_a_name_with_or_without_its_sign() -> None:
    """`#talk` and `talk` are one channel, and a channel without a name is this one."""
    found = day({"joy": 20})
    assert summarise(found, Language.KO, channel_name="#잡담").title == "#잡담의 마음"
    assert summarise(found, Language.EN, channel_name="talk").title == "The mood of #talk"
    assert summarise(found, Language.KO).title == "이 채널의 마음"


group_counts = st.lists(st.integers(0, 3000), min_size=7, max_size=7)


@given(group_counts)
def test_percentages_do_not_contradict_each_other(counts: list[int]) -> None:
    """At most 100 together, equals alike, more never less, none nothing or all but in truth."""
    total = sum(counts) or 1
    shares = {group: count / total for group, count in zip(Group, counts, strict=True)}
    texts = percentages(shares, Language.EN)
    ranks = [
        0.5 if it == "<1%" else 99.5 if it == ">99%" else int(it[:-1]) for it in texts.values()
    ]
    assert sum(int(rank) for rank in ranks) <= 100
    for count, rank in zip(counts, ranks, strict=True):
        assert (rank == 0) == (count == 0)
        assert (rank == 100) == (count == total)
        for other, other_rank in zip(counts, ranks, strict=True):
            assert count != other or rank == other_rank
            assert count <= other or rank >= other_rank


@given(
    st.lists(
        st.tuples(st.integers(0, 23), st.sampled_from(["joy", "anger", "fear", "neutral", None])),
        max_size=80,
    ),
    st.sampled_from(Language),
)
def test_any_mood_can_be_told_shortly(
    spoken: list[tuple[int, str | None]], language: Language
) -> None:
    """Whatever was counted, there are one to three whole sentences that fit a platform's limits."""
    found = mood([bucket(DAY.start + timedelta(hours=hour), label) for hour, label in spoken], DAY)
    reply = summarise(found, language, channel_name="talk")
    assert 1 <= len(sentences(found, language)) <= 3
    assert len(reply.text) < 500
    assert "{" not in reply.text
    assert len(by_share(found)) <= len(reply.fields)
