"""SchNet, FieldSchNet, SO3net and PaiNN against SchNetPack itself, at the paper's size.

This needs SchNetPack 2.2.0: ``uv run --group upstream pytest tests/potentials/parity``.
"""

import numpy as np
import pytest

pytest.importorskip("schnetpack")

from tests.potentials.parity.cases import SCHNETPACK, deviation, limit, molecules, worst
from tests.potentials.parity.native import converted
from tests.potentials.parity.schnetpack_models import drawn, evaluate, with_field
from validation.upstream_models import state_of

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=SCHNETPACK)
def pair(request):
    model, _ = drawn(request.param)
    return request.param, model, converted(request.param, state_of(model))


@pytest.mark.parametrize("turned", [False, True])
def test_energies_forces_and_dipoles_are_schnetpacks(pair, turned):
    case, model, potential = pair
    batch = molecules(turned=turned)
    expected = evaluate(model, batch)
    expected.pop("polarizability", None)
    found = worst(potential(batch), expected)
    assert max(found.values()) < limit(case), found


def test_ions_are_schnetpacks(pair):
    case, model, potential = pair
    if case == "field_schnet":
        pytest.skip("FieldSchNet takes no charge")
    batch = molecules(turned=True, charge=1.0)
    found = worst(potential(batch), evaluate(model, batch))
    assert max(found.values()) < limit(case), found


def test_a_finite_field_and_the_polarizability_are_schnetpacks():
    model, _ = drawn("field_schnet")
    potential = converted("field_schnet", state_of(model))
    field = np.array([0.3, -0.2, 0.5])
    expected = evaluate(model, molecules(), field=field)
    polarizability = expected.pop("polarizability")
    batch = with_field(molecules(), field)
    assert max(worst(potential(batch), expected).values()) < 1e-10
    assert deviation(potential.polarizability(batch), polarizability) < 1e-10
