"""`/healthz` for whoever restarts the process, `/metrics` for Prometheus. No names, no people."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from aiohttp import web

from bot.errors import StorageError
from bot.service import Bot
from classifier.service import Stats

logger = logging.getLogger(__name__)

_PATIENCE = 3.0  # seconds for the database; probes ask again after about ten
# prometheus.io/docs/instrumenting/exposition_formats: the text format, in twenty lines of our own
_TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_PRESENT = ("queued", "running")  # of Stats: what is now; its others only grow
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One family of samples, by their labels."""

    name: str
    kind: str  # counter or gauge
    help: str
    samples: Iterable[tuple[Mapping[str, str], float]]

    def lines(self) -> Iterable[str]:
        """The family as Prometheus reads it."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.samples:
            named = ",".join(
                f'{name}="{value.translate(_ESCAPES)}"' for name, value in labels.items()
            )
            yield f"{self.name}{{{named}}} {value!r}" if named else f"{self.name} {value!r}"


def mount(app: web.Application, bot: Bot) -> None:
    """Add the two pages to `app`, before it starts."""

    async def healthz(_: web.Request) -> web.Response:
        well = await _database_answers(bot)
        stats = bot.classifier.stats
        body = {
            "status": "ok" if well else "failing",
            "database": "ok" if well else "failing",
            "queue": {name: getattr(stats, name) for name in _PRESENT},
            "last_event": {it.value: at.isoformat() for it, at in bot.pulse.last_event.items()},
            "model": bot.classifier.model.revision,
        }
        return web.json_response(body, status=200 if well else 503, headers=_UNKEPT)

    async def metrics(_: web.Request) -> web.Response:
        lines = [
            line
            for metric in _metrics(bot, well=await _database_answers(bot))
            for line in metric.lines()
        ]
        body = ("\n".join(lines) + "\n").encode()
        return web.Response(body=body, headers={**_UNKEPT, "Content-Type": _TEXT_FORMAT})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)


_UNKEPT = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


async def _database_answers(bot: Bot) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            await bot.store.ping()
    except (StorageError, TimeoutError) as error:
        logger.warning("the database does not answer: %s", error or "too slow")
        return False
    return True


def _metrics(bot: Bot, *, well: bool) -> Iterable[Metric]:
    pulse, stats, model = bot.pulse, bot.classifier.stats, bot.classifier.model
    calls = [it.name for it in fields(Stats) if it.name not in _PRESENT]
    yield Metric(
        name="maeum_messages_total",
        kind="counter",
        help="Message events by the rule that decided them.",
        samples=[
            ({"platform": platform.value, "rule": rule.value}, count)
            for (platform, rule), count in sorted(pulse.decided.items())
        ],
    )
    yield Metric(
        name="maeum_last_event_timestamp_seconds",
        kind="gauge",
        help="When the last message event came.",
        samples=[
            ({"platform": platform.value}, at.timestamp())
            for platform, at in pulse.last_event.items()
        ],
    )
    yield Metric(
        name="maeum_classifier_calls_total",
        kind="counter",
        help="Classifier calls by how they ended.",
        samples=[({"end": name}, getattr(stats, name)) for name in calls],
    )
    for name in _PRESENT:
        yield Metric(
            name=f"maeum_classifier_{name}",
            kind="gauge",
            help=f"Texts {name} in the classifier.",
            samples=[({}, getattr(stats, name))],
        )
    yield Metric(
        name="maeum_database_up",
        kind="gauge",
        help="Whether the database answers.",
        samples=[({}, float(well))],
    )
    yield Metric(
        name="maeum_model_info",
        kind="gauge",
        help="The model that serves.",
        samples=[({"revision": model.revision, "label_set": model.label_set.name}, 1.0)],
    )
