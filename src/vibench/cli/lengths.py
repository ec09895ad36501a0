"""How much dynamics a single verb runs, in words: told before hours of it are spent."""

from typing import Final

import typer

from vibench.dynamics.recipe import DynamicsRecipe


def _picoseconds(time_fs: float) -> str:
    return f"{time_fs / 1000:g} ps"


def _default_length() -> str:
    default = DynamicsRecipe()
    total = _picoseconds(default.equilibration_fs + default.production_fs)
    return (
        f"{default.replicas} replicas of {total} in steps of {default.time_step_fs:g} fs, "
        "which can take hours"
    )


DEFAULT_LENGTH: Final = _default_length()
"""How much is run without settings, for the help of verbs."""


def tell_length(dynamics: DynamicsRecipe, *, option: str) -> None:
    """Say on stderr how much dynamics is asked for, and how to ask for less.

    Parameters
    ----------
    dynamics
        Settings of the dynamics.
    option
        Option that takes a file of such settings.
    """
    steps = f"{dynamics.equilibration_steps + dynamics.production_steps:,}".replace(",", " ")
    count = len(dynamics.temperatures_k)
    temperatures = f"{count} temperatures × " if count > 1 else ""
    replicas = f"{dynamics.replicas} replica{'s' if dynamics.replicas > 1 else ''}"
    typer.echo(
        f"Dynamics: {temperatures}{replicas} × {steps} steps of {dynamics.time_step_fs:g} fs "
        f"({_picoseconds(dynamics.equilibration_fs)} of equilibration, "
        f"{_picoseconds(dynamics.production_fs)} kept); for less, {option} FILE.toml with "
        "replicas and production_fs",
        err=True,
    )
