"""What all figures in publication style share: their width, colours and legend."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vibench.report.palette import COLOURS, Style

WIDTH_INCH: Final = 6.3
"""Width of the text block of a two-column journal page."""
_MOST_COLUMNS: Final = 4


def colour_of(style: Style) -> str:
    """Return the colour of a source on light ground."""
    return COLOURS[style.colour][0]


def add_legend(figure: Figure, *axes: Axes) -> None:
    """Name above the plots, once, everything that any of *axes* shows."""
    shown = {
        label: handle
        for one in axes
        for handle, label in zip(*one.get_legend_handles_labels(), strict=True)
    }
    if shown:
        figure.legend(
            shown.values(),
            shown.keys(),
            loc="outside upper left",
            ncols=min(len(shown), _MOST_COLUMNS),
        )
