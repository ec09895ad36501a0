"""All architectures against what the upstream codes predict with the same drawn weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.potentials.parity.cases import (
    MACE,
    SCHNETPACK,
    deviation,
    digest,
    limit,
    mace_weights,
    molecules,
    weights,
    worst,
)
from tests.potentials.parity.native import converted
from validation.upstream_models import ELEMENTS
from vibench.core.molecules import composition
from vibench.potentials.conversion.mace import reference_energies
from vibench.potentials.symmetric_contraction import coupling_coefficients

FOLDER = Path(__file__).parent / "fixtures"
CASES = [*SCHNETPACK, *MACE]


def read_fixture(case):
    with np.load(FOLDER / f"{case}.npz") as archive:
        return dict(archive)


def part(content, kind):
    prefix = f"{kind} "
    return {n.removeprefix(prefix): v for n, v in content.items() if n.startswith(prefix)}


def parameters(case, about):
    """Draw the weights by the rule of the case's code."""
    shapes = {name: tuple(shape) for name, shape in about["parameters"].items()}
    if case in SCHNETPACK:
        return weights(shapes)
    drawn = mace_weights(shapes, about["seed"])
    return drawn | {name: np.zeros(shapes[name]) for name in about["zero"]}


def tables(about, recipe):
    """Return the coefficients of products that come with a model of mace-torch."""
    found = {}
    for name, shape in about["tables"].items():
        order = int(name[-1])
        degree = (shape[0] - 1) // 2 if len(shape) > order + 1 else 0
        made = coupling_coefficients(recipe.edge_lmax, order, degree)
        found[name] = made.reshape(shape)
    return found


def compared(case, content):
    """Return property → largest relative deviation from the upstream code."""
    about = json.loads(str(content["about"]))
    drawn = parameters(case, about)
    assert digest(drawn) == about["digest"]
    state = drawn | part(content, "constant")
    if case in MACE:
        state |= tables(about, MACE[case])
    batch = molecules(turned=True, charge=content["charge"][0])
    np.testing.assert_allclose(batch.positions, content["positions"], rtol=0, atol=1e-12)
    expected = part(content, "predicted")
    if case in MACE and "energy" in expected:
        offsets = reference_energies(state)
        counts = composition(batch, ELEMENTS)
        expected["energy"] = expected["energy"] - counts @ [offsets[z] for z in ELEMENTS]
    potential, found = converted(case, state), {}
    if "polarizability" in expected:
        response = potential.polarizability(batch)
        found["polarizability"] = deviation(response, expected.pop("polarizability"))
    assert expected.keys() == potential.capabilities.outputs
    return found | worst(potential(batch), expected)


@pytest.mark.parametrize("case", CASES)
def test_predictions_are_those_of_the_upstream_code(case):
    found = compared(case, read_fixture(case))
    assert max(found.values()) < limit(case), found
