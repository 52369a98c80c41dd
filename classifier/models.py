"""Make any model ready to serve: the embedded one, a bundle, a checkpoint folder, a repository.

A checkpoint is converted once and kept in the cache; what is kept has been checked. A start on a
model that is kept asks no network, and imports neither the converter nor the Hub's library.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.base import BundleError, Language
from classifier.bundle import (
    MANIFEST,
    MODEL,
    TOKENIZER,
    ModelBundle,
    Origin,
    Source,
    default_bundle,
)
from classifier.files import replaced
from classifier.layout import CONFIG, PICKLE, SMALL, TOKENIZERS, WEIGHTS, fingerprint
from classifier.model_cache import ModelCache
from classifier.names import DEFAULT, HubName, as_folder
from classifier.onnx import OnnxModel
from classifier.probe import answers
from classifier.published import choose_label_set, languages_of, output_names

if TYPE_CHECKING:
    from classifier.hub import Listing

_BUNDLES = ("", "bundle/")  # where a repository may hold a bundle; training publishes the second
_LARGEST = 64 * 10**6  # bytes of a tokenizer or configuration
_ROOM = 2  # times the download: the files, and the bundle twice over while it is written


class Models:
    """The models that names mean on this machine; `root` is the folder of the cache."""

    def __init__(self, root: Path) -> None:
        self.cache = ModelCache(root)

    def bundle(self, name: str) -> ModelBundle:
        """The bundle that `name` means, made ready if it is not yet: what a start serves.

        Raises BundleError, one sentence, for whatever stands in the way.
        """
        if name == DEFAULT:
            return ModelBundle.read(default_bundle())
        if folder := as_folder(name):
            return self.convert(folder)
        hub = hub_name(name)
        kept = self.cache.find(hub)
        return ModelBundle.read(kept) if kept else self.pull(hub)

    def convert(
        self, folder: Path, *, label_set: str | None = None, languages: tuple[Language, ...] = ()
    ) -> ModelBundle:
        """The bundle of a folder: itself if it is one, else what its checkpoint converts to.

        The cache knows a checkpoint by its content; asking for a label set or languages has it
        converted anew.
        """
        if (folder / MANIFEST).is_file():
            return _as_asked(ModelBundle.read(folder), str(folder), label_set, languages)
        if not (folder / CONFIG).is_file():
            raise BundleError(
                f"{folder}: neither {MANIFEST} (a bundle) nor {CONFIG} (a checkpoint) is in it."
            )
        place = self.cache.of_folder(folder, fingerprint(folder))
        if place.is_dir() and not label_set and not languages:
            return ModelBundle.read(place)
        from classifier.checkpoint import make_bundle

        chosen = choose_label_set(output_names(folder), model=str(folder), asked=label_set)
        with self.cache.changing() as draft:
            make_bundle(
                folder,
                draft / "bundle",
                model=str(folder),
                label_set=chosen,
                languages=languages or languages_of(chosen),
                origin=_origin(folder.resolve().name, "unknown", "A folder of this machine."),
            ).write(place)
            self.cache.remember(str(folder.resolve()), place)
        return ModelBundle.read(place)

    def pull(
        self, name: HubName, *, label_set: str | None = None, languages: tuple[Language, ...] = ()
    ) -> ModelBundle:
        """The bundle of what the Hub holds under `name` now; fetched unless it is kept."""
        from classifier.hub import list_files

        listing = list_files(name)
        place = self.cache.of_hub(name, listing.commit)
        with self.cache.changing() as draft:
            if label_set or languages or not place.is_dir():
                with _called(name, draft):
                    self._fetched(listing, draft, label_set, languages).write(place)
            self.cache.remember(str(name), place)
        return ModelBundle.read(place)

    def checkpoint(self, name: str) -> Path:
        """The folder with the Hugging Face files of `name`, for TensorFlow to serve."""
        folder = as_folder(name)
        if name == DEFAULT or (folder and not (folder / CONFIG).is_file()):
            raise BundleError(
                f"{name} is a bundle, which TensorFlow cannot serve; name a folder with {CONFIG}"
                " and weights, or a repository of the Hub."
            )
        if folder:
            return folder
        hub = hub_name(name)
        kept = self.cache.find(hub)
        commit = kept.name.rpartition("@")[2] if kept else hub.ref
        place = self.cache.checkpoint_of(hub, commit)
        if not place.is_dir():
            from classifier.hub import fetch, list_files

            listing = list_files(HubName(repository=hub.repository, ref=commit))
            with self.cache.changing(), replaced(place) as draft:
                fetch(listing, (*_small_files(listing), _weights(listing)), draft)
                shutil.rmtree(draft / ".cache", ignore_errors=True)  # the library's own notes
        return place

    def _fetched(
        self,
        listing: "Listing",
        draft: Path,
        label_set: str | None,
        languages: tuple[Language, ...],
    ) -> ModelBundle:
        from classifier.hub import fetch

        for under in _BUNDLES:
            if f"{under}{MANIFEST}" in listing.files:
                bundle = self._ready_made(listing, draft, under)
                return _as_asked(bundle, str(listing.name), label_set, languages)
        # The small files first: what they tell may spare the download of the weights.
        fetch(listing, _small_files(listing), draft)
        name = listing.name
        chosen = choose_label_set(
            output_names(draft), model=str(name), asked=label_set, repository=name.repository
        )
        from classifier.checkpoint import make_bundle
        from classifier.weights import BertConfig

        BertConfig.read(draft)
        weights = _weights(listing)
        self._need_room(listing.files[weights].size * _ROOM)
        fetch(listing, [weights], draft)
        return make_bundle(
            draft,
            draft / "bundle",
            model=str(name),
            label_set=chosen,
            languages=languages or languages_of(chosen),
            origin=_origin(
                f"{name.repository}@{listing.commit}",
                listing.licence,
                f"https://huggingface.co/{name.repository}",
            ),
        )

    def _ready_made(self, listing: "Listing", draft: Path, under: str) -> ModelBundle:
        """The bundle that the repository holds already, opened and asked."""
        from classifier.hub import fetch

        wanted = [f"{under}{file}" for file in (MANIFEST, TOKENIZER, MODEL)]
        _require(listing, wanted)
        self._need_room(listing.size(wanted) * _ROOM)
        fetch(listing, wanted, draft)
        bundle = ModelBundle.read(draft / under)
        answers(OnnxModel.open(bundle), str(listing.name))
        return bundle

    def _need_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.cache.root).free
        if free < needed:
            raise BundleError(
                f"{self.cache.root}: {free // 10**6} MB are free, {needed // 10**6} MB are needed;"
                " free some space or set MAEUM_CACHE to another disk."
            )


def hub_name(name: str) -> HubName:
    """`name` as a repository of the Hub; BundleError when it cannot be one."""
    hub = HubName.parse(name)
    if hub is None:
        raise BundleError(
            f"{name} is no folder, and no repository of the Hub (owner/name, owner/name@revision);"
            f" choose one of these, or {DEFAULT}, with maeum model use."
        )
    return hub


def _as_asked(
    bundle: ModelBundle, model: str, label_set: str | None, languages: tuple[Language, ...]
) -> ModelBundle:
    """`bundle`, which says itself what it is; BundleError where something else was asked for."""
    labels = bundle.label_set.name
    if label_set not in (None, labels) or (languages and set(languages) != set(bundle.languages)):
        raise BundleError(
            f"{model}: it is a bundle, with the labels of {labels} in"
            f" {' and '.join(bundle.languages)}; leave --label-set and --language out."
        )
    return bundle


def _small_files(listing: "Listing") -> list[str]:
    _require(listing, [CONFIG])
    if not any(name in listing.files for name in TOKENIZERS):
        raise BundleError(
            f"{listing.name}: the repository has no {' and no '.join(TOKENIZERS)}; one of them is"
            " needed, ask its author to add the tokenizer."
        )
    found = [name for name in SMALL if name in listing.files]
    for name in found:
        if listing.files[name].size > _LARGEST:
            raise BundleError(
                f"{listing.name}: {name} has {listing.files[name].size // 10**6} MB, more than the"
                f" {_LARGEST // 10**6} MB that any real one has; it is not fetched."
            )
    return found


def _weights(listing: "Listing") -> str:
    for name in WEIGHTS:
        if name in listing.files:
            return name
    if PICKLE in listing.files:
        raise BundleError(
            f"{listing.name}: its weights are only in {PICKLE}, a pickle, which can run code and"
            f" is never opened; ask its author to save it with safe_serialization=True."
        )
    raise BundleError(f"{listing.name}: no weights, {' or '.join(WEIGHTS)} is needed.")


def _require(listing: "Listing", names: Sequence[str]) -> None:
    for name in names:
        if name not in listing.files:
            raise BundleError(f"{listing.name}: the repository has no {name}, which is needed.")


def _origin(name: str, licence: str, credit: str) -> Origin:
    return Origin(licence=licence, parents=(Source(name=name, licence=licence, credit=credit),))


@contextmanager
def _called(name: HubName, draft: Path) -> Iterator[None]:
    """Let errors about files of `draft` name the repository, for the draft will be gone."""
    try:
        yield
    except BundleError as error:
        raise BundleError(str(error).replace(str(draft), str(name))) from error
