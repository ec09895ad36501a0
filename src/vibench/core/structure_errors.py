"""Errors of single structures, and their CSV text."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from vibench.core.errors import InputError
from vibench.core.molecules import Array
from vibench.core.reading import check_last_line, parse_number, understood

ENERGY_ERROR: Final = "energy_error_mev"
"""Predicted less labelled energy in meV, signed."""
FORCE_MAE: Final = "force_mae_mev_per_angstrom"
"""Mean absolute error of the force components of a structure in meV/Å."""
FORCE_RMSE: Final = "force_rmse_mev_per_angstrom"
"""Root mean square error of the force components in meV/Å: norm of the error over √(3 atoms)."""
DIPOLE_MAE: Final = "dipole_mae_mdebye"
"""Mean absolute error of the dipole components in mDebye."""

_OF = ("model", "data set", "molecule", "time_fs")


@dataclass(frozen=True, slots=True, eq=False)
class StructureErrors:
    """Errors of one model on the structures of one test set."""

    model: str
    """Name of the model."""
    dataset: str
    """Name of the test set."""
    molecules: tuple[str, ...]
    """(structures,) name of the molecule of each structure; those of one molecule stand together,
    ordered in time."""
    time_fs: Array
    """(structures,) time in fs in the trajectory of the reference, from its first frame."""
    values: Mapping[str, Array]
    """Quantity (`ENERGY_ERROR`, `FORCE_MAE`, …) → (structures,) errors; those without labels or
    predictions are not there."""

    def __post_init__(self) -> None:
        expected = (len(self.molecules),)
        for name, value in {"time_fs": self.time_fs, **self.values}.items():
            if np.shape(value) != expected:
                raise InputError(
                    f"errors of {self.model!r} on {self.dataset!r}: {name} has shape "
                    f"{np.shape(value)}, expected {expected}"
                )

    def of(self, molecule: str) -> "StructureErrors":
        """Return the errors of one molecule."""
        chosen = np.array(self.molecules) == molecule
        return StructureErrors(
            model=self.model,
            dataset=self.dataset,
            molecules=tuple(name for name in self.molecules if name == molecule),
            time_fs=self.time_fs[chosen],
            values={name: value[chosen] for name, value in self.values.items()},
        )


def structure_errors_csv(errors: Iterable[StructureErrors]) -> str:
    """Return errors as CSV, one line per model and structure; what is not there is empty."""
    errors = list(errors)
    quantities = list(dict.fromkeys(name for one in errors for name in one.values))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow((*_OF, *quantities))
    for one in errors:
        for row, molecule in enumerate(one.molecules):
            numbers = [
                f"{one.values[name][row]:.8g}" if name in one.values else "" for name in quantities
            ]
            time = f"{one.time_fs[row]:.10g}"
            writer.writerow((one.model, one.dataset, molecule, time, *numbers))
    return buffer.getvalue()


def parse_structure_errors_csv(text: str, source: str) -> list[StructureErrors]:
    """Read what `structure_errors_csv` wrote.

    Raises
    ------
    InputError
        Naming *source*, if it is something else.
    """
    check_last_line(text, source)
    with understood(source, "a table of errors"):
        rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0][: len(_OF)]) != _OF:
        raise InputError(f"{source}: expected a table of errors with the columns {', '.join(_OF)}")
    quantities, groups = rows[0][len(_OF) :], dict[tuple[str, str], list[list[str]]]()
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(rows[0]):
            raise InputError(
                f"{source}, row {number}: expected {len(rows[0])} fields, found {len(row)}"
            )
        groups.setdefault((row[0], row[1]), []).append(row)
    found = []
    for (model, dataset), own in groups.items():
        columns = {
            name: [row[len(_OF) + place] for row in own] for place, name in enumerate(quantities)
        }
        with understood(f"{source}, errors of {model!r} on {dataset!r}", "numbers"):
            time_fs = np.array([parse_number(row[3]) for row in own])
            values = {
                name: np.array(list(map(parse_number, column)))
                for name, column in columns.items()
                if all(column)
            }
        molecules = tuple(row[2] for row in own)
        found.append(StructureErrors(model, dataset, molecules, time_fs, values))
    return found
