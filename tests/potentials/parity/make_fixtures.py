"""Write what the upstream codes predict with drawn weights, for tests where they are not installed.

Run in the environment of the dependency group ``upstream`` (schnetpack 2.2.0, mace-torch 0.3.16):

``uv run --group upstream python -m tests.potentials.parity.make_fixtures``

A fixture holds no weights: they are drawn from their names (`cases.weights`,
`vibench.testing.parity.drawn_arrays`) on both sides, and their SHA-256 is compared. It holds names
and shapes of the parameters, the few small constants that come with them, molecules, and what the
code predicts for them in double precision.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch

from tests.potentials.parity.cases import MACE, SCHNETPACK, SEED, digest, molecules

FOLDER = Path(__file__).parent / "fixtures"
_SMALL = 128
"""Constants of at most so many numbers are kept; larger ones vibench makes itself."""


def write(case, state, parameters, predictions):
    """Write the fixture of one case."""
    batch = molecules(turned=True, charge=_charge(case))
    constants = {
        name: value
        for name, value in state.items()
        if name not in parameters and value.size <= _SMALL
    }
    about = {
        "case": case,
        "seed": SEED,
        "parameters": {name: value.shape for name, value in parameters.items()},
        "tables": {n: v.shape for n, v in state.items() if ".U_matrix_" in n},
        "zero": [name for name, value in parameters.items() if value.size and not value.any()],
        "digest": digest(parameters),
    }
    np.savez_compressed(
        FOLDER / f"{case}.npz",
        about=np.array(json.dumps(about)),
        numbers=batch.numbers,
        positions=batch.positions,
        molecule_index=batch.molecule_index,
        charge=batch.charge,
        **{f"constant {name}": value for name, value in constants.items()},
        **{f"predicted {name}": value for name, value in predictions.items()},
    )


def _charge(case):
    """Return the charge of the first molecule: an ion where the code takes one."""
    return 1.0 if case in SCHNETPACK and case != "field_schnet" else 0.0


def schnetpack_fixtures():
    """Write the fixtures of SchNetPack."""
    from tests.potentials.parity.schnetpack_models import drawn, evaluate
    from validation.upstream_models import state_of

    for case in SCHNETPACK:
        model, parameters = drawn(case)
        found = evaluate(model, molecules(turned=True, charge=_charge(case)))
        write(case, state_of(model), parameters, found)


def mace_fixtures():
    """Write the fixtures of mace-torch."""
    from tests.potentials.parity.mace_models import draw, upstream_predictions
    from validation.upstream_models import mace_model

    torch.set_default_dtype(torch.float64)
    for case, recipe in MACE.items():
        model = mace_model(recipe)
        state = draw(model, SEED)
        names = dict(model.named_parameters())
        found = upstream_predictions(model, recipe, molecules(turned=True))
        kept = {
            name: found[name].detach().numpy()
            for name in ("energy", "forces", "dipole")
            if found.get(name) is not None
        }
        write(case, state, {name: state[name] for name in names}, kept)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    schnetpack_fixtures()
    mace_fixtures()
