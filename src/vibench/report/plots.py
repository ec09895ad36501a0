"""The interactive plots of the page, as plain data that its script draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vibench.core.molecules import Array
from vibench.core.reliability import Reliability
from vibench.report.efficiency import EfficiencyPanel, efficiency_panels
from vibench.report.error_sets import (
    CorrelationMatrix,
    ErrorTrace,
    correlation_matrices,
    error_traces,
)
from vibench.report.failed_modes import left_out
from vibench.report.formatting import temperature_text, unit_text
from vibench.report.frequencies import frequency_errors
from vibench.report.learning import LearningPanel, learning_panels
from vibench.report.packing import packed
from vibench.report.palette import SERIES, Style, assign_styles, style_data
from vibench.report.results import StudyResults, source_roles


@dataclass(frozen=True, slots=True)
class Plot:
    """One interactive plot: what the page says about it, and what its script draws."""

    identifier: str
    """Name in the page."""
    title: str
    """Heading."""
    description: str
    """What a reader who cannot see the plot should know."""
    data: Mapping[str, Any]
    """Data of the plot in JSON form."""


def learning_plots(results: StudyResults, *, further: bool = False) -> tuple[Plot, ...]:
    """Return one plot per model and topic of its training.

    Of a model trained with several seeds the first training counts, or with *further* the others.
    """
    shown: dict[str, str] = {}
    for curve in results.training:
        shown.setdefault(curve.member_of or curve.model, curve.model)
    chosen = [
        curve
        for curve in results.training
        if (shown[curve.member_of or curve.model] != curve.model) == further
    ]
    panels = [panel for curve in chosen for panel in learning_panels(curve)]
    name = "learning-further" if further else "learning"
    return tuple(_learning_plot(f"{name}-{i}", panel) for i, panel in enumerate(panels))


def calibration_plots(results: StudyResults) -> tuple[Plot, ...]:
    """Return, per property and data set, the errors of committees by predicted spread."""
    styles = assign_styles(source_roles(results))
    groups: dict[tuple[str, str], list[Reliability]] = {}
    for one in results.reliability:
        groups.setdefault((one.name, one.dataset), []).append(one)
    plots = []
    for place, ((name, dataset), members) in enumerate(groups.items()):
        unit = unit_text(members[0].unit)
        data = {
            "kind": "reliability",
            "x": f"predicted standard deviation ({unit})",
            "y": f"root mean square error ({unit})",
            "curves": [
                {
                    "label": one.model,
                    "group": one.model,
                    **style_data(styles[one.model]),
                    "x": packed(one.predicted),
                    "y": packed(one.error),
                    "low": packed(one.low),
                    "high": packed(one.high),
                }
                for one in members
            ],
        }
        title = f"Errors of {name} by spread, {dataset}"
        models = ", ".join(one.model for one in members)
        description = f"Root mean square error over predicted standard deviation of {models}."
        plots.append(Plot(f"calibration-{place}", title, description, data))
    return tuple(plots)


def harmonic_plots(results: StudyResults) -> tuple[Plot, ...]:
    """Return the plot of errors of harmonic frequencies, or nothing."""
    errors = frequency_errors(results.modes)
    styles = assign_styles(source_roles(results))
    if not errors:
        return ()
    curves = [
        {
            "label": one.model,
            "group": one.model,
            **style_data(styles[one.model]),
            "x": packed(one.frequencies_cm1),
            "y": packed(one.differences_cm1),
            "names": list(one.molecules),
        }
        for one in errors
    ]
    data = {
        "kind": "points",
        "x": "reference wavenumber (cm⁻¹)",
        "y": "model − reference (cm⁻¹)",
        "curves": curves,
    }
    worst = max(float(np.abs(one.differences_cm1).max()) for one in errors)
    description = (
        f"Model minus reference for each mode of each molecule; the largest deviation is "
        f"{worst:.1f} cm⁻¹. {left_out(results.modes)}"
    ).rstrip()
    title = "Deviation of harmonic frequencies"
    return (Plot("harmonic", title, description, data),)


def error_plots(results: StudyResults) -> tuple[Plot, ...]:
    """Return the plots of errors against time, and of their correlation between models."""
    styles = assign_styles(source_roles(results))
    traces = [_trace_plot(f"trace-{i}", t, styles) for i, t in enumerate(error_traces(results))]
    matrices = correlation_matrices(results.correlations)
    return (*traces, *(_matrix_plot(f"correlation-{i}", m) for i, m in enumerate(matrices)))


def _trace_plot(identifier: str, trace: ErrorTrace, styles: Mapping[str, Style]) -> Plot:
    longest = max(len(time) for _, time, _ in trace.curves)
    means = f", {longest} means over {trace.frames / longest:.3g} frames each"
    description = (
        f"Absolute {trace.title.lower()} of {trace.molecule} over {trace.frames} frames of the "
        f"reference's dynamics{means if longest < trace.frames else ''}."
    )
    data = {
        "kind": "series",
        "x": "time (fs)",
        "y": f"{trace.title.lower()} ({unit_text(trace.unit)})",
        "curves": [
            {
                "label": model,
                "group": model,
                **style_data(styles[model]),
                "x": packed(time),
                "y": packed(values),
            }
            for model, time, values in trace.curves
        ],
    }
    place = ", ".join((trace.dataset, trace.molecule, temperature_text(trace.temperature_k)))
    title = f"{trace.title} against time: {place}"
    return Plot(identifier, title, description, data)


def _matrix_plot(identifier: str, matrix: CorrelationMatrix) -> Plot:
    values = [[None if np.isnan(v) else round(float(v), 4) for v in row] for row in matrix.values]
    data = {"kind": "matrix", "x": "", "y": "", "names": list(matrix.models), "values": values}
    title = f"Correlation between models, {matrix.quantity}: {matrix.dataset}"
    pairs = [
        f"{one} and {matrix.models[place]} {matrix.values[row, place]:.2f}"
        for row, one in enumerate(matrix.models)
        for place in range(row)
    ]
    description = f"Pearson correlation of errors: {'; '.join(pairs)}."
    return Plot(identifier, title, description, data)


def efficiency_plots(results: StudyResults) -> tuple[Plot, ...]:
    """Return one plot per error: errors of all models against training structures."""
    styles = assign_styles(source_roles(results))
    return tuple(
        _efficiency_plot(f"efficiency-{place}", panel, styles)
        for place, panel in enumerate(efficiency_panels(results))
    )


def _efficiency_plot(identifier: str, panel: EfficiencyPanel, styles: Mapping[str, Style]) -> Plot:
    curves = [
        {
            "label": curve.model,
            "group": curve.model,
            **style_data(styles[curve.model]),
            "symbol": place,
            "x": packed(curve.structures),
            "y": packed(curve.errors),
        }
        for place, curve in enumerate(panel.curves)
    ]
    data = {
        "kind": "lines",
        "logarithmic": True,
        "x": "training structures",
        "y": f"{panel.error} ({unit_text(panel.unit)})",
        "curves": curves,
    }
    parts = [
        f"{curve.model} from {curve.errors[0]:.3g} to {curve.errors[-1]:.3g} {panel.unit}"
        for curve in panel.curves
    ]
    title = f"{panel.error[0].upper()}{panel.error[1:]} by training structures"
    return Plot(identifier, title, f"{title}: {', '.join(parts)}.", data)


def _learning_plot(identifier: str, panel: LearningPanel) -> Plot:
    unit = f" ({unit_text(panel.unit)})" if panel.unit else ""
    data = {
        "kind": "lines",
        "x": "epoch",
        "y": f"{panel.title.lower()}{unit}",
        "curves": _learning_curves(panel.epochs, panel.series),
    }
    title = f"{panel.model}: {panel.title.lower()}"
    description = f"{title} over {len(panel.epochs)} epochs."
    return Plot(identifier, title, description, data)


def _learning_curves(epochs: Array, series: Sequence[tuple[str, Array]]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "group": label,
            **style_data(Style(SERIES[place % len(SERIES)], "solid")),
            "x": packed(epochs),
            "y": packed(values),
        }
        for place, (label, values) in enumerate(series)
    ]
