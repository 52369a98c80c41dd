import random

from bot.trend import Trend, is_sure_difference, trend_of


def series(*values: float) -> list[tuple[float, float]]:
    """Values at equal steps from 0 to 1."""
    return [(place / len(values), value) for place, value in enumerate(values)]


def test_few_points_claim_nothing() -> None:
    """Four points, however steep, are no trend."""
    assert trend_of(series(-0.9, -0.3, 0.3, 0.9)) is None


def test_a_clear_direction_is_named() -> None:
    """A steady climb rises and its mirror falls."""
    climb = (-0.3, -0.2, -0.1, 0.1, 0.2, 0.3)
    assert trend_of(series(*climb)) is Trend.RISING
    assert trend_of(series(*reversed(climb))) is Trend.FALLING


def test_one_odd_point_does_not_turn_the_trend() -> None:
    """A single extreme step leaves a climb a climb and a flat series flat."""
    assert trend_of(series(-0.3, -0.2, -0.9, -0.1, 0.0, 0.1, 0.2, 0.3, 0.4)) is Trend.RISING
    assert trend_of(series(0, 0, 0, 0, 0, 0, 1)) is Trend.STEADY


def test_a_climb_too_small_to_feel_is_steady() -> None:
    """A perfect order over a tenth of what counts is not called a rise."""
    assert trend_of(series(0, 0.001, 0.002, 0.003, 0.004, 0.005, 0.006)) is Trend.STEADY


def test_chance_is_seldom_called_a_trend() -> None:
    """Of 400 series of pure noise, about one in twenty gets a direction, as the test promises."""
    luck = random.Random(7)
    found = [trend_of(series(*(luck.gauss(0, 0.3) for _ in range(14)))) for _ in range(400)]
    assert sum(trend is not Trend.STEADY for trend in found) <= 32


def test_shares_of_few_messages_never_differ_surely() -> None:
    """Three of ten against five of ten is chance; the same shares of thousands are not."""
    assert not is_sure_difference((3, 10), (5, 10), choices=7)
    assert is_sure_difference((300, 1000), (500, 1000), choices=7)


def test_all_against_all_is_no_difference() -> None:
    """Where both windows hold one emotion alone there is nothing to compare, nor to divide by."""
    assert not is_sure_difference((10, 10), (20, 20), choices=7)
