"""The report as one HTML page that opens from disk without a network."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vibench.report import formatting, table
from vibench.report.explorer import NO_SPECTRA, Explorer, build_explorer
from vibench.report.heat_maps import build_heat_maps
from vibench.report.latex import latex_text
from vibench.report.molecules import comparison_table
from vibench.report.page_tables import is_folded, kept_in_view, on_page
from vibench.report.palette import COLOURS
from vibench.report.plots import (
    Plot,
    calibration_plots,
    efficiency_plots,
    error_plots,
    harmonic_plots,
    learning_plots,
)
from vibench.report.published_numbers import PUBLISHED_CITATIONS
from vibench.report.results import StudyResults
from vibench.report.summary import state_result
from vibench.report.table import Section, Table, csv_text
from vibench.report.tables import build_tables

_SECTIONS: Final[tuple[Section, ...]] = get_args(Section.__value__)

_SCRIPTS: Final = ("data", "plots", "spectra", "motion", "explorer", "tables", "page")
"""Parts of the page's script, in the order in which they run."""


def render_page(results: StudyResults) -> str:
    """Return the HTML of the report; styles, scripts, libraries and data are all inside it.

    The page forbids itself any network access by a content security policy.
    """
    tables = build_tables(results)
    shown = [on_page(one) for one in tables]
    explorer = build_explorer(results)
    plots = {
        "errors": error_plots(results),
        "calibration": calibration_plots(results),
        "harmonic": harmonic_plots(results),
        "learning": learning_plots(results),
        "further": learning_plots(results, further=True),
        "efficiency": efficiency_plots(results),
    }
    sentences = state_result(results)
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            results=results,
            lead=sentences[0],
            sentences=sentences[1:],
            tables={name: [t for t in shown if t.section == name] for name in _SECTIONS},
            published=PUBLISHED_CITATIONS,
            plots=plots,
            explorer=explorer,
            comparisons=_comparisons(explorer, results),
            heat_maps=build_heat_maps(results),
            payload=script_json(
                page_payload(tables, [p for group in plots.values() for p in group], explorer)
            ),
            colours=COLOURS,
            css=packaged("style.css"),
            script=page_script(),
            libraries=_libraries(explorer, drawn=any(plots.values())),
        )
    )


def _libraries(explorer: Explorer, *, drawn: bool) -> list[tuple[Markup, Markup]]:
    """Return licence and code of the libraries that the page needs."""
    names = [("plotly-LICENSE.txt", "plotly-cartesian.min.js")] if drawn or explorer.cases else []
    names += [("3Dmol-LICENSE.txt", "3Dmol-min.js")] if explorer.moves else []
    return [
        (packaged("vendor", licence), packaged("vendor", library)) for licence, library in names
    ]


def page_environment() -> Environment:
    """Return what makes pages from templates; whatever names they carry is escaped."""
    environment = Environment(
        loader=PackageLoader("vibench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unit"] = formatting.unit_text
    environment.filters["prose"] = formatting.prose_text
    environment.globals["cell_text"] = table.cell_text
    environment.globals["cell_interval"] = table.cell_interval
    environment.globals["cell_hint"] = table.cell_hint
    environment.globals["sort_key"] = table.sort_key
    environment.globals["is_folded"] = is_folded
    environment.globals["kept_in_view"] = kept_in_view
    return environment


def packaged(*path: str) -> Markup:
    """Return a file that lies beside this one in the package, which needs no escaping."""
    text = resources.files("vibench.report").joinpath(*path).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - a file of our own or of a library


def page_script() -> Markup:
    """Return the script of a page, which reads `page_payload`."""
    return Markup("\n").join(packaged("scripts", f"{name}.js") for name in _SCRIPTS)


def page_payload(
    tables: Sequence[Table], plots: Sequence[Plot] = (), explorer: Explorer = NO_SPECTRA
) -> dict[str, Any]:
    """Return the data that the script of a page reads."""
    return {
        "colours": {
            theme: {name: pair[place] for name, pair in COLOURS.items()}
            for place, theme in enumerate(("light", "dark"))
        },
        "plots": {plot.identifier: plot.data for plot in plots},
        "explorer": explorer.data,
        "files": {one.name: {"csv": csv_text(one), "tex": latex_text(one)} for one in tables},
    }


def script_json(payload: dict[str, Any]) -> Markup:
    """Return JSON that cannot end the script element it stands in, whatever names it carries."""
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _comparisons(explorer: Explorer, results: StudyResults) -> list[Table]:
    """Return the scores of the spectra of each case."""
    return [
        on_page(comparison_table(results, case.molecule, case.temperature_k))
        for case in explorer.cases
    ]
