"""Colours and line styles, the same on the page and in the figures.

Series colours follow M. Okabe and K. Ito (Color Universal Design, 2008), which stay apart for
colour-blind readers, darkened or lightened until each has a contrast of at least 3:1 on its ground.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vibench.core.reliability import committee_name
from vibench.report.results import Role

COLOURS: Final[Mapping[str, tuple[str, str]]] = {
    "paper": ("#fdfdfb", "#16181b"),
    "panel": ("#f4f4f0", "#1f2226"),
    "ink": ("#1c1e21", "#e9e8e3"),
    "muted": ("#5c6066", "#a3a7ad"),
    "rule": ("#deded8", "#363a40"),
    "accent": ("#0067a0", "#6bbdf0"),
    "caution": ("#9a4a00", "#f0a868"),
    "reference": ("#1c1e21", "#e9e8e3"),
    "measured": ("#83868b", "#8e9299"),
    "series-1": ("#0072b2", "#56b4e9"),
    "series-2": ("#d55e00", "#f08a4b"),
    "series-3": ("#00896a", "#2ec4a0"),
    "series-4": ("#b8588f", "#e39cc6"),
    "series-5": ("#8a6a00", "#e0c84a"),
}
"""Name → colour on light and on dark ground."""

DASHES: Final = ("solid", "dash", "dashdot")
"""Line styles that tell series apart once their colours come again."""

COMMITTEE_DASH: Final = "longdash"
"""Line style of committees, which have the colour of their model."""

LINES: Final[Mapping[str, Any]] = {
    "solid": "-",
    "dash": "--",
    "dashdot": "-.",
    "dot": ":",
    COMMITTEE_DASH: (0, (8, 3)),
}
"""Line style → the same in the signs of matplotlib."""

MARKERS: Final = {"solid": "osD^v", "dash": "Pd<>X", "dashdot": "ph*8H", COMMITTEE_DASH: "1234+"}
"""Line style → markers of the series in the signs of matplotlib, so that models stay apart without
colour."""

SERIES: Final = tuple(name for name in COLOURS if name.startswith("series-"))


@dataclass(frozen=True, slots=True)
class Style:
    """How one source is drawn everywhere."""

    colour: str
    """Key of `COLOURS`."""
    dash: str
    """Line style, in the words of plotly: solid, dash, dashdot, longdash, dot."""

    @property
    def marker(self) -> str:
        """Marker in the signs of matplotlib, the same in all figures."""
        if self.colour not in SERIES:
            return "x"
        return MARKERS[self.dash][SERIES.index(self.colour)]


def style_data(style: Style) -> dict[str, str]:
    """Return *style* in the form that the page's script reads."""
    return {"colour": style.colour, "dash": style.dash}


def assign_styles(roles: Mapping[str, Role]) -> dict[str, Style]:
    """Give each source its style: the first reference is ink, measurements are grey.

    Models follow the cycle of colours; a committee has the colour of its model.
    """
    committees = {committee_name(source): source for source in roles}
    styles: dict[str, Style] = {}
    series = 0
    for source, role in roles.items():
        if role == "measured":
            styles[source] = Style("measured", "solid")
        elif role != "model" and not any(s.colour == "reference" for s in styles.values()):
            styles[source] = Style("reference", "solid")
        elif source not in committees:
            cycle, place = divmod(series, len(SERIES))
            styles[source] = Style(SERIES[place], DASHES[cycle % len(DASHES)])
            series += 1
    for committee, model in committees.items():
        if committee in roles:
            styles[committee] = Style(styles[model].colour, COMMITTEE_DASH)
    return styles
