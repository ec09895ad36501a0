r"""Tables as LaTeX for papers: booktabs rules, intervals as raised and lowered limits."""

import re
from typing import Final

from vibench.core.score import Score
from vibench.report.formatting import MISSING, is_finite, number_text, score_decimals, value_text
from vibench.report.table import Cell, Column, Table, cell_text

_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "Å": r"\AA{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": r"$-$",
    "–": "--",
    "—": "---",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\to$",
    "°": r"$^{\circ}$",
    "μ": r"$\mu$",
    "µ": r"$\mu$",
    "ω": r"$\omega$",
    "∂": r"$\partial$",
    "√": r"$\surd$",
    "[": "{[}",  # else an argument of \\ or of a rule at the start of a row
    "]": "{]}",
    "*": "{*}",
    "`": r"\textasciigrave{}",
    "\n": " ",
    "\r": " ",
}
_RAISED: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_TOKEN: Final = re.compile(r"\^(-?\d+)|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(-{2,})|(.)", re.DOTALL)


def latex_text(table: Table) -> str:
    r"""Return *table* as a LaTeX ``table`` that needs the package booktabs.

    Letters beyond ASCII stay as they are, which LaTeX reads as UTF-8.
    """
    alignment = "".join("r" if column.numeric else "l" for column in table.columns)
    rows = [" & ".join(map(latex_cell, row, table.columns)) + r" \\" for row in table.rows]
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{escape(table.title)}. {escape(table.caption)}}}",
        rf"\label{{tab:{re.sub('[^A-Za-z0-9-]+', '-', table.name)}}}",
        rf"\begin{{tabular}}{{{alignment}}}",
        r"\toprule",
        " & ".join(escape(column.heading) for column in table.columns) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def latex_cell(cell: Cell, column: Column) -> str:
    """Return *cell* as in the page: an estimate with the distances to the ends of its interval."""
    if not isinstance(cell, Score):
        text = cell_text(cell, column)
        if isinstance(cell, float) and text != MISSING:
            return f"${text.replace('−', '-')}$"
        return escape(text)
    value = value_text(cell)
    if value == MISSING:
        return escape(value)
    return f"${value}{_limits(cell)}$".replace("−", "-")


def _limits(score: Score) -> str:
    """Return the interval as distances from the value, or its ends where it lies beside it."""
    if score.low is None or score.high is None:
        return ""
    if not (is_finite(score.low) and is_finite(score.high)):
        return ""
    decimals = score_decimals(score)
    below = number_text(score.value - score.low, decimals)
    above = number_text(score.high - score.value, decimals)
    if score.low <= score.value <= score.high:
        return f"^{{+{above}}}_{{-{below}}}"
    ends = (number_text(end, decimals) for end in (score.low, score.high))
    return r"\;[{}, {}]".format(*ends)


def escape(text: str) -> str:
    r"""Return *text* such that LaTeX prints it: ``"cm^-1"`` becomes ``cm$^{-1}$``."""
    parts = []
    for exponent, raised, hyphens, letter in _TOKEN.findall(text):
        if exponent or raised:
            parts.append(f"$^{{{exponent or raised.translate(_RAISED)}}}$")
        elif hyphens:
            parts.append("{}".join(hyphens))  # else LaTeX makes a dash of them
        else:
            parts.append(_SPECIAL.get(letter, letter))
    return "".join(parts)
