"""The experiments on correlation and distance, with made-up trajectories."""

import json
from pathlib import Path

import numpy as np
import pytest

from validation.puzzles import OTHER_FRICTION, puzzle_chances, puzzle_rows
from vibench.core.streams import generator
from vibench.core.trajectory import Trajectory

ROOT = Path(__file__).parents[2]
STEP_FS = 0.5


def trajectory(replica, *, damping=0.002, strength=1.0, length_ps=10.0):
    """Dipole of two noisy damped oscillators at 1000 and 3000 cm^-1."""
    steps = round(1000 * length_ps / STEP_FS)
    random = generator("puzzles", replica)
    time = np.arange(steps) * STEP_FS
    dipole = np.zeros((steps, 3))
    for wavenumber, size in ((1000.0, 1.0), (3000.0, 0.3 * strength)):
        steps_of_phase = np.sqrt(2 * damping * STEP_FS) * random.standard_normal((steps, 3))
        phase = np.cumsum(steps_of_phase, axis=0) + random.uniform(0, 2 * np.pi, 3)
        angle = 2 * np.pi * 2.99792458e-5 * wavenumber * time
        dipole += size * np.cos(angle[:, None] + phase)
    return Trajectory(
        name="made up",
        replica=replica,
        numbers=np.array([1]),
        masses=np.array([1.0]),
        dipole=dipole,
        potential_energy=np.zeros(steps),
        kinetic_energy=np.zeros(steps),
        positions=np.zeros((1, 1, 3)),
        velocities=np.zeros((1, 1, 3)),
        time_step_fs=STEP_FS,
        frame_stride=steps,
        temperature_k=300.0,
        thermostat="NVE",
    )


@pytest.fixture(scope="module")
def rows():
    runs = {
        "0.01 ASE": [trajectory(replica) for replica in range(3)],
        OTHER_FRICTION: [trajectory(replica, damping=0.008) for replica in range(3)],
        "GFN1-xTB dipoles": [trajectory(replica, strength=2.0) for replica in range(3)],
    }
    return {row.what: row for row in puzzle_rows(runs, None)}


def test_longer_runs_are_more_alike(rows):
    short, long = rows["two runs of 5 ps"], rows["two runs of 10 ps"]
    assert (short.pairs, long.pairs) == (12, 3)  # pieces of one run are not compared
    assert long.pearson > short.pearson
    assert long.distance < short.distance
    assert short.pearson_low <= short.pearson <= short.pearson_high


def test_widths_move_the_correlation_and_areas_the_distance(rows):
    width, area = rows["all runs, friction 1/(100 fs)"], rows["all runs, GFN1-xTB dipoles"]
    assert width.pearson < 0.95
    # Areas go with amplitude and wavenumber squared: 1 and 0.81, then 1 and 3.24, 2000 cm^-1 apart.
    expected = (3.24 / 4.24 - 0.81 / 1.81) * 2000 / 3500
    assert area.distance == pytest.approx(expected, rel=0.15)
    assert width.distance < area.distance / 3


def test_a_long_run_is_closer_to_a_short_one_than_two_short_ones(rows):
    mixed = rows["run of 10 ps, another of 5 ps"]
    assert mixed.pairs == 12
    assert rows["two runs of 5 ps"].pearson < mixed.pearson < rows["two runs of 10 ps"].pearson


def test_one_of_five_equal_models_stands_out_more_often_with_a_long_reference():
    runs = [trajectory(replica) for replica in range(6)]
    chances = list(puzzle_chances(runs, far_below=0.6))
    shares = [chance.far_below for chance in chances]
    assert [chance.references for chance in chances] == [30, 12, 6]
    # A short reference moves all distances alike; a long one leaves the noise of each model.
    assert 0 < shares[0] < shares[-1] < 1
    assert all(chance.far_below == 1 for chance in puzzle_chances(runs, far_below=1.0))


def test_the_page_shows_what_was_recorded():
    record = json.loads((ROOT / "validation/records/puzzles.json").read_text())
    page = (ROOT / "docs/design/puzzles.md").read_text()
    shown = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines()}
    for row in record["rows"]:
        scores = (f"{row[name]:.3f}{_interval(row, name)}" for name in ("pearson", "distance"))
        cells = [row["what"], *([str(row["pairs"])] if row["pairs"] > 1 else []), *scores]
        assert shown[row["what"]] == f"| {' | '.join(cells)} | {row['values']:.4f} |"
    for chance in record["chances"]:
        cells = [chance["reference"], str(chance["references"]), f"{chance['far_below']:.0%}"]
        assert shown[chance["reference"]] == f"| {' | '.join(cells).replace('%', ' %')} |"


def _interval(row, name):
    if row["pairs"] == 1:
        return ""
    return f" ({row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f})"
