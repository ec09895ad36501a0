"""Figures in publication style, as SVG and PDF that are the same byte for byte every time."""

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, StrMethodFormatter

from vibench.core.reliability import Reliability
from vibench.report.benchmark_figures import benchmark_figures
from vibench.report.drawing import WIDTH_INCH, add_legend, colour_of
from vibench.report.efficiency import EfficiencyPanel, efficiency_panels
from vibench.report.error_figures import correlation_figure, trace_figure
from vibench.report.error_sets import ErrorTrace, correlation_matrices, error_traces
from vibench.report.failed_modes import model_failures
from vibench.report.formatting import file_stem, temperature_text, unique_stems, unit_text
from vibench.report.frequencies import FrequencyErrors, frequency_errors
from vibench.report.learning import LearningPanel, learning_panels
from vibench.report.overlays import Overlay, Sticks, build_overlays
from vibench.report.palette import COLOURS, LINES, SERIES, Style, assign_styles
from vibench.report.results import StudyResults, source_roles

_STYLE: Final[dict[Any, Any]] = {
    "svg.hashsalt": "vibench",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # fonts whole, so that journals and editors can change text
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.labelsize": 8,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
    "lines.linewidth": 1.0,
}
_VIEW_CM1: Final = (4000.0, 500.0)


def build_figures(results: StudyResults) -> dict[str, bytes]:
    """Return file name → content of every figure the results allow, as SVG and as PDF."""
    titled: list[tuple[str, Figure]] = []
    with mpl.rc_context(_STYLE):
        for overlay in (overlay for overlay in build_overlays(results) if overlay.curves):
            temperature = temperature_text(overlay.temperature_k)
            stem = file_stem("spectrum", overlay.molecule, temperature)
            titled.append((stem, spectrum_figure(overlay)))
        for curve in results.training:
            panels = learning_panels(curve)
            if panels:
                titled.append((file_stem("learning", curve.model), learning_figure(panels)))
        styles = assign_styles(source_roles(results))
        for dataset in dict.fromkeys(one.dataset for one in results.reliability):
            chosen = [one for one in results.reliability if one.dataset == dataset]
            titled.append((file_stem("calibration", dataset), calibration_figure(chosen, styles)))
        efficiency = efficiency_panels(results)
        if efficiency:
            titled.append(("learning-curves", efficiency_figure(efficiency, styles)))
        errors = frequency_errors(results.modes)
        if errors:
            lost = len(model_failures(results.modes))
            titled.append(("harmonic-errors", harmonic_figure(errors, styles, lost)))
        titled += _error_figures(results)
        titled += benchmark_figures(results, styles)
        stems = unique_stems(stem for stem, _ in titled)
        contents: dict[str, bytes] = {}
        for stem, (_, figure) in zip(stems, titled, strict=True):
            contents |= _files(figure, stem)
        return contents


def _error_figures(results: StudyResults) -> list[tuple[str, Figure]]:
    """Return the figures of test sets: errors against time, and their correlations."""
    styles = assign_styles(source_roles(results))
    found: list[tuple[str, Figure]] = []
    groups: dict[tuple[str, str], list[ErrorTrace]] = {}
    for trace in error_traces(results):
        groups.setdefault((trace.dataset, trace.molecule), []).append(trace)
    for about, traces in groups.items():
        found.append((file_stem("errors", *about), trace_figure(traces, styles)))
    matrices = correlation_matrices(results.correlations)
    for dataset in dict.fromkeys(matrix.dataset for matrix in matrices):
        own = [matrix for matrix in matrices if matrix.dataset == dataset]
        found.append((file_stem("correlation", dataset), correlation_figure(own)))
    return found


def spectrum_figure(overlay: Overlay) -> Figure:
    """Draw spectra with ± one standard error, and harmonic lines in a strip below."""
    lanes = len(overlay.sticks)
    strip = 0.22 * lanes + 0.1
    figure = Figure(figsize=(WIDTH_INCH, 2.9 + strip), layout="constrained")
    if lanes:
        bands, lines = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": [2.6, strip]}
        )
        _draw_sticks(lines, overlay.sticks)
        bands.tick_params(labelbottom=False)
    else:
        lines = bands = figure.subplots()
    for curve in (curve for curve in overlay.curves if curve.primary):
        colour = colour_of(curve.style)
        x = curve.wavenumber_cm1
        shown = (x >= _VIEW_CM1[1]) & (x <= _VIEW_CM1[0])
        x, y = x[shown], curve.intensity[shown]
        bands.plot(x, y, color=colour, linestyle=LINES[curve.style.dash], label=curve.label)
        if curve.standard_error is not None:
            error = curve.standard_error[shown]
            bands.fill_between(x, y - error, y + error, color=colour, alpha=0.2, linewidth=0)
    bands.set_ylabel(f"intensity ({unit_text(overlay.unit)})")
    bands.axhline(0, color=COLOURS["rule"][0], linewidth=0.6, zorder=0)
    lines.set_xlabel("wavenumber (cm⁻¹)")
    lines.set_xlim(*_VIEW_CM1)
    add_legend(figure, bands)
    return figure


