"""Figures of errors on test sets: against time, and correlated between models."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from vibench.report.drawing import WIDTH_INCH, add_legend, colour_of
from vibench.report.error_sets import CorrelationMatrix, ErrorTrace
from vibench.report.formatting import unit_text
from vibench.report.palette import COLOURS, LINES, Style

_SCALE: Final = LinearSegmentedColormap.from_list(
    "correlation", [COLOURS[name][0] for name in ("series-2", "panel", "series-1")]
)

_DARK: Final = 0.6
"""Size of a correlation whose cell is so dark that its number is written in light colour."""


def trace_figure(traces: Sequence[ErrorTrace], styles: Mapping[str, Style]) -> Figure:
    """Draw the errors of all properties along one trajectory, one below the other."""
    figure = Figure(figsize=(WIDTH_INCH, 1.5 * len(traces) + 0.6), layout="constrained")
    rows = figure.subplots(len(traces), 1, sharex=True, squeeze=False).ravel()
    for axes, trace in zip(rows, traces, strict=True):
        for model, time, values in trace.curves:
            style = styles[model]
            colour = colour_of(style)
            axes.plot(time, values, color=colour, linestyle=LINES[style.dash], label=model)
        axes.set_ylabel(f"{trace.title.lower()}\n({unit_text(trace.unit)})")
        axes.set_ylim(bottom=0)
    rows[-1].set_xlabel("time (fs)")
    add_legend(figure, rows[0])
    return figure


def correlation_figure(matrices: Sequence[CorrelationMatrix]) -> Figure:
    """Draw the correlation of errors on one test set as heat maps, one per quantity."""
    count = max(len(matrix.models) for matrix in matrices)
    figure = Figure(figsize=(WIDTH_INCH, 1.2 + 0.45 * count), layout="constrained")
    columns = figure.subplots(1, len(matrices), squeeze=False).ravel()
    for axes, matrix in zip(columns, matrices, strict=True):
        axes.imshow(matrix.values, vmin=-1, vmax=1, cmap=_SCALE)
        places = np.arange(len(matrix.models))
        axes.set_xticks(places, matrix.models, rotation=30, ha="right")
        axes.set_yticks(places, matrix.models)
        axes.tick_params(length=0)
        for row, column in np.argwhere(np.isfinite(matrix.values)):
            value = matrix.values[row, column]
            colour = COLOURS["paper" if abs(value) > _DARK else "ink"][0]
            text = f"{value:.2f}".replace("-", "−")
            axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
        axes.set_title(matrix.quantity, fontsize=8)
        axes.spines[:].set_visible(False)
    return figure
