"""The answers to the texts seen last, in memory only."""

import hashlib
from collections import OrderedDict

from classifier.base import Prediction
from classifier.request_queue import Key


def digest(text: str) -> bytes:
    """16 bytes that stand for `text`; lone surrogates, which chats do send, included."""
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


class PredictionCache:
    """The least recently used answers leave first; a `size` of 0 keeps none.

    The keys are digests, so the raw text with its mentions and links is not kept. A prediction
    does carry the text as the model saw it, for `why`: at most `size` of them are held, in this
    process's memory, and `clear` drops them.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known = OrderedDict[Key, Prediction]()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Key) -> Prediction | None:
        """The answer kept under `key`, now the most recently used."""
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def put(self, key: Key, prediction: Prediction) -> None:
        """Keep `prediction` under `key`."""
        self._known[key] = prediction
        self._known.move_to_end(key)
        if len(self._known) > self._size:
            self._known.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._known.clear()
