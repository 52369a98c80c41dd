"""The `/emotion` grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.grammar import (
    Analyze,
    ChannelMood,
    Command,
    Dashboard,
    Digest,
    Doctor,
    Export,
    Help,
    Me,
    Privacy,
    PrivacyAction,
    Settings,
    Why,
    parse,
)
from bot.export import Form, Table
from bot.storage import Level


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", ChannelMood()),
        ("   ", ChannelMood()),
        ("channel", ChannelMood()),
        ("채널 7d", ChannelMood(window="7d")),
        ("channel #수다 24H chart", ChannelMood(channel="#수다", window="24h", chart=True)),
        ("channel heatmap 90d", ChannelMood(window="90d", heatmap=True)),
        ("기분 히트맵", ChannelMood(heatmap=True)),
        ("기분 차트 30d", ChannelMood(window="30d", chart=True)),
        ("channel <#C024BE7LR|general>", ChannelMood(channel="C024BE7LR")),
        ("channel <#1234567890>", ChannelMood(channel="1234567890")),
        ("me", Me()),
        ("나", Me()),
        ("WHY", Why()),
        ("doctor", Doctor()),
        ("진단", Doctor()),
        ("doctor who is great", Analyze(text="doctor who is great")),
        ("help", Help()),
        ("analyze", Help()),
        ("analyze me", Analyze(text="me")),
        ("분석 오늘  너무 좋다", Analyze(text="오늘  너무 좋다")),
        ("settings", Settings()),
        ("settings mode", Settings(key="mode")),
        ("settings mode stats", Settings(key="mode", value="stats")),
        ("설정 채널 mode off", Settings(level=Level.CHANNEL, key="mode", value="off")),
        (
            "settings workspace ignored_roles a b",
            Settings(level=Level.WORKSPACE, key="ignored_roles", value="a b"),
        ),
        ("settings threshold reset", Settings(key="threshold", reset=True)),
        ("privacy", Privacy()),
        ("privacy opt out", Privacy(action=PrivacyAction.OPT_OUT)),
        ("privacy opt-in", Privacy(action=PrivacyAction.OPT_IN)),
        ("개인정보 삭제", Privacy(action=PrivacyAction.DELETE)),
        ("privacy export", Privacy(action=PrivacyAction.EXPORT)),
        ("export", Export()),
        (
            "export observations #talk 24h json",
            Export(table=Table.OBSERVATIONS, form=Form.JSON, channel="#talk", window="24h"),
        ),
        ("내보내기 개수 parquet", Export(form=Form.PARQUET)),
        ("digest", Digest()),
        ("digest weekly mon 9:00 <#C1>", Digest(value="weekly mon 9:00 <#C1>")),
        ("소식 매일 오후 6시", Digest(value="매일 오후 6시")),
        ("소식 끄기", Digest(value="끄기")),
        ("digest this!", Analyze(text="digest this!")),
        ("내보내기 #수다 30d", Export(channel="#수다", window="30d")),
        ("dashboard", Dashboard()),
        ("대시보드", Dashboard()),
        ("dashboard of my car", Analyze(text="dashboard of my car")),
        ("export the chart", Analyze(text="export the chart")),
    ],
)
def test_each_form_means_its_command(text: str, command: Command) -> None:
    """Every documented form, in either language, parses to its command."""
    assert parse(text) == command


@pytest.mark.parametrize(
    "text",
    [
        "me too, honestly",
        "나 오늘 시험 망했어",
        "why is it always raining",
        "help me please",
        "channel surfing all night",
        "privacy is dead",
        "오늘 너무 좋다",
    ],
)
def test_a_sentence_that_starts_like_a_verb_is_analyzed(text: str) -> None:
    """A verb counts only where the rest fits it, so people may just talk."""
    assert parse(text) == Analyze(text=text)


@given(st.text())
def test_any_text_is_a_command(text: str) -> None:
    """No text fails to parse, and an analyzed text is never blank."""
    command = parse(text)
    if isinstance(command, Analyze):
        assert command.text.strip()
