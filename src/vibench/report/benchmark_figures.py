"""Figures of survival, of transfer to unseen molecules, and of error against cost."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, StrMethodFormatter

from vibench.core.molecules import Array
from vibench.core.score import Score
from vibench.report.drawing import WIDTH_INCH, add_legend, colour_of
from vibench.report.formatting import file_stem, temperature_text, unit_text
from vibench.report.fronts import Front, fronts
from vibench.report.palette import COLOURS, LINES, Style
from vibench.report.results import StudyResults
from vibench.report.scores import PEARSON, SPECTRUM_SCORES, WASSERSTEIN
from vibench.report.survival import Lasting, lasting
from vibench.report.transfer import TransferCase, transfer_cases


def benchmark_figures(
    results: StudyResults, styles: Mapping[str, Style]
) -> list[tuple[str, Figure]]:
    """Return file name stem and figure of survival, transfer and fronts, as far as there are."""
    found: list[tuple[str, Figure]] = []
    groups: dict[tuple[str, float | None], list[Lasting]] = {}
    for one in lasting(results):
        if one.model in styles:
            groups.setdefault((one.purpose, one.temperature_k), []).append(one)
    for (purpose, temperature_k), own in groups.items():
        if any(one.failed.any() for one in own):
            stem = file_stem("survival", purpose, temperature_text(temperature_k))
            found.append((stem, survival_figure(own, styles)))
    cases = transfer_cases(results)
    for place in dict.fromkeys((case.reference, case.temperature_k) for case in cases):
        chosen = [case for case in cases if (case.reference, case.temperature_k) == place]
        stem = file_stem("transfer", place[0], temperature_text(place[1]))
        found.append((stem, transfer_figure(chosen, styles)))
    own_fronts = fronts(results)
    if own_fronts:
        found.append(("error-against-cost", front_figure(own_fronts, styles)))
    return found


def survival_figure(groups: Sequence[Lasting], styles: Mapping[str, Style]) -> Figure:
    """Draw the share of trajectories that last, with 95 % intervals; crosses are cut off."""
    figure = Figure(figsize=(WIDTH_INCH, 2.8), layout="constrained")
    axes = figure.subplots()
    for one in groups:
        survival, style = one.survival, styles[one.model]
        colour = colour_of(style)
        end = float(one.duration_ps.max())
        time = np.append(survival.time, end)
        steps = [np.append(part, part[-1]) for part in (survival.probability, survival.low)]
        high = np.append(survival.high, survival.high[-1])
        axes.step(
            *(time, steps[0]),
            where="post",
            color=colour,
            linestyle=LINES[style.dash],
            label=one.model,
        )
        axes.fill_between(time, steps[1], high, step="post", color=colour, alpha=0.12, linewidth=0)
        censored = np.unique(one.duration_ps[~one.failed])
        place = np.searchsorted(survival.time, censored, side="right") - 1
        axes.plot(censored, survival.probability[place], "+", color=colour, markersize=5)
    axes.set_ylim(0, 1.03)
    axes.set_xlim(left=0)
    axes.set_xlabel("time (ps)")
    axes.set_ylabel("share of trajectories surviving")
    add_legend(figure, axes)
    return figure


def transfer_figure(cases: Sequence[TransferCase], styles: Mapping[str, Style]) -> Figure:
    """Draw correlation and distance by unseen molecule, small ones first; crosses: failed."""
    figure = Figure(figsize=(WIDTH_INCH, 4.6), layout="constrained")
    rows = figure.subplots(2, 1, sharex=True)
    molecules = list(dict.fromkeys(case.molecule for case in cases))
    models = list(dict.fromkeys(case.model for case in cases))
    for axes, name in zip(rows, (PEARSON, WASSERSTEIN), strict=True):
        for number, model in enumerate(models):
            shift = 0.5 * ((number + 0.5) / len(models) - 0.5)
            own = [case for case in cases if case.model == model]
            places = np.array([molecules.index(case.molecule) for case in own]) + shift
            _draw_model(axes, places, own, name, styles[model])
        axes.set_ylabel(f"{name}{' (cm⁻¹)' if name == WASSERSTEIN else ''}")
    names = [f"{molecule.name}\n{molecule.atoms} atoms" for molecule in molecules]
    rows[-1].set_xlim(-0.6, len(molecules) - 0.4)
    rows[-1].set_xticks(range(len(molecules)), names, rotation=30, ha="right")
    add_legend(figure, rows[0])
    return figure


def _draw_model(
    axes: Axes, places: Array, cases: Sequence[TransferCase], name: str, style: Style
) -> None:
    """Draw the scores of one model with their intervals; failures are crosses at the edge."""
    measure = SPECTRUM_SCORES.index(name)
    scores = [case.scores[measure] for case in cases]
    colour = colour_of(style)
    shown = [(x, s) for x, s in zip(places, scores, strict=True) if s is not None]
    axes.errorbar(
        [x for x, _ in shown],
        [score.value for _, score in shown],
        yerr=np.array([_arms(score) for _, score in shown]).reshape(-1, 2).T,
        color=colour,
        marker="o",
        markersize=4,
        markerfacecolor="none",
        linestyle=LINES[style.dash],
        linewidth=0.6,
        elinewidth=0.6,
        label=cases[0].model,
    )
    failed = [
        x
        for x, score, case in zip(places, scores, cases, strict=True)
        if score is None and case.failed is not None
    ]
    # Axes coordinates upwards: a failure has no value, so it stands at the lower edge.
    axes.plot(
        *(failed, np.full(len(failed), 0.03)),
        "x",
        color=colour,
        markersize=5,
        transform=axes.get_xaxis_transform(),
    )


def _arms(score: Score) -> tuple[float, float]:
    """Return how far the interval reaches below and above the value."""
    if score.low is None or score.high is None:
        return 0.0, 0.0
    return max(score.value - score.low, 0.0), max(score.high - score.value, 0.0)


def front_figure(found: Sequence[Front], styles: Mapping[str, Style]) -> Figure:
    """Draw errors against costs, errors by row; those on the front are filled and joined."""
    errors = list(dict.fromkeys(one.error for one in found))
    costs = list(dict.fromkeys(one.cost for one in found))
    size = (WIDTH_INCH, 0.6 + 2.0 * len(errors))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(errors), len(costs), squeeze=False)
    for axes in grid.ravel():
        axes.set_visible(False)
    for one in found:
        axes = grid[errors.index(one.error), costs.index(one.cost)]
        axes.set_visible(True)
        _draw_front(axes, one, styles)
    add_legend(figure, *grid.ravel())
    return figure


def _draw_front(axes: Axes, front: Front, styles: Mapping[str, Style]) -> None:
    for point in front.points:
        style = styles[point.model]
        colour = colour_of(style)
        axes.errorbar(
            *(point.cost.value, point.error.value),
            xerr=np.array([_arms(point.cost)]).T,
            yerr=np.array([_arms(point.error)]).T,
            color=colour,
            marker=style.marker,
            markersize=5,
            markerfacecolor="none" if point.beaten_by else colour,
            elinewidth=0.6,
            linestyle="none",
            label=point.model,
        )
    best = [point for point in front.points if not point.beaten_by]
    axes.plot(
        [point.cost.value for point in best],
        [point.error.value for point in best],
        color=COLOURS["muted"][0],
        linewidth=0.6,
        linestyle=":",
        zorder=0,
    )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.minorticks_off()
    first = front.points[0]
    unit = f" ({unit_text(first.error.unit)})" if first.error.unit else ""
    axes.set_xlabel(f"{front.cost} ({first.cost.unit})")
    axes.set_ylabel(f"{front.error}{unit}")
