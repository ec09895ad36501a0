"""Hostile names: files stay in their folder, pages and tables remain what they are."""

import csv
import io
import json
import re
import runpy
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from vibench.core.files import is_plain_name
from vibench.report.formatting import file_stem, unique_stems
from vibench.report.page import page_payload, script_json
from vibench.report.results import StudyResults
from vibench.report.table import Table, csv_text, text_column
from vibench.report.write import write_report

STUDY = runpy.run_path(str(Path(__file__).parent / "synthetic_study.py"))
NAMES = (
    "../../x",
    "..",
    "/etc/passwd",
    "a\0b",
    "x" * 3000,
    "CON",
    "nul.txt",
    "\u0430\u0432\u0441",  # looks like Latin letters
    "\u202egnp.exe",
    "two\nlines",
    "C:\\x",
    "~root",
    "$HOME",
    '</script><script>alert(1)</script>"\u2028',
    "=HYPERLINK(1)",
    "<svg onload=alert(1)>",
)


@pytest.mark.parametrize("name", NAMES)
def test_stems_are_names_of_one_file(name):
    stem = file_stem(name)
    assert is_plain_name(f"{stem}.csv")
    assert is_plain_name(stem)
    assert len(set(unique_stems([stem, stem.upper(), stem]))) == 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A report in which molecules, models and test sets have hostile names."""
    study: StudyResults = STUDY["build_study"]()
    molecules, models = {}, {}

    def molecule(name):
        return molecules.setdefault(name, NAMES[len(molecules) % len(NAMES)]) if name else name

    def model(name):
        return models.setdefault(name, f"{NAMES[-1 - len(models) % len(NAMES)]}") if name else name

    hostile = replace(
        study,
        title=NAMES[13],
        scores=tuple(
            replace(one, model=model(one.model), molecule=molecule(one.molecule))
            for one in study.scores
        ),
        spectra=tuple(
            replace(one, source=model(one.source), molecule=molecule(one.molecule))
            for one in study.spectra
        ),
        training=tuple(replace(one, model=model(one.model)) for one in study.training),
        structure_errors=tuple(
            replace(one, model=model(one.model), dataset=NAMES[0]) for one in study.structure_errors
        ),
    )
    place = tmp_path_factory.mktemp("outer") / "middle" / "report"
    write_report(hostile, place)
    return place


def test_nothing_is_written_outside_the_folder(folder):
    outer = folder.parent.parent
    assert {path.name for path in outer.iterdir()} == {"middle"}
    assert {path.name for path in folder.parent.iterdir()} == {"report"}
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        assert all(map(is_plain_name, path.relative_to(folder).parts))


def test_no_name_becomes_part_of_the_page(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    outside = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "<svg onload" not in outside
    assert "alert(1)</script>" not in page
    assert page.count("</script>") == page.count("<script")
    payload = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert not re.search("[<>&\u2028\u2029]", payload)
    assert json.loads(payload)["files"]


def test_drawings_are_well_formed(folder):
    drawings = list((folder / "figures").glob("*.svg"))
    assert drawings
    for path in drawings:
        root = ET.fromstring(path.read_text(encoding="utf-8"))  # our own
        assert not [one for one in root.iter() if one.tag.endswith("script")]


def test_no_cell_of_a_table_is_a_formula(folder):
    for path in (folder / "tables").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        for cell in cells:
            assert not re.match(r"[=@\t\r]|[+-](?![0-9.])", cell), (path.name, cell)


def test_text_that_would_be_a_formula_is_quoted_and_numbers_are_not():
    texts = ("=1+1", "@x", "+x", "-x", "\tx", "-1.5", "+2e-3", "x=1", "")
    table = Table("t", "t", "t", "tasks", (text_column("a"),), tuple((text,) for text in texts))
    rows = [row[0] for row in csv.reader(io.StringIO(csv_text(table)))]
    assert rows == ["a", "'=1+1", "'@x", "'+x", "'-x", "'\tx", "-1.5", "+2e-3", "x=1", ""]


def test_json_cannot_end_its_script():
    text = str(script_json(page_payload(()) | {"x": '</script><!--\u2028\u2029&"'}))
    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text)["x"] == '</script><!--\u2028\u2029&"'
