"""Presets: sizes and training settings of every architecture by name."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

type PresetName = Literal["paper", "small", "tiny"]


@cache
def presets() -> Mapping[str, Any]:
    """Return preset → architecture → ``"architecture"`` and ``"training"`` settings."""
    text = files("vibench.pipeline").joinpath("presets.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def preset_settings(preset: str, architecture: str, part: str) -> dict[str, Any]:
    """Return what a preset says of an architecture; nothing where it says nothing.

    Parameters
    ----------
    preset, architecture
        Their names; unknown ones have no settings, and are refused where they are read.
    part
        ``"architecture"`` or ``"training"``.
    """
    found: dict[str, Any] = presets().get(preset, {}).get(architecture, {}).get(part, {})
    return dict(found)


def expand(model: Any) -> Any:
    """Replace an architecture's name and a preset's name in a model's table by what they mean.

    What the table gives itself goes before what the preset says. Anything that is no table is left
    to be refused by whoever reads it.
    """
    if not isinstance(model, Mapping):
        return model
    given = model.get("architecture", {})
    architecture = {"architecture": given} if isinstance(given, str) else given
    training, preset = model.get("training", {}), model.get("preset")
    if not isinstance(architecture, Mapping) or not isinstance(training, Mapping):
        return model
    architecture = {"architecture": "painn", **architecture}
    if isinstance(preset, str):
        name = architecture["architecture"]
        architecture = preset_settings(preset, name, "architecture") | architecture
        training = preset_settings(preset, name, "training") | dict(training)
    return {**model, "architecture": architecture, "training": training}