def _draw_sticks(axes: Axes, sticks: tuple[Sticks, ...]) -> None:
    for lane, one in enumerate(reversed(sticks)):
        heights = 0.85 * one.heights
        colour = colour_of(one.style)
        axes.vlines(one.frequencies_cm1, lane, lane + heights, color=colour, linewidth=1.2)
        axes.axhline(lane, color=COLOURS["rule"][0], linewidth=0.6, zorder=0)
    names = [one.group for one in reversed(sticks)]
    axes.set_yticks(np.arange(len(sticks)) + 0.3, names)
    axes.tick_params(axis="y", length=0, labelsize=7)
    axes.set_ylim(0, len(sticks))
    axes.spines["left"].set_visible(False)


def learning_figure(panels: tuple[LearningPanel, ...]) -> Figure:
    """Draw one plot per topic of a model's training, errors on logarithmic axes."""
    columns = min(len(panels), 2)
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(WIDTH_INCH, 2.3 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=False):
        for place, (label, values) in enumerate(panel.series):
            colour = COLOURS[SERIES[place % len(SERIES)]][0]
            axes.plot(panel.epochs, values, color=colour, label=label)
        if all(np.any(values > 0) for _, values in panel.series):
            axes.set_yscale("log")
        axes.set_xlabel("epoch")
        unit = f" ({unit_text(panel.unit)})" if panel.unit else ""
        axes.set_ylabel(f"{panel.title.lower()}{unit}")
        axes.legend(fontsize=7)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    return figure


def efficiency_figure(panels: tuple[EfficiencyPanel, ...], styles: Mapping[str, Style]) -> Figure:
    """Draw errors against numbers of training structures, both on logarithmic axes."""
    figure = Figure(figsize=(WIDTH_INCH, 2.6), layout="constrained")
    grid = figure.subplots(1, len(panels), squeeze=False).ravel()
    for axes, panel in zip(grid, panels, strict=True):
        for curve in panel.curves:
            axes.loglog(
                curve.structures,
                curve.errors,
                marker=styles[curve.model].marker,
                markersize=4,
                markerfacecolor="none",
                color=colour_of(styles[curve.model]),
                linestyle=LINES[styles[curve.model].dash],
                label=curve.model,
            )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.minorticks_off()
        axes.set_xlabel("training structures")
        axes.set_ylabel(f"{panel.error} ({unit_text(panel.unit)})")
    add_legend(figure, grid[0])
    return figure


def harmonic_figure(
    errors: tuple[FrequencyErrors, ...], styles: Mapping[str, Style], lost: int = 0
) -> Figure:
    """Draw the deviation of each harmonic frequency from the reference.

    Parameters
    ----------
    errors, styles
        What to draw.
    lost
        Number of relaxations that failed and are left out, which the figure says.
    """
    figure = Figure(figsize=(WIDTH_INCH, 2.8), layout="constrained")
    axes = figure.subplots()
    for one in errors:
        axes.plot(
            one.frequencies_cm1,
            one.differences_cm1,
            linestyle="none",
            marker=styles[one.model].marker,
            markersize=4,
            markerfacecolor="none",
            color=colour_of(styles[one.model]),
            label=one.model,
        )
    axes.axhline(0, color=COLOURS["muted"][0], linewidth=0.6, zorder=0)
    note = f"; {lost} failed {'relaxation' if lost == 1 else 'relaxations'} left out"
    axes.set_xlabel(f"reference wavenumber (cm⁻¹){note if lost else ''}")
    axes.set_ylabel("model − reference (cm⁻¹)")
    axes.invert_xaxis()
    add_legend(figure, axes)
    return figure


def calibration_figure(curves: Sequence[Reliability], styles: Mapping[str, Style]) -> Figure:
    """Draw the errors of committees by predicted standard deviation, one plot per property."""
    names = list(dict.fromkeys(one.name for one in curves))
    figure = Figure(figsize=(WIDTH_INCH, 2.6), layout="constrained")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        own = [one for one in curves if one.name == name]
        for one in own:
            axes.errorbar(
                one.predicted,
                one.error,
                yerr=np.nan_to_num(np.abs([one.error - one.low, one.high - one.error])),
                color=colour_of(styles[one.model]),
                marker=styles[one.model].marker,
                markersize=4,
                markerfacecolor="none",
                elinewidth=0.6,
                label=one.model,
            )
        values = np.concatenate([part for one in own for part in (one.predicted, one.error)])
        ends = [values[values > 0].min(), values.max()]
        axes.plot(ends, ends, color=COLOURS["muted"][0], linewidth=0.6, linestyle=":", zorder=0)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_title(name, fontsize=8)
        axes.set_xlabel(f"predicted spread ({unit_text(own[0].unit)})")
        axes.set_ylabel(f"rms error ({unit_text(own[0].unit)})")
    add_legend(figure, figure.axes[0])
    return figure


def _files(figure: Figure, stem: str) -> dict[str, bytes]:
    """Return the SVG and the PDF of *figure*, without dates; it is arranged once for both."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    contents = {}
    for kind, undated in (("svg", {"Date": None}), ("pdf", {"CreationDate": None})):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, metadata={**undated, "Title": stem})
        contents[f"{stem}.{kind}"] = buffer.getvalue()
    return contents
