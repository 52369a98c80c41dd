"""`maeum doctor` on what belongs to no platform: where browsers reach the dashboard."""

from pathlib import Path

import pytest

from bot.cli.doctor import doctor, sync
from bot.errors import BadSetting
from bot.settings import load_settings
from tests.fakes.discord_server import fake_discord
from tests.fakes.discord_world import TOKEN

HTTPS, LAN = "https://maeum.example.org", "http://maeum.lan:8080"


@pytest.mark.parametrize(
    ("http", "public", "address", "is_well"),
    [
        ("", "", "", True),
        ("8080", "", "http://127.0.0.1:8080", True),
        ("0.0.0.0:8080", "", "http://127.0.0.1:8080", True),
        ("8080", HTTPS, HTTPS, True),
        ("0.0.0.0:8080", LAN, LAN, False),
        ("192.168.1.5:8080", "", "http://192.168.1.5:8080", False),
    ],
)
async def test_the_way_to_the_dashboard(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    http: str,
    public: str,
    address: str,
    is_well: bool,
) -> None:
    """Beyond this machine a link that lets a manager in goes by HTTPS, or doctor says so."""
    monkeypatch.chdir(tmp_path)
    values = {"MAEUM_HTTP": http, "MAEUM_PUBLIC_URL": public, "MAEUM_LOCALE": "en"}
    for name, value in (values | {"DISCORD_BOT_TOKEN": TOKEN}).items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    async with fake_discord(monkeypatch) as fake:
        fake.world.add_guild(1_000)
        await sync(settings)
        capsys.readouterr()
        if is_well:
            await doctor(settings)
        else:
            with pytest.raises(BadSetting, match="1 of these"):
                await doctor(settings)
    said = " ".join(capsys.readouterr().out.split())
    assert (f"reach the dashboard at {address}" in said) is bool(address)
    assert ("MAEUM_PUBLIC_URL" in said) is not is_well
