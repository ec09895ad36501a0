"""Colours and line styles, the same on the page and in the figures.

Series colours follow M. Okabe and K. Ito (Color Universal Design, 2008), which stay apart for
colour-blind readers, darkened or lightened until each has a contrast of at least 3:1 on its ground.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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

LINES: Final = {"solid": "-", "dash": "--", "dashdot": "-.", "dot": ":"}
"""Line style → the same in the signs of matplotlib."""

MARKERS: Final = {"solid": "osD^v", "dash": "Pd<>X", "dashdot": "ph*8H"}
"""Line style → markers of the series in the signs of matplotlib, so that models stay apart without
colour."""

SERIES: Final = tuple(name for name in COLOURS if name.startswith("series-"))


@dataclass(frozen=True, slots=True)
class Style:
    """How one source is drawn everywhere."""

    colour: str
    """Key of `COLOURS`."""
    dash: str
    """Line style, in the words of plotly: solid, dash, dashdot, dot."""

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
    """Give each source its style: the first reference is ink, measurements are grey."""
    styles: dict[str, Style] = {}
    series = 0
    for source, role in roles.items():
        if role == "measured":
            styles[source] = Style("measured", "solid")
        elif role != "model" and not any(s.colour == "reference" for s in styles.values()):
            styles[source] = Style("reference", "solid")
        else:
            cycle, place = divmod(series, len(SERIES))
            styles[source] = Style(SERIES[place], DASHES[cycle % len(DASHES)])
            series += 1
    return styles
