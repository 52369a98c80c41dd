"""Check that a model answers sanely before it serves, on sentences everybody can judge."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.base import BundleError

Logits = NDArray[np.floating]

# Of every group, in both languages, short and plain: any classifier of emotion tells them apart.
TEXTS = (
    "오늘 정말 행복해요!",
    "덕분에 살았어요, 고마워요.",
    "너무 화가 나서 참을 수가 없어.",
    "시험 때문에 불안하고 걱정돼요.",
    "친구가 떠나서 너무 슬프다.",
    "믿었던 사람에게 배신당해서 마음이 아파.",
    "아 진짜 당황스럽네 ㅋㅋㅋ",
    "회의는 세 시에 시작해요.",
    "I am so happy today!",
    "This makes me so angry, I hate it.",
    "I'm worried about tomorrow.",
    "The meeting is at three.",
)
# A tenth of the logits' own spread; int8 of real models lies at 0.02, of random ones at 0.04.
TOLERANCE = 0.1
_ALIKE = 1e-4  # logits of a working model differ between these texts by far more


class Answers(Protocol):
    """What the probe needs of a model: `OnnxModel` is one."""

    def logits(self, text: str) -> NDArray[np.float32]:
        """The raw outputs (labels,) for a raw text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far a served model is from the exact one, on the probe's texts."""

    error: float  # root mean square of the difference, as a share of the exact logits' spread
    same: float  # share of texts with the same top label

    @property
    def agrees(self) -> bool:
        """Whether the served model may stand for the exact one."""
        return self.error <= TOLERANCE


def answers(model: Answers, name: str) -> Logits:
    """The logits (texts, labels) of the probe's texts; BundleError when they cannot be right."""
    return sane(np.stack([model.logits(text) for text in TEXTS]), name)


def sane(logits: Logits, name: str) -> Logits:
    """`logits` (texts, labels) as they are; BundleError when they are broken or all the same."""
    if not np.isfinite(logits).all():
        raise BundleError(
            f"{name}: the model answers with values that are not finite numbers; its weights are"
            " damaged, get it again."
        )
    if logits.std(axis=0).max() < _ALIKE:
        raise BundleError(
            f"{name}: the model answers every text alike; it was not fine-tuned, or its weights"
            " are damaged."
        )
    return logits


def compare(served: Logits, exact: Logits) -> Comparison:
    """Both are (texts, labels)."""
    spread = (exact - exact.mean(axis=1, keepdims=True)).std()
    error = np.sqrt(np.mean((served - exact) ** 2)) / spread
    same = (served.argmax(axis=1) == exact.argmax(axis=1)).mean()
    return Comparison(error=float(error), same=float(same))
