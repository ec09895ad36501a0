"""The report as one HTML page that opens from disk without a network."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final, get_args

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from vibench.report import formatting, table
from vibench.report.molecules import comparison_table
from vibench.report.palette import COLOURS
from vibench.report.plots import (
    Plot,
    calibration_plots,
    efficiency_plots,
    error_plots,
    harmonic_plots,
    learning_plots,
    spectrum_plots,
)
from vibench.report.results import StudyResults
from vibench.report.summary import state_result
from vibench.report.table import Section, Table, csv_text
from vibench.report.tables import build_tables

_SECTIONS: Final[tuple[Section, ...]] = get_args(Section.__value__)


def render_page(results: StudyResults) -> str:
    """Return the HTML of the report; styles, scripts, plot library and data are all inside it.

    The page forbids itself any network access by a content security policy.
    """
    # Plotly takes a fifth of a second to import, which only writing a page should cost.
    from plotly.offline import get_plotlyjs

    tables = build_tables(results)
    plots = {
        "spectra": spectrum_plots(results),
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
            tables={name: [t for t in tables if t.section == name] for name in _SECTIONS},
            plots=plots,
            comparisons={plot.identifier: _comparison(plot, results) for plot in plots["spectra"]},
            payload=script_json(
                page_payload(tables, [p for group in plots.values() for p in group])
            ),
            colours=COLOURS,
            css=Markup(packaged("style.css")),  # noqa: S704 - our own file
            script=Markup(packaged("script.js")),  # noqa: S704 - our own file
            plotly=Markup(get_plotlyjs()),  # noqa: S704 - the library's own file
        )
    )


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
    environment.globals["cell_text"] = table.cell_text
    environment.globals["cell_interval"] = table.cell_interval
    environment.globals["cell_hint"] = table.cell_hint
    environment.globals["sort_key"] = table.sort_key
    return environment


def packaged(name: str) -> str:
    """Return the text of a file that lies beside this one in the package."""
    return resources.files("vibench.report").joinpath(name).read_text(encoding="utf-8")


def page_payload(tables: Sequence[Table], plots: Sequence[Plot]) -> dict[str, Any]:
    """Return the data that the script of a page reads."""
    return {
        "colours": {
            theme: {name: pair[place] for name, pair in COLOURS.items()}
            for place, theme in enumerate(("light", "dark"))
        },
        "plots": {plot.identifier: plot.data for plot in plots},
        "csv": {one.name: csv_text(one) for one in tables},
    }


def script_json(payload: dict[str, Any]) -> Markup:
    """Return JSON that cannot end the script element it stands in, whatever names it carries."""
    text = json.dumps(payload, separators=(",", ":"), sort_keys=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _comparison(plot: Plot, results: StudyResults) -> Table:
    return comparison_table(results, plot.molecule, plot.temperature_k)
