"""Settings: read once, validated in one place, told in one sentence."""

import re
from pathlib import Path

import pytest

from bot.errors import BadSetting
from bot.settings import Settings, Shards, load_settings
from classifier.base import Language

ROOT = Path(__file__).parents[2]
VARIABLES = [str(field.validation_alias) for field in Settings.model_fields.values()]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable and no .env of the machine reaches a test."""
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)


def test_everything_has_a_default() -> None:
    """With nothing set, the bot runs in the terminal on the embedded bundle, in Korean."""
    settings = load_settings()
    assert settings.model == "default"
    assert settings.locale is Language.KO
    assert settings.threads >= 1
    assert settings.discord_bot_token is None


def test_environment_wins_over_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """.env is read from the working folder, and a real variable replaces its value."""
    tmp_path.joinpath(".env").write_text("MAEUM_LOCALE=en\nMAEUM_THREADS=3\n")
    monkeypatch.setenv("MAEUM_THREADS", "2")
    settings = load_settings()
    assert (settings.locale, settings.threads) == (Language.EN, 2)


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command-line option replaces a variable; an option not given does not."""
    monkeypatch.setenv("MAEUM_DATABASE", "a.db")
    assert load_settings(MAEUM_DATABASE=None).database == Path("a.db")
    assert load_settings(MAEUM_DATABASE=Path("b.db")).database == Path("b.db")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("MAEUM_TIMEZONE", "Mars/Olympus", "Asia/Seoul"),
        ("MAEUM_TIMEZONE", "../etc/passwd", "Asia/Seoul"),
        ("MAEUM_THREADS", "0", "greater than or equal to 1"),
        ("MAEUM_THREADS", "many", "integer"),
        ("MAEUM_LOCALE", "fr", "'ko' or 'en'"),
        ("MAEUM_LOG_LEVEL", "loud", "'DEBUG'"),
        ("MAEUM_HTTP", "http", "host:port"),
        ("MAEUM_HTTP", "localhost:99999", "host:port"),
        ("MAEUM_PUBLIC_URL", "maeum.example.org", "https://host"),
        ("MAEUM_PUBLIC_URL", "ftp://maeum.example.org", "https://host"),
        ("MAEUM_PUBLIC_URL", "https://example.org/maeum", "https://host"),
        ("MAEUM_PUBLIC_URL", "https://example.org:port", "https://host"),
        ("MAEUM_PUBLIC_URL", "https://me:pass@example.org", "https://host"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """The sentence names the variable, the value found and what would be right."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert f"{variable}={value}" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_empty_value_means_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    """As .env.example says: a variable left empty, here or there, leaves the default."""
    defaults = load_settings()
    tmp_path.joinpath(".env").write_text(f"{variable}=\n")
    assert load_settings() == defaults
    monkeypatch.setenv(variable, "")
    assert load_settings() == defaults


def test_every_wrong_value_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mistakes are told together, so that they are mended together."""
    monkeypatch.setenv("MAEUM_LOCALE", "fr")
    monkeypatch.setenv("MAEUM_THREADS", "0")
    with pytest.raises(BadSetting, match=r"MAEUM_LOCALE.*MAEUM_THREADS"):
        load_settings()


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the repr nor the error about a secret holds any part of it."""
    monkeypatch.setenv("DISCORD_BOT_TOKEN", "token-of-mine")
    assert "token-of-mine" not in repr(load_settings())
    monkeypatch.setenv("MAEUM_SECRET", "shortish")
    with pytest.raises(BadSetting) as caught:
        load_settings()
    assert "MAEUM_SECRET" in str(caught.value)
    assert "shortish" not in str(caught.value)


def test_a_blank_token_is_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example file's empty lines switch no platform on."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "  ")
    assert load_settings().slack_bot_token is None


def test_slack_needs_a_second_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Slack bot token alone can receive nothing, and the sentence says what is missing."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    with pytest.raises(BadSetting, match=r"SLACK_APP_TOKEN .* SLACK_SIGNING_SECRET"):
        load_settings()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"SLACK_SIGNING_SECRET": "s", "SLACK_BOT_TOKEN": "xoxb-1"}, "MAEUM_HTTP"),
        ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET.*SLACK_TOKEN_KEY.*MAEUM_HTTP"),
        (
            {
                "SLACK_CLIENT_ID": "1.2",
                "SLACK_CLIENT_SECRET": "s",
                "SLACK_BOT_TOKEN": "xoxb-1",
                "SLACK_APP_TOKEN": "xapp-1",
            },
            "set one of them",
        ),
        ({"SLACK_CONNECTIONS": "11"}, "SLACK_CONNECTIONS=11"),
        ({"SLACK_TOKEN_KEY": "short-and-secret"}, "SLACK_TOKEN_KEY is too short"),
    ],
)
def test_slacks_settings_fit_together(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], told: str
) -> None:
    """What is set by halves, or against itself, is named with what is missing; never a secret."""
    for variable, value in values.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting, match=told) as caught:
        load_settings()
    assert "short-and-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "listens", "reached"),
    [
        ("8080", "127.0.0.1:8080", "http://127.0.0.1:8080"),
        (":8080", "127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:80", "localhost:80", "http://localhost:80"),
        ("[::1]:8080", "[::1]:8080", "http://[::1]:8080"),
        ("0.0.0.0:8080", "0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:8080", "[::]:8080", "http://127.0.0.1:8080"),
        ("", None, None),
    ],
)
def test_http_is_for_this_machine_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: str, listens: str | None, reached: str | None
) -> None:
    """A port alone is on loopback; only a host named opens more, and links lead somewhere."""
    monkeypatch.setenv("MAEUM_HTTP", given)
    settings = load_settings()
    assert (settings.http, settings.origin) == (listens, reached)


def test_browsers_may_come_by_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy's address goes before our own, and leads nowhere without a server behind it."""
    monkeypatch.setenv("MAEUM_PUBLIC_URL", "https://maeum.example.org/")
    with pytest.raises(BadSetting, match="MAEUM_HTTP"):
        load_settings()
    monkeypatch.setenv("MAEUM_HTTP", "8080")
    assert load_settings().origin == "https://maeum.example.org"


def test_an_unreadable_env_file_is_told(tmp_path: Path) -> None:
    """A .env in another encoding is named instead of raising from a library."""
    tmp_path.joinpath(".env").write_bytes("MAEUM_LOCALE=ko # 마음".encode("euc-kr"))
    with pytest.raises(BadSetting, match=r"\.env cannot be read"):
        load_settings()


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """~ is the home folder in .env too, where no shell replaces it; another one is told."""
    monkeypatch.setenv("HOME", str(tmp_path))
    tmp_path.joinpath(".env").write_text("MAEUM_DATABASE=~/a.db\nMAEUM_CACHE=~/models\n")
    settings = load_settings()
    assert (settings.database, settings.cache) == (tmp_path / "a.db", tmp_path / "models")
    monkeypatch.setenv("MAEUM_CACHE", "~nobody-of-this-name/models")
    with pytest.raises(BadSetting, match=r"MAEUM_CACHE=~nobody-of-this-name/models .* write"):
        load_settings()


def test_the_example_file_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    """.env.example names every setting and no other, and its values are the defaults."""
    lines = ROOT.joinpath(".env.example").read_text().splitlines()
    settings = [re.fullmatch(r"#? ?([A-Z][A-Z_]+)=(.*)", line) for line in lines]
    shown = {match[1]: match[2] for match in settings if match}
    assert sorted(shown) == sorted(VARIABLES)
    defaults = load_settings()
    for variable, value in shown.items():
        if variable != "MAEUM_THREADS":  # its default is the machine's
            monkeypatch.setenv(variable, value)
    assert load_settings() == defaults


@pytest.mark.parametrize(
    ("given", "shards"),
    [
        ("0/1", Shards((0,), 1)),
        ("0-3/8", Shards((0, 1, 2, 3), 8)),
        (" 6, 0-1 / 8 ", Shards((0, 1, 6), 8)),
        ("", None),
    ],
)
def test_shards_are_numbers_and_ranges_of_a_count(
    monkeypatch: pytest.MonkeyPatch, given: str, shards: Shards | None
) -> None:
    """One process's shards of all there are; nothing set means all."""
    monkeypatch.setenv("MAEUM_DISCORD_SHARDS", given)
    assert load_settings().discord_shards == shards


@pytest.mark.parametrize("given", ["3", "0-3", "4/4", "0,0/2", "3-1/8", "a/2", "0/0", "-1/2"])
def test_wrong_shards_are_told(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    """The sentence names the variable and what was found."""
    monkeypatch.setenv("MAEUM_DISCORD_SHARDS", given)
    with pytest.raises(BadSetting, match=f"MAEUM_DISCORD_SHARDS={given}"):
        load_settings()
