"""Files of a report: complete, escaped, free of network, the same every time."""

import csv
import io
import json
import re
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.report.page import render_page
from vibench.report.results import StudyResults
from vibench.report.write import summary_json, write_report

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)


@pytest.fixture(scope="module")
def study() -> StudyResults:
    """The synthetic study."""
    result: StudyResults = STUDY["build_study"]()
    return result


@pytest.fixture(scope="module")
def folder(study: StudyResults, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a written report."""
    page = write_report(study, tmp_path_factory.mktemp("output") / "new" / "folder")
    assert page.name == "report.html"
    return page.parent


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV table."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_all_files_are_there_and_no_temporary_ones(folder: Path) -> None:
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"report.html", "summary.json"} <= names
    assert {
        "tables/overview.csv",
        "tables/spectrum-scores.csv",
        "tables/errors.csv",
        "tables/errors-AIMD-700-K.csv",
        "tables/error-correlations.csv",
        "tables/harmonic-errors.csv",
        "tables/frequencies-ethanol.csv",
        "tables/inference.csv",
        "tables/costs.csv",
        "tables/tasks.csv",
        "tables/tasks.tex",
    } <= names
    assert {
        "spectra/methanol-GFN2-xTB-300-K.csv",
        "spectra/methanol-GFN2-xTB-300-K-repeat.csv",
        "spectra/methanol-PaiNN-harmonic.csv",
        "spectra/methanol-measured.csv",
    } <= names
    assert {
        "errors/AIMD-700-K.csv",
        "figures/errors-AIMD-700-K-methanol.svg",
        "figures/correlation-AIMD-700-K.svg",
        "figures/spectrum-methanol-300-K.svg",
        "figures/learning-PaiNN.svg",
        "figures/harmonic-errors.svg",
        "figures/harmonic-errors.pdf",
    } <= names
    assert not [name for name in names if Path(name).name.startswith(".")]


def test_output_is_the_same_every_time(study: StudyResults, folder: Path, tmp_path: Path) -> None:
    write_report(study, tmp_path)
    for path in (path for path in folder.rglob("*") if path.is_file()):
        assert path.read_bytes() == (tmp_path / path.relative_to(folder)).read_bytes(), path.name


def test_page_asks_for_nothing_outside_itself(folder: Path) -> None:
    page = SCRIPT.sub("", (folder / "report.html").read_text(encoding="utf-8"))
    assert not re.findall(r"""(?:src|href|action)\s*=\s*["'](?!#)""", page)
    assert not re.findall(r"@import|url\(", page)
    assert "default-src 'none'" in page


def test_names_cannot_break_the_page(study: StudyResults) -> None:
    evil = '</script><img src=x onerror="alert(1)">&'
    scores = tuple(replace(score, model=evil, estimand=evil) for score in study.scores[:3])
    spectra = tuple(replace(entry, molecule=evil, source=evil) for entry in study.spectra[:1])
    task = replace(study.tasks[0], outcome=evil, label=evil)
    page = render_page(
        StudyResults(
            title=evil,
            description=evil,
            settings=evil,
            spectra=spectra,
            scores=scores,
            tasks=(task,),
            warnings=(evil,),
            citations=(evil,),
            versions={evil: evil},
            hardware=evil,
        )
    )
    assert "<img" not in SCRIPT.sub("", page)
    assert page.count("</script>") == page.count("<script") == 3


def test_summary_has_the_agreed_shape(study: StudyResults, folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    assert set(summary) == {"schema", "study", "tasks", "scores", "protocols"}
    assert set(summary["tasks"][0]) == {"stage", "key", "status", "path"}
    assert list(summary["scores"][0]) == [
        *("name", "value", "low", "high", "unit", "n", "model", "molecule", "temperature_k"),
        *("reference", "dataset", "part", "width_cm1", "training_structures", "group"),
        "protocol",
    ]
    assert len(summary["scores"]) == len(study.scores)


def test_not_a_number_becomes_null(study: StudyResults) -> None:
    broken = replace(study.scores[0], value=float("nan"), high=float("inf"))
    summary = json.loads(summary_json(replace(study, scores=(broken,))))
    assert summary["scores"][0]["value"] is None
    assert summary["scores"][0]["high"] is None
    assert summary["scores"][0]["low"] == pytest.approx(broken.low)


def test_spectrum_file_returns_the_spectrum(study: StudyResults, folder: Path) -> None:
    entry = study.spectra[0]
    path = folder / "spectra" / "methanol-GFN2-xTB-300-K.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# ")
    assert "cm^-1" in lines[0]
    assert "km/mol per cm^-1" in lines[0]
    assert lines[1] == "wavenumber_cm1,intensity,standard_error"
    found = np.loadtxt(lines[2:], delimiter=",")
    error: Any = entry.spectrum.standard_error
    expected = np.column_stack([entry.spectrum.wavenumber_cm1, entry.spectrum.intensity, error])
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_spectrum_without_replicas_leaves_the_error_empty(folder: Path) -> None:
    lines = (folder / "spectra" / "methanol-measured.csv").read_text().splitlines()
    assert "width_cm1: unknown" in lines[0]
    assert lines[2].endswith(",")


def test_figures_are_well_formed_and_undated(folder: Path) -> None:
    for path in (folder / "figures").glob("*.svg"):
        text = path.read_text(encoding="utf-8")
        assert ET.fromstring(text).tag.endswith("svg")
        assert "<dc:date>" not in text


def test_every_drawing_comes_as_pdf_too(folder: Path) -> None:
    drawings = {path.stem for path in (folder / "figures").glob("*.svg")}
    prints = list((folder / "figures").glob("*.pdf"))
    assert {path.stem for path in prints} == drawings
    for path in prints:
        assert path.read_bytes().startswith(b"%PDF-")
        assert b"CreationDate" not in path.read_bytes()


def test_unwritable_folder_is_named(study: StudyResults, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")
    with pytest.raises(InputError, match=re.escape(str(occupied))):
        write_report(study, occupied)
    assert occupied.read_text() == "not a folder"


def test_an_empty_study_still_gives_a_report(tmp_path: Path) -> None:
    page = write_report(StudyResults(title="Empty", description="", settings=""), tmp_path)
    assert "no scores" in page.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "summary.json").read_text())["scores"] == []


def test_names_that_files_cannot_carry_stay_apart(study: StudyResults, tmp_path: Path) -> None:
    first, second = (
        replace(study.spectra[0], molecule=smiles) for smiles in ("C/C=C/O", "C/C=C\\O")
    )
    small = StudyResults(title="", description="", settings="", spectra=(first, second))
    write_report(small, tmp_path)
    assert len(list((tmp_path / "spectra").iterdir())) == 2
    assert len(list((tmp_path / "figures").glob("spectrum-*.svg"))) == 2


def test_importing_the_package_draws_nothing() -> None:
    code = (
        "import sys, vibench.report.write, vibench.report.summary\n"
        "print([m for m in ('torch', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tables_carry_values_with_intervals(folder: Path) -> None:
    first = rows(folder / "tables" / "errors.csv")[0]
    assert first["model"] == "PaiNN"
    assert float(first["force MAE (meV/Å)"]) == pytest.approx(14.2)
    assert float(first["force MAE low"]) == pytest.approx(0.93 * 14.2)
    assert first["force MAE n"] == "120"
