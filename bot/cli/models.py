"""`maeum model`: get models, look at them, choose one, fit one to labelled texts.

What a command needs is imported when it runs, so that `maeum --help` answers at once.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import BadInput

if TYPE_CHECKING:
    from bot.settings import Settings
    from classifier.base import Language
    from classifier.bundle import ModelBundle
    from classifier.models import Models

app = typer.Typer(help="Get, look at, choose and fit models.", no_args_is_help=True)

Name = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="default, a folder, or owner/name of the Hub, with @revision or not."
    ),
]
Repository = Annotated[
    str,
    typer.Argument(metavar="MODEL", help="owner/name of the Hub, with @revision or not."),
]
LabelSetName = Annotated[
    str | None, typer.Option("--label-set", help="What numbered outputs are, such as aihub58.")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="ko or en; give it twice for both.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Write the bundle to this folder.")]
Database = Annotated[
    Path | None,
    typer.Option("--database", help="The install's database; else MAEUM_DATABASE."),
]


@app.command()
def pull(name: Repository, label_set: LabelSetName = None, language: Languages = None) -> None:
    """Fetch what a repository of the Hub holds now, make it ready to serve, and keep it."""
    from classifier.names import HubName

    hub = HubName.parse(name)
    if hub is None:
        raise BadInput(f"{name} is no repository of the Hub; name it owner/name")
    models, _ = _opened()
    bundle = models.pull(hub, label_set=label_set, languages=_languages(language))
    _tell(name, bundle)


@app.command()
def convert(
    folder: Annotated[Path, typer.Argument(help="A folder with config.json and weights.")],
    label_set: LabelSetName = None,
    language: Languages = None,
    out: Out = None,
) -> None:
    """Make a checkpoint's folder ready to serve, in the cache or in a folder of your own."""
    models, _ = _opened()
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder; maeum model pull gets models from the Hub")
    bundle = models.convert(folder, label_set=label_set, languages=_languages(language))
    _tell(str(out or folder), bundle.write(out) if out else bundle)


@app.command()
def info(
    name: Annotated[str | None, typer.Argument(metavar="MODEL", help="None: the one used.")] = None,
) -> None:
    """What a model is, what it is made of, and what was measured of it."""
    models, settings = _opened()
    bundle = models.bundle(name or settings.model)
    from classifier.card import card

    typer.echo(f"{name or settings.model}: {bundle.folder}")
    typer.echo(card(bundle).split("---\n", 2)[2])


@app.command("list")
def show() -> None:
    """The models ready to serve on this machine; * is the one used."""
    from classifier.names import as_folder

    models, settings = _opened()
    used = _used(models, settings)
    mark = "*" if used is None and settings.model == "default" else " "
    typer.echo(f"{mark} default: embedded")
    for entry in models.cache.entries():
        mark = "*" if entry.folder == used else " "
        names, size = ", ".join(entry.names), entry.size / 10**6
        typer.echo(f"{mark} {names}: {_summary(entry.folder)}, {size:.0f} MB")
    if used is None and settings.model != "default":  # a bundle's own folder, or not fetched yet
        folder = as_folder(settings.model)
        typer.echo(f"* {settings.model}: {_summary(folder) if folder else 'not on this machine'}")


@app.command()
def remove(name: Name) -> None:
    """Delete a model from the cache."""
    models, settings = _opened()
    if name == "default":
        raise BadInput("the embedded model stays: it came with the program, not into the cache")
    with models.cache.changing():
        entry = models.cache.entry(_as_kept(name))
        if entry.folder == _used(models, settings):
            raise BadInput(f"{name} is in use; choose another first, with maeum model use")
        size = entry.size
        models.cache.remove(entry)
    typer.echo(f"{name} is removed, {size / 10**6:.0f} MB are free again")


@app.command()
def use(name: Name, database: Database = None) -> None:
    """Serve a model from now on; a running bot takes it up within seconds, without a stop."""
    from bot.choice import ModelChoice
    from bot.cli.compose import load_model

    _, settings = _opened(database)
    name = _as_kept(name)
    model = load_model(name, settings)  # a broken one is refused here, before anybody serves it
    model.predict("오늘도 와 줘서 정말 고마워요. Thank you so much.")
    ModelChoice(settings.database).write(name)
    back = f"; back with: maeum model use {settings.model}" if settings.model != name else ""
    typer.echo(f"{name} is chosen, revision {model.revision}{back}")


@app.command()
def calibrate(
    name: Name,
    table: Annotated[Path, typer.Argument(help="csv, tsv or jsonl; rows it was not trained on.")],
    text: Annotated[str, typer.Option("--text", help="The column of the texts.")] = "text",
    label: Annotated[
        str, typer.Option("--label", help="The column of the labels, several with | between.")
    ] = "label",
    out: Out = None,
) -> None:
    """Fit temperature and thresholds to labelled texts, and measure what that reaches."""
    from bot.cli.labelled import read_labelled
    from classifier.refit import refitted

    models, _ = _opened()
    bundle = models.bundle(name)
    if name == "default" and out is None:
        raise BadInput("the embedded model stays as it is; say where the fitted one goes, --out")
    texts, gold = read_labelled(table, bundle.label_set, text=text, label=label)
    fitted = refitted(bundle, texts, gold, table.name).write(out or bundle.folder)
    for measure, value in fitted.metrics[table.name].items():
        typer.echo(f"{measure:14} {value:g}")
    _tell(str(out or name), fitted)
    typer.echo(f"A running bot takes it up with: maeum model use {out or name}")


def _opened(database: Path | None = None) -> "tuple[Models, Settings]":
    from bot.settings import load_settings
    from classifier.models import Models

    settings = load_settings(MAEUM_DATABASE=database)
    return Models(settings.cache), settings


def _as_kept(name: str) -> str:
    """`name`, a folder as its full path: a bot that runs elsewhere must find it."""
    from classifier.names import as_folder

    folder = as_folder(name)
    return str(folder.resolve()) if folder else name


def _languages(names: list[str] | None) -> "tuple[Language, ...]":
    from classifier.base import Language

    try:
        return tuple(dict.fromkeys(Language(name) for name in names or ()))
    except ValueError:
        raise BadInput(f"--language {' '.join(names or ())} is not known; give ko or en") from None


def _used(models: "Models", settings: "Settings") -> Path | None:
    """The cache's folder of the model that the settings name."""
    name = _as_kept(settings.model)
    return next((it.folder for it in models.cache.entries() if name in it.names), None)


def _tell(name: str, bundle: "ModelBundle") -> None:
    typer.echo(f"{name}: {_described(bundle)}, in {bundle.folder}")
    if not bundle.metrics:
        typer.echo(
            "Its scores are not fitted yet, so it is cautious;"
            f" fit them with: maeum model calibrate {name} TABLE"
        )


def _summary(folder: Path) -> str:
    from bot.errors import MaeumError
    from classifier.bundle import ModelBundle

    try:
        return _described(ModelBundle.read(folder))
    except MaeumError as error:
        return f"damaged ({error})"


def _described(bundle: "ModelBundle") -> str:
    fitted = "fitted" if bundle.metrics else "not fitted"
    languages = "+".join(bundle.languages)
    return f"revision {bundle.revision}, {bundle.label_set.name}, {languages}, {fitted}"
