"""Writing a report: one page, and the same content as CSV, LaTeX, JSON, SVG and PDF."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from vibench.core.files import make_folder, write_bytes
from vibench.core.record import SCHEMA
from vibench.core.spectrum_csv import spectrum_csv
from vibench.core.structure_errors import StructureErrors, structure_errors_csv
from vibench.report.formatting import file_stem, temperature_text, unique_stems
from vibench.report.latex import latex_text
from vibench.report.protocols import protocol_of
from vibench.report.results import SpectrumEntry, StudyResults
from vibench.report.score_objects import score_object
from vibench.report.table import csv_text
from vibench.report.tables import build_tables


def write_report(results: StudyResults, folder: Path) -> Path:
    """Write ``report.html``, ``summary.json`` and the folders tables, spectra, errors and figures.

    Each file appears complete or not at all.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    InputError
        If *folder* cannot be written.
    """
    # The drawing libraries are slow to import, and who plans a study draws nothing.
    from vibench.report.figures import build_figures
    from vibench.report.page import render_page

    make_folder(folder)
    texts = {"summary.json": summary_json(results)}
    for table in build_tables(results):
        texts[f"tables/{table.name}.csv"] = csv_text(table)
        texts[f"tables/{table.name}.tex"] = latex_text(table)
    texts |= spectrum_files(results.spectra)
    texts |= error_files(results.structure_errors)
    contents = {name: text.encode() for name, text in texts.items()}
    contents |= {f"figures/{name}": figure for name, figure in build_figures(results).items()}
    contents["report.html"] = render_page(results).encode()
    for name, content in contents.items():
        write_bytes(make_folder((folder / name).parent) / Path(name).name, content)
    return folder / "report.html"


def summary_json(results: StudyResults) -> str:
    """Return tasks, scores and protocols as JSON, scores of single trainings last.

    What is not a finite number becomes null. A score that other studies may be compared with has
    the key of its protocol. Single trainings have none, as it is their mean that is compared.
    """
    members = [score for scores in results.member_scores.values() for score in scores]
    found = [protocol_of(score, results.protocols) for score in results.scores]
    keys = [None if one is None else one.key for one in found]
    others = (*results.curve_points, *members)
    summary = {
        "schema": SCHEMA,
        "study": results.title,
        "tasks": [
            {"stage": task.stage, "key": task.key, "status": task.status, "path": task.path}
            for task in results.tasks
        ],
        "scores": [
            *(
                score_object(one) | {"protocol": key}
                for one, key in zip(results.scores, keys, strict=True)
            ),
            *(score_object(one) | {"protocol": None} for one in others),
        ],
        "protocols": {one.key: asdict(one) for one in results.protocols},
    }
    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def spectrum_files(entries: Sequence[SpectrumEntry]) -> dict[str, str]:
    """Return the path and CSV text of each spectrum."""
    stems = unique_stems(
        file_stem(
            entry.molecule,
            entry.source,
            temperature_text(entry.temperature_k),
            "harmonic" if entry.kind == "harmonic" else "",
            "repeat" if entry.role == "reference repeat" else "",
        )
        for entry in entries
    )
    return {
        f"spectra/{stem}.csv": spectrum_csv(entry.spectrum)
        for stem, entry in zip(stems, entries, strict=True)
    }


def error_files(errors: Sequence[StructureErrors]) -> dict[str, str]:
    """Return the path and CSV text of the errors of all models, structure by structure."""
    names = list(dict.fromkeys(one.dataset for one in errors))
    stems = unique_stems(file_stem(name) for name in names)
    return {
        f"errors/{stem}.csv": structure_errors_csv([one for one in errors if one.dataset == name])
        for stem, name in zip(stems, names, strict=True)
    }
