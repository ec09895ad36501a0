r"""Tables for papers: every sign prints as itself, intervals stand behind their value."""

import re
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from vibench.core.score import Score
from vibench.report.latex import escape, latex_cell, latex_text
from vibench.report.table import Column, Table
from vibench.report.tables import build_tables

STUDY = runpy.run_path(str(Path(__file__).with_name("synthetic_study.py")))
VALUE = Column("force MAE", "meV/Å")
EVIL = r"50% \end{table} a_b #1 $x$ {y} ~ ^ & <i> --x [*] `q'"


def score(value: float, low: float | None = None, high: float | None = None) -> Score:
    return Score(
        name="force MAE",
        value=value,
        unit="meV/Å",
        higher_is_better=False,
        n=9,
        low=low,
        high=high,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cm^-1", "cm$^{-1}$"),
        ("km/mol per cm⁻¹", "km/mol per cm$^{-1}$"),
        ("meV/Å", r"meV/\AA{}"),
        (r"a\b", r"a\textbackslash{}b"),
        ("50 % & #1_{x}", r"50 \% \& \#1\_\{x\}"),
        ("--x – y", "-{}-x -- y"),
        ("[1]*", "{[}1{]}{*}"),
        ("~^$", r"\textasciitilde{}\textasciicircum{}\$"),
        ("two\nlines", "two lines"),
    ],
)
def test_signs_print_as_themselves(text: str, expected: str) -> None:
    assert escape(text) == expected


def test_estimates_carry_the_ends_of_their_interval() -> None:
    assert latex_cell(score(14.2, 13.2, 15.3), VALUE) == "$14.2^{+1.1}_{-1.0}$"
    assert latex_cell(score(-3.0, -4.0, -2.5), VALUE).startswith("$-3")
    assert latex_cell(score(14.2), VALUE) == "$14.2$"
    assert latex_cell(score(float("nan")), VALUE) == "--"
    beside = latex_cell(score(20.0, 13.2, 15.3), VALUE)
    assert "[13.2, 15.3]" in beside


def test_tables_have_three_rules_and_equal_rows() -> None:
    for table in build_tables(STUDY["build_study"]()):
        text = latex_text(table)
        assert [text.count(rf"\{rule}rule") for rule in ("top", "mid", "bottom")] == [1, 1, 1]
        columns = len(table.columns)
        body = [line for line in text.splitlines() if line.endswith(r" \\")]
        assert len(body) == 1 + len(table.rows)
        assert {len(re.findall(r"(?<!\\)&", line)) for line in body} == {columns - 1}


def test_names_cannot_leave_their_cell() -> None:
    table = Table("evil", EVIL, EVIL, "spectra", (Column(EVIL),), ((EVIL,),))
    text = latex_text(table)
    assert text.count(r"\end{table}") == 1
    assert not re.search(r"(?<!\\)[%#]", text.removeprefix("% needs"))
    assert len(re.findall(r"(?<!\\)&", text)) == 0


def test_latex_takes_every_table(tmp_path: Path) -> None:
    latex = shutil.which("pdflatex")
    if latex is None:
        pytest.skip("no pdflatex on PATH")
    evil = Table("evil", EVIL, EVIL, "spectra", (Column(EVIL),), ((EVIL,),))
    tables = "".join(latex_text(one) for one in (*build_tables(STUDY["build_study"]()), evil))
    head = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "all.tex").write_text(head + tables + r"\end{document}", encoding="utf-8")
    command = [latex, "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
