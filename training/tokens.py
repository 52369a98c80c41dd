"""Texts as token ids, and batches of them: grouped by length, in an order the seed decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Ids = NDArray[np.int32]
Rows = NDArray[np.intp]

_ROUND = 4  # lengths are padded up to a multiple: fewer shapes for the runtime to prepare
_POOL = 64  # batches sorted by length together; all of them would put alike rows side by side
_CHUNK = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The token ids of all texts end to end; text i is ids[starts[i] : starts[i + 1]]."""

    ids: Ids
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of tokens of each text."""
        return np.diff(self.starts)

    def padded(self, rows: Rows, pad: int, length: int | None = None) -> Ids:
        """The texts at `rows` as (rows, length), by default as long as the longest asks for."""
        lengths = self.lengths[rows]
        width = length or -(-int(lengths.max(initial=1)) // _ROUND) * _ROUND
        batch = np.full((len(rows), width), pad, np.int32)
        for place, row in enumerate(rows):
            batch[place, : lengths[place]] = self.ids[self.starts[row] : self.starts[row + 1]]
        return batch


def tokenise(texts: Sequence[str], tokenizer: Tokenizer, max_length: int) -> Tokens:
    """The ids of `texts`, special tokens included, cut to `max_length`."""
    tokenizer.enable_truncation(max_length)
    tokenizer.no_padding()
    parts: list[Ids] = []
    for start in range(0, len(texts), _CHUNK):
        for encoding in tokenizer.encode_batch(list(texts[start : start + _CHUNK])):
            parts.append(np.array(encoding.ids, np.int32))
    starts = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=starts[1:])
    return Tokens(ids=np.concatenate(parts), starts=starts)


def epoch_batches(
    lengths: NDArray[np.int64], batch: int, *, by_length: bool, seed: int, epoch: int
) -> list[Rows]:
    """All rows in batches for one epoch: the same for the same seed and epoch."""
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(lengths))
    if not by_length:
        return [order[start : start + batch] for start in range(0, len(order), batch)]
    batches: list[Rows] = []
    pool = batch * _POOL
    for start in range(0, len(order), pool):
        alike = order[start : start + pool]
        alike = alike[np.argsort(lengths[alike], kind="stable")]
        batches += [alike[at : at + batch] for at in range(0, len(alike), batch)]
    return [batches[place] for place in random.permutation(len(batches))]


def batches_by_length(lengths: NDArray[np.int64], batch: int) -> Iterator[Rows]:
    """All rows in batches, shortest first, for scoring."""
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), batch):
        yield order[start : start + batch]
