"""Errors of structures: their CSV text is read as it was written."""

import numpy as np
import pytest

from vibench.core.errors import InputError
from vibench.core.structure_errors import (
    DIPOLE_MAE,
    ENERGY_ERROR,
    StructureErrors,
    parse_structure_errors_csv,
    structure_errors_csv,
)


def errors(model="m, with comma", dataset="AIMD", **values):
    return StructureErrors(
        model=model,
        dataset=dataset,
        molecules=("water", "water", "ethanol"),
        time_fs=np.array([0.0, 0.5, 0.0]),
        values={ENERGY_ERROR: np.array([-1.0, 2.5, 0.1])} | values,
    )


def test_written_and_read_is_the_same():
    written = [errors(), errors("n", **{DIPOLE_MAE: np.array([1.0, 2.0, 3.0])})]
    found = parse_structure_errors_csv(structure_errors_csv(written), "file")
    assert [(one.model, one.dataset) for one in found] == [("m, with comma", "AIMD"), ("n", "AIMD")]
    assert found[0].values.keys() == {ENERGY_ERROR}  # an empty column is no quantity
    assert found[1].values.keys() == {ENERGY_ERROR, DIPOLE_MAE}
    for one, other in zip(written, found, strict=True):
        assert one.molecules == other.molecules
        np.testing.assert_array_equal(one.time_fs, other.time_fs)
        for name, values in one.values.items():
            np.testing.assert_allclose(other.values[name], values, rtol=1e-7)


def test_one_molecule_alone():
    water = errors().of("water")
    assert water.molecules == ("water", "water")
    np.testing.assert_array_equal(water.values[ENERGY_ERROR], [-1.0, 2.5])


def test_errors_of_another_number_of_structures_are_refused():
    with pytest.raises(InputError, match=r"dipole_mae_mdebye has shape \(2,\), expected \(3,\)"):
        errors(**{DIPOLE_MAE: np.zeros(2)})


def test_another_table_is_refused():
    with pytest.raises(InputError, match=r"spectrum\.csv: expected a table of errors"):
        parse_structure_errors_csv("wavenumber_cm1,intensity\n", "spectrum.csv")
