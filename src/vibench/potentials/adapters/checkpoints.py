"""Read a checkpoint of another code in a process of its own.

Run as ``python -m vibench.potentials.adapters.checkpoints KIND SETTINGS PATH FOLDER``. Unpickling
executes what the file says, so that it is done by a process that then only leaves numbers and JSON:
``state.safetensors`` with the weights, ``probe.safetensors`` with what the code itself predicts for
some molecules in double precision, and ``description.json``. Bad input ends it with exit code 2 and
the reason as last line on stderr.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from safetensors.numpy import save_file

from vibench.core.errors import InputError
from vibench.core.files import write_text
from vibench.core.molecules import Array, Molecules, concatenate, single
from vibench.core.streams import generator
from vibench.potentials.adapters.descriptions import describe_schnetpack, schnetpack_elements
from vibench.potentials.adapters.mace import MACEPotential
from vibench.potentials.adapters.mace_description import describe_mace
from vibench.potentials.adapters.recipes import MACECalculatorRecipe, SchNetPackRecipe
from vibench.potentials.adapters.schnetpack import SchNetPackPotential
from vibench.tensors import to_array

STATE: Final = "state.safetensors"
PROBE: Final = "probe.safetensors"
DESCRIPTION: Final = "description.json"
FAILED: Final = 2


def probe_molecules(elements: Sequence[int], *, charge: float = 0.0) -> Molecules[Array]:
    """Return molecules to compare two codes on: three clusters of random atoms of *elements*.

    No two atoms are nearer than 0.9 Å. The first molecule carries the *charge*.
    """
    rng, parts = generator("import", *map(str, elements)), []
    for number, size in enumerate((4, 6, 9)):
        positions = np.zeros((1, 3))
        while len(positions) < size:
            near = positions[rng.integers(len(positions))]
            candidate = near + rng.normal(0, 1.0, 3)
            if np.linalg.norm(positions - candidate, axis=1).min() > 0.9:
                positions = np.vstack([positions, candidate])
        numbers = rng.choice(list(elements), size)
        total = charge if number == 0 else 0.0
        parts.append(single(f"probe {number}", numbers, positions, np.ones(size), charge=total))
    return concatenate(parts)


def main(arguments: Sequence[str]) -> None:
    """Read the checkpoint at PATH and write what is in it to FOLDER."""
    kind, settings, path, folder = arguments
    try:
        _read(kind, json.loads(settings), Path(path), Path(folder))
    except InputError as error:
        sys.stderr.write("\n" + " ".join(str(error).split()) + "\n")
        sys.exit(FAILED)


def _read(kind: str, settings: dict[str, object], path: Path, folder: Path) -> None:
    potential: SchNetPackPotential | MACEPotential
    if kind == "schnetpack":
        recipe = SchNetPackRecipe.model_validate(settings)
        potential = SchNetPackPotential(recipe, path, device="cpu")
        elements = list(recipe.elements or schnetpack_elements(potential.network, path))
        description = describe_schnetpack(
            potential.network,
            elements,
            energy_key=recipe.energy_key,
            dipole_key=recipe.dipole_key,
        )
        description.charged = description.charged and recipe.charged
    else:
        potential = MACEPotential(MACECalculatorRecipe.model_validate(settings), path, device="cpu")
        elements = sorted(potential.capabilities.elements or ())
        description = describe_mace(potential.network)
    charge = 1.0 if description.charged else 0.0
    predicted = potential(probe_molecules(elements, charge=charge))
    state = {
        name: np.array(to_array(value), order="C")
        for name, value in potential.network.state_dict().items()
    }
    save_file(state, folder / STATE)
    save_file({name: getattr(predicted, name) for name in predicted.available()}, folder / PROBE)
    content = asdict(description) | {"elements": elements}
    write_text(folder / DESCRIPTION, json.dumps(content))


if __name__ == "__main__":
    main(sys.argv[1:])
