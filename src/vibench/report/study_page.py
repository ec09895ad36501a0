"""The comparison of several studies as files: one HTML page, tables, JSON."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vibench.core.files import make_folder, write_text
from vibench.core.record import SCHEMA
from vibench.report.latex import latex_text
from vibench.report.page import (
    packaged,
    page_environment,
    page_payload,
    page_script,
    script_json,
)
from vibench.report.page_tables import on_page
from vibench.report.palette import COLOURS
from vibench.report.score_objects import score_object
from vibench.report.studies import StudyComparison
from vibench.report.study_tables import study_tables
from vibench.report.table import csv_text


def write_study_comparison(comparison: StudyComparison, folder: Path) -> Path:
    """Write ``comparison.html``, ``comparison.json`` and the tables as CSV and LaTeX.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If *folder* cannot be written.
    """
    make_folder(folder)
    for table in study_tables(comparison):
        for kind, text in (("csv", csv_text(table)), ("tex", latex_text(table))):
            write_text(make_folder(folder / "tables") / f"{table.name}.{kind}", text)
    text = json.dumps(comparison_object(comparison), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / "comparison.json", text + "\n")
    page = folder / "comparison.html"
    write_text(page, render_comparison(comparison))
    return page


def comparison_object(comparison: StudyComparison) -> dict[str, Any]:
    """Return the comparison in JSON form; what is not a finite number becomes null."""
    protocols = {entry.protocol.key: entry.protocol for entry in comparison.entries}
    return {
        "schema": SCHEMA,
        "studies": list(comparison.studies),
        "scores": [
            {"study": entry.study} | score_object(entry.score) | {"protocol": entry.protocol.key}
            for entry in comparison.entries
        ],
        "not_compared": [asdict(one) for one in comparison.refusals],
        "protocols": {key: asdict(one) for key, one in protocols.items()},
    }


def render_comparison(comparison: StudyComparison) -> str:
    """Return the HTML of the comparison; it needs no network and no other file."""
    tables = study_tables(comparison)
    shown = [on_page(one) for one in tables]
    protocols = {entry.protocol.key: entry.protocol for entry in comparison.entries}
    texts = [
        (one, json.dumps(dict(one.settings), indent=1, ensure_ascii=False))
        for one in protocols.values()
    ]
    return (
        page_environment()
        .get_template("studies.html.j2")
        .render(
            title=f"{len(comparison.studies)} studies compared",
            tables=shown,
            protocols=texts,
            payload=script_json(page_payload(tables)),
            colours=COLOURS,
            css=packaged("style.css"),
            script=page_script(),
        )
    )
