"""`pytest tests/training --with-extra`: the training extra must be there, or the run is red."""

from collections.abc import Generator
from typing import TypeVar

import pytest

NOT_SHIPPED = "lies beside the project"  # the one reason that holds with the extra, too

Report = TypeVar("Report", pytest.CollectReport, pytest.TestReport)


def pytest_addoption(parser: pytest.Parser) -> None:
    """For CI, where a test that is always skipped could not fail."""
    parser.addoption("--with-extra", action="store_true", help="fail what would be skipped")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that would be skipped."""
    return _insisted((yield), collector.config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that would be skipped."""
    return _insisted((yield), item.config)


def _insisted(report: Report, config: pytest.Config) -> Report:
    insists = config.getoption("--with-extra", default=False)
    if insists and report.skipped and NOT_SHIPPED not in str(report.longrepr):
        report.outcome = "failed"
    return report
