"""Verb for the response to an electric field: polarizability."""

import json

import typer

from vibench.cli.app import app
from vibench.cli.options import Device, Json, MoleculeArgument, PotentialOption, one_task
from vibench.core.units import COULOMB
from vibench.pipeline.short_forms import read_molecule


@app.command()
def polarizability(
    molecule: MoleculeArgument,
    *,
    potential: PotentialOption,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Compute the static polarizability of a molecule.

    Prints the tensor in e·Å²/V, and a third of its trace as a volume in Å³, at the geometry that
    is given: nothing is relaxed. The potential must feel an electric field: a model of
    architecture field_schnet.
    """
    from vibench.pipeline.response import polarizability as compute

    tensor = compute(read_molecule(molecule), potential, one_task(1, device=device))
    isotropic = float(tensor.trace()) / 3 * COULOMB
    if as_json:
        content = {
            "polarizability_e_angstrom2_per_v": tensor.tolist(),
            "isotropic_angstrom3": isotropic,
        }
        typer.echo(json.dumps(content))
        return
    typer.echo("polarizability (e·Å²/V)")
    for row in tensor:
        typer.echo(" ".join(f"{value:12.6f}" for value in row))
    typer.echo(f"isotropic: {isotropic:.4f} Å³")
