"""Preferences: what may be set, how it is read and shown, and that the nearest value wins."""

import logging
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadCommand, BadSetting
from bot.forms import suggestions
from bot.preferences import (
    KEYS,
    ConsentMode,
    Key,
    Mode,
    Preferences,
    _ignored,
    key_named,
    resolve,
)
from bot.storage import Level, Preference
from classifier.base import Language

DEFAULTS = Preferences()
KO, EN = Language.KO, Language.EN
WORKSPACE, CATEGORY, CHANNEL = Level.WORKSPACE, Level.CATEGORY, Level.CHANNEL


def _parse(name: str, raw: str, level: Level | None = None) -> str:
    """What is stored for `raw` at `level`, or at the widest level the key may have."""
    key = key_named(name, EN)
    return key.parse(raw, level or key.widest, EN)


def _row(level: Level, key: str, value: str) -> Preference:
    return Preference(level=level, key=key, value=value)


def _resolved(name: str, raw: str) -> object:
    stored = _parse(name, raw)
    return getattr(resolve([_row(WORKSPACE, name, stored)], DEFAULTS), name)


def test_every_preference_is_a_key() -> None:
    """The table of keys and the fields of Preferences name the same things."""
    assert {key.name for key in KEYS} == {field.name for field in fields(Preferences)}


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_speaks(key: Key, language: Language) -> None:
    """Each key has a name, a line of description, a shown value and a list of allowed values."""
    assert key.described(language)
    assert key.shown(DEFAULTS, language)
    assert key.form.allowed(language)
    assert key_named(key.named(language), language) is key


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_shown_value_can_be_typed(key: Key, language: Language) -> None:
    """What the bot shows as a value is itself a way to write that value."""
    stored = key.parse(key.shown(DEFAULTS, language), key.widest, language)
    assert stored == key.form.write(getattr(DEFAULTS, key.name))


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("mode", "off", Mode.OFF),
        ("mode", " STATS ", Mode.STATS),
        ("mode", "끄기", Mode.OFF),
        ("mode", "통계", Mode.STATS),
        ("mode", "반응", Mode.REACT),
        ("mode", "말", Mode.LABEL),
        ("threshold", "0.05", 0.05),
        ("threshold", ".99", 0.99),
        ("threshold", "70%", 0.7),
        ("threshold", "auto", None),
        ("threshold", "자동", None),
        ("cooldown", "0", 0),
        ("cooldown", "2m", 120),
        ("cooldown", "2 분", 120),
        ("cooldown", "1h", 3600),
        ("budget", "600", 600),
        ("budget", "30/min", 30),
        ("retention", "1", 1),
        ("retention", "2w", 14),
        ("retention", "365일", 365),
        ("locale", "en", Language.EN),
        ("locale", "영어", Language.EN),
        ("timezone", "Europe/Lisbon", "Europe/Lisbon"),
        ("timezone", "UTC", "UTC"),
        ("consent", "opt-in", ConsentMode.OPT_IN),
        ("min_people", "2명", 2),
        ("ignored_roles", "123, 봇 관리자, 123", ("123", "봇 관리자")),
        ("ignored_roles", "<@&81384788765712384> <@&2>", ("81384788765712384", "2")),
        ("ignored_roles", "없음", ()),
        ("ignored_users", f"<@{10**17}>, <@!{10**18}>", (str(10**17), str(10**18))),
        ("ignored_users", "<@U12AB|mina> U12AB W9", ("U12AB", "W9")),
        ("ignored_users", "0123456789abcdef" * 2, ("0123456789abcdef" * 2,)),
        ("ignored_users", "nobody", ()),
    ],
)
def test_a_value_is_read_as_a_person_types_it(name: str, raw: str, value: object) -> None:
    """What a person types, in either language, is stored and resolves to the value meant."""
    assert _resolved(name, raw) == value


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("mode", "loud"),
        ("mode", ""),
        ("threshold", "0.04"),
        ("threshold", "1"),
        ("threshold", "100%"),
        ("threshold", "nan"),
        ("cooldown", "-1"),
        ("cooldown", "3601"),
        ("cooldown", "2h"),
        ("cooldown", "1.5"),
        ("cooldown", "٣"),
        ("budget", "0"),
        ("budget", "601"),
        ("budget", "9" * 10_000),
        ("budget", "auto"),
        ("locale", "fr"),
        ("timezone", "Asia"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../../etc/passwd"),
        ("timezone", "/etc/localtime"),
        ("timezone", "a\0b"),
        ("retention", "0"),
        ("retention", "366"),
        ("consent", "maybe"),
        ("min_people", "1"),
        ("min_people", "51"),
        ("ignored_roles", ""),
        ("ignored_roles", ",".join(map(str, range(26)))),
        ("ignored_roles", "x" * 101),
        ("ignored_users", "mina"),
        ("ignored_users", "<@U1> and mina"),
        ("ignored_users", " ".join(f"<@{number}>" for number in range(51))),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_a_value_out_of_range_is_refused(name: str, raw: str, language: Language) -> None:
    """The refusal names the key, what was found and what is allowed, in the person's language."""
    key = key_named(name, language)
    with pytest.raises(BadSetting) as refusal:
        key.parse(raw, WORKSPACE, language)
    sentence = str(refusal.value)
    assert key.named(language) in sentence
    assert raw[:60] in sentence
    assert key.form.allowed(language) in sentence
    assert len(sentence) < 400


def test_an_unknown_key_lists_the_known_ones() -> None:
    """A mistyped key is answered with every key there is."""
    with pytest.raises(BadCommand, match=r"“cool”.*mode, threshold, cooldown"):
        key_named("cool", EN)
    with pytest.raises(BadCommand, match=r"‘cool’.*모드, 기준, 간격"):
        key_named("cool", KO)


@pytest.mark.parametrize("level", [CHANNEL, CATEGORY])
@pytest.mark.parametrize("name", ["budget", "consent", "retention", "min_people", "timezone"])
def test_promises_hold_for_the_whole_workspace(name: str, level: Level) -> None:
    """Consent, retention and the like cannot differ by channel, neither set nor stored."""
    changed = {"consent": "opt-in", "timezone": "UTC"}.get(name, "7")
    with pytest.raises(BadCommand, match=name):
        _parse(name, changed, level)
    assert resolve([_row(level, name, changed)], DEFAULTS) == DEFAULTS
    assert resolve([_row(WORKSPACE, name, changed)], DEFAULTS) != DEFAULTS


def test_the_nearest_value_wins() -> None:
    """A channel's value beats its category's, which beats the workspace's, in any row order."""
    rows = [
        _row(WORKSPACE, "cooldown", "9"),
        _row(WORKSPACE, "mode", "stats"),
        _row(CATEGORY, "mode", "label"),
        _row(CHANNEL, "mode", "off"),
    ]
    for order in (rows, rows[::-1]):
        near = resolve(order, DEFAULTS)
        assert (near.mode, near.cooldown, near.budget) == (Mode.OFF, 9, DEFAULTS.budget)
    assert resolve(rows[:-1], DEFAULTS).mode is Mode.LABEL
    assert resolve(rows[:-2], DEFAULTS).mode is Mode.STATS
    assert resolve([], DEFAULTS) == DEFAULTS


def test_auto_nearby_takes_back_a_wider_value() -> None:
    """A channel set to auto has the install default, whatever its workspace says."""
    defaults = Preferences(locale=Language.EN)
    wide = [_row(WORKSPACE, "locale", "ko"), _row(WORKSPACE, "threshold", "0.9")]
    near = [_row(CHANNEL, "locale", "auto"), _row(CHANNEL, "threshold", "auto")]
    assert resolve(wide, defaults).locale is Language.KO
    assert resolve(wide, defaults).threshold == 0.9
    assert resolve(wide + near, defaults) == defaults


@pytest.mark.parametrize(
    "row", [_row(WORKSPACE, "cooldown", "soon"), _row(WORKSPACE, "colour", "blue")]
)
def test_an_unreadable_row_is_passed_over(
    row: Preference, caplog: pytest.LogCaptureFixture
) -> None:
    """A row of another version leaves the default in place; the log names its key, once."""
    _ignored.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert resolve([row], DEFAULTS) == DEFAULTS
    assert caplog.text.count(row.key) == 1
    assert row.value not in caplog.text


def test_an_unreadable_row_uncovers_the_next_level() -> None:
    """Where a channel's value cannot be read, its workspace's holds."""
    rows = [_row(CHANNEL, "cooldown", "soon"), _row(WORKSPACE, "cooldown", "7")]
    assert resolve(rows, DEFAULTS).cooldown == 7


@given(raw=st.text(max_size=40), index=st.integers(0, len(KEYS) - 1))
def test_no_text_breaks_a_key(raw: str, index: int) -> None:
    """Any text is read or refused in one sentence; what is read survives the store unchanged."""
    key = KEYS[index]
    try:
        stored = key.parse(raw, key.widest, EN)
    except BadSetting:
        return
    assert key.form.write(key.form.read(stored)) == stored


def test_values_are_suggested_where_there_is_a_list_of_them() -> None:
    """Words and time zones by a part of them; numbers and names cannot be listed."""
    forms = {key.name: key.form for key in KEYS}
    assert suggestions(forms["mode"], "", Language.EN) == ["off", "stats", "react", "label"]
    assert suggestions(forms["mode"], "AB", Language.EN) == ["label"]
    assert suggestions(forms["timezone"], "seo", Language.KO) == ["Asia/Seoul"]
    assert suggestions(forms["cooldown"], "5", Language.EN) == []
    for key in KEYS:
        for value in suggestions(key.form, "", Language.KO):
            key.form.read(value)
