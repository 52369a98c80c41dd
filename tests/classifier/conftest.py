"""Shared fixtures of the classifier's tests."""

from collections.abc import Iterator

import pytest

from tests.classifier.stage import threads


@pytest.fixture
def no_worker_survives() -> Iterator[None]:
    """Whatever a test does, the service's worker threads end."""
    yield
    for thread in threads():
        thread.join(5)
    assert not threads()
