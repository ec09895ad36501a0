"""Reader of JCAMP-DX files."""

import contextlib
import io
import math
import re
from pathlib import Path
from typing import Any, Final

import jcamp
import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.reading import parse_number, read_text
from vibench.experiment.conditions import read_conditions
from vibench.experiment.jcamp_lines import check_lines
from vibench.experiment.table import Table

NEEDED: Final = ("XUNITS", "YUNITS", "FIRSTX", "LASTX", "NPOINTS")
"""Labels without which the data cannot be placed on an axis."""
FORMS: Final = {"(X++(Y..Y))", "(XY..XY)"}
"""Forms of data that are read."""


def read_jcamp(path: Path) -> Table:
    """Read one infrared spectrum from a JCAMP-DX file.

    The numbers are decoded by the `jcamp` package. Its result is used only if the file says in
    full what it holds and the numbers agree with what it says.

    Raises
    ------
    InputError
        If the file cannot be read, is cut short, lacks a label, holds no or several spectra or
        another kind of spectrum, or if its numbers disagree with its labels.
    """
    text = read_text(path, errors="replace")
    labels = _labels(path, text)
    expected = int(_number(path, labels, "NPOINTS"))
    suspicions = check_lines(
        path,
        text,
        first=_number(path, labels, "FIRSTX"),
        last=_number(path, labels, "LASTX"),
        points=expected,
        factor=_number(path, labels, "XFACTOR") if labels.get("XFACTOR") else 1.0,
    )
    content, complaints = _decode(path)
    x, y = _columns(path, content)
    if len(x) != len(y) or len(y) != expected:
        raise InputError(
            f"{path}: NPOINTS is {expected}, but {len(y)} points were found; the data end in line "
            f"{_last_line(text)}"
        )
    if complaints:
        raise InputError(f"{path}: lines of data are missing or damaged: {complaints[0]}")
    width = re.match(r"\s*([0-9]*\.?[0-9]+)", labels.get("RESOLUTION", ""))
    conditions, remarks = read_conditions(labels)
    return Table(
        x=x,
        y=y,
        abscissa=labels["XUNITS"],
        ordinate=labels["YUNITS"],
        width=float(width[1]) if width else math.nan,
        title=labels.get("TITLE", path.stem),
        notices=(*_header_notices(path, labels, x, y), *suspicions, *remarks),
        conditions=conditions,
    )


def _labels(path: Path, text: str) -> dict[str, str]:
    found = re.findall(r"^##([^=\n]*)=(.*)$", text, flags=re.MULTILINE)
    # Labels are compared as the standard says: blanks, hyphens, slashes and underscores dropped.
    labels = {re.sub(r"[ \-/_]", "", name).upper(): value.strip() for name, value in found}
    if "JCAMPDX" not in labels:
        raise InputError(f"{path} is not a JCAMP-DX file: it has no line ##JCAMP-DX=")
    titles = [name for name, _ in found if name.strip().upper() == "TITLE"]
    if len(titles) > 1 or labels.get("DATATYPE", "").upper() == "LINK":
        raise InputError(f"{path} holds several blocks: save the spectrum as a file of its own")
    kind = labels.get("DATATYPE", "")
    if "INFRARED" not in kind.upper():
        raise InputError(f"{path}: DATA TYPE is {kind!r}, expected INFRARED SPECTRUM")
    missing = [name for name in NEEDED if not labels.get(name)]
    if missing:
        raise InputError(f"{path}: the label {', '.join(missing)} is missing or empty")
    form = labels.get("XYDATA", labels.get("XYPOINTS", ""))
    if form not in FORMS:
        raise InputError(
            f"{path}: data of the form {form!r}, expected ##XYDATA=(X++(Y..Y)) or "
            f"##XYPOINTS=(XY..XY)"
        )
    if "END" not in labels:
        lines = text.splitlines()
        raise InputError(
            f"{path} is cut short: its last line, {len(lines)}, is {lines[-1][:60]!r} instead of "
            f"##END="
        )
    return labels


def _last_line(text: str) -> str:
    lines = text.splitlines()
    ends = [index for index, line in enumerate(lines) if line.upper().startswith("##END")]
    return f"{ends[0]}: {lines[ends[0] - 1].strip()[:60]!r}"


def _columns(path: Path, content: dict[str, Any]) -> tuple[Array, Array]:
    x, y = np.asarray(content["x"], dtype=float), np.asarray(content["y"], dtype=float)
    for name, values in (("abscissas", x), ("ordinates", y)):
        if not np.all(np.isfinite(values)):
            raise InputError(
                f"{path}: {np.sum(~np.isfinite(values))} {name} are not finite numbers"
            )
    return x, y


def _decode(path: Path) -> tuple[dict[str, Any], list[str]]:
    # The package prints what it finds wrong and raises exceptions of many types.
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), path.open("rb") as file:
            content = jcamp.read(file)
    except Exception as error:
        raise InputError(f"{path} cannot be decoded as JCAMP-DX: {error}") from error
    return content, printed.getvalue().splitlines()


def _number(path: Path, labels: dict[str, str], name: str) -> float:
    try:
        value = parse_number(labels[name].replace(",", "."))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{path}: {name} is {labels[name]!r}, expected a number")
    return value


def _header_notices(path: Path, labels: dict[str, str], x: Array, y: Array) -> list[str]:
    largest = float(np.abs(y).max())
    step = (x[-1] - x[0]) / (len(x) - 1)
    notices = []
    for name, found, scale in (
        ("DELTAX", step, abs(step)),
        ("FIRSTY", y[0], largest),
        ("MAXY", y.max(), largest),
    ):
        stated = _number(path, labels, name) if labels.get(name) else found
        # Magnitudes, since files write the step of a descending axis with either sign.
        if abs(abs(stated) - abs(found)) > 0.01 * scale:
            notices.append(f"{name} is stated as {stated:g}, but the data give {found:g}")
    return notices
