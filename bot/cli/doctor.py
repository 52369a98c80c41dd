"""`maeum doctor` and `maeum sync`: what the platforms need, one line each, with its mend."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from adapters.base import Finding
from bot.cli.run import opened_adapters
from bot.dashboard.door import is_local
from bot.errors import BadSetting
from bot.locale import text
from bot.settings import Settings


async def doctor(settings: Settings) -> None:
    """Examine every platform that is set up; BadSetting counts what is not well."""
    async with opened_adapters(settings) as adapters:
        findings = [finding for adapter in adapters for finding in await adapter.examine()]
    _show([*findings, *_origin(settings)])


async def sync(settings: Settings, guild: int | None = None) -> None:
    """Bring every platform's commands up to date; with `guild` in that Discord guild alone."""
    async with opened_adapters(settings) as adapters:
        findings = [finding for adapter in adapters for finding in await adapter.sync(guild)]
    _show(findings)


def _origin(settings: Settings) -> list[Finding]:
    """Whether browsers reach the dashboard safely, where there is one."""
    address, say = settings.origin, settings.locale
    if address is None:
        return []
    if address.startswith("https://") or is_local(address):
        return [Finding(ok=True, what=text("doctor.origin", say, address=address))]
    return [
        Finding(
            ok=False,
            what=text("doctor.origin_plain", say, address=address),
            mend=text("doctor.origin_plain_mend", say),
        )
    ]


def _show(findings: Iterable[Finding]) -> None:
    console = Console(highlight=False)
    gaps = 0
    for finding in findings:
        gaps += not finding.ok
        mark = Text("✓ ", "green") if finding.ok else Text("✗ ", "red")
        console.print(Text.assemble(mark, finding.what))
        if finding.mend:
            console.print(Text(f"  → {finding.mend}", "yellow"))
    if gaps:
        need = "needs" if gaps == 1 else "need"
        raise BadSetting(f"{gaps} of these {need} a hand; the lines with → say which")
