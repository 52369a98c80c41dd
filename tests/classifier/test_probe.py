"""The probe: broken models are told from working ones before they serve."""

import numpy as np
import pytest

from classifier.base import BundleError
from classifier.bundle import ModelBundle, default_bundle
from classifier.onnx import OnnxModel
from classifier.probe import TEXTS, TOLERANCE, answers, compare, sane


def test_the_embedded_model_passes() -> None:
    """Its answers to the probe's texts are sane, and they differ."""
    model = OnnxModel.open(ModelBundle.read(default_bundle()))
    logits = answers(model, "default")
    assert logits.shape == (len(TEXTS), 28)
    assert len(set(logits.argmax(axis=1))) >= 5


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused(value: float) -> None:
    """One NaN or infinity anywhere is told by the model's name."""
    logits = np.random.default_rng(1).normal(size=(3, 4))
    logits[1, 2] = value
    with pytest.raises(BundleError, match=r"some/model: .* not finite"):
        sane(logits, "some/model")


def test_answers_all_alike_are_refused() -> None:
    """A model that does not look at its text is no model."""
    with pytest.raises(BundleError, match=r"answers every text alike"):
        sane(np.tile([1.0, 2.0, 3.0], (4, 1)), "some/model")


def test_the_error_is_measured_against_the_spread() -> None:
    """The same absolute error is small beside sharp logits and large beside flat ones."""
    random = np.random.default_rng(2)
    exact, noise = random.normal(size=(12, 58)), 0.05 * random.normal(size=(12, 58))
    sharp, flat = compare(10 * exact + noise, 10 * exact), compare(exact / 2 + noise, exact / 2)
    assert sharp.agrees
    assert sharp.same == 1
    assert sharp.error == pytest.approx(0.005, rel=0.2)
    assert flat.error == pytest.approx(TOLERANCE, rel=0.2)
    assert not compare(-exact, exact).agrees
