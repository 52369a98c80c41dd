"""Colours, the same for a group in every chart, told apart by colour-blind readers too.

From the palette of Okabe and Ito (Color Universal Design, 2008). Its black is left out and its
yellow is too faint on white; neutral is a grey apart from every other colour in lightness.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from classifier.base import Group

_FEELINGS = {
    Group.JOY: "#E69F00",
    Group.SADNESS: "#0072B2",
    Group.ANGER: "#D55E00",
    Group.ANXIETY: "#009E73",
    Group.HURT: "#CC79A7",
    Group.EMBARRASSMENT: "#56B4E9",
}

# From the floor up: joy stands on it and the hard feelings hang from the ceiling, so that both
# can be compared along a straight edge.
STACKING = (
    Group.JOY,
    Group.NEUTRAL,
    Group.EMBARRASSMENT,
    Group.ANXIETY,
    Group.HURT,
    Group.SADNESS,
    Group.ANGER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one theme."""

    paper: str
    panel: str  # behind the data, so that a gap is seen as one
    ink: str
    muted: str
    rule: str
    count: str
    groups: Mapping[Group, str]


class Theme(StrEnum):
    """What the chart is shown on."""

    LIGHT = "light"
    DARK = "dark"

    @property
    def palette(self) -> Palette:
        """The theme's colours."""
        return _PALETTES[self]


_PALETTES = {
    Theme.LIGHT: Palette(
        paper="#FFFFFF",
        panel="#F5F6F8",
        ink="#1F2328",
        muted="#5F6670",
        rule="#DADDE2",
        count="#8A919C",
        groups={**_FEELINGS, Group.NEUTRAL: "#C9CCD3"},
    ),
    Theme.DARK: Palette(
        paper="#1E1F22",
        panel="#282A2E",
        ink="#F2F3F5",
        muted="#A9AFB8",
        rule="#3C3F45",
        count="#858B96",
        groups={**_FEELINGS, Group.NEUTRAL: "#5A5E66"},
    ),
}
