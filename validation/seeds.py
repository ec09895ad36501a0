"""Models trained from several seeds: means, intervals over seeds, and which architectures differ.

``uv run python -m validation.seeds studies/formaldehyde-five/summary.json``

Models of one kind are those whose names differ in the number at their end only. Of every score that
each of them has, the mean over seeds is given with its 95 % interval (Student's t), and letters:
kinds that share a letter do not differ (Welch's t, Holm's correction over all pairs, 5 %). Scores
that are positive errors or times are compared by their logarithms, as their spread grows with them.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from vibench.core.molecules import Array
from vibench.statistics.multiple import holm_adjusted, letter_display

_SEED = re.compile(r"^(?P<kind>.+) (?P<seed>\d+)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One score of one kind of model."""

    score: str
    unit: str
    kind: str
    mean: float
    low: float
    high: float
    seeds: int
    letters: str


def by_seed(scores: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], dict[str, Array]]:
    """Return (score, unit) → kind → values over seeds, of scores that every model has."""
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for score in scores:
        name = _SEED.match(score["model"] or "")
        if name is None or score["value"] is None or score["molecule"] is None:
            continue
        about = " · ".join(filter(None, (score["name"], score["dataset"])))
        found.setdefault((about, score["unit"]), {}).setdefault(name["kind"], []).append(
            score["value"]
        )
    kinds = {kind for part in found.values() for kind in part}
    seeds = max(len(values) for part in found.values() for values in part.values())
    return {
        about: {kind: np.array(values) for kind, values in part.items()}
        for about, part in found.items()
        if part.keys() == kinds and all(len(values) == seeds for values in part.values())
    }


def compare(about: tuple[str, str], values: Mapping[str, Array]) -> list[Line]:
    """Return one line per kind, best (smallest) first."""
    positive = all((part > 0).all() for part in values.values())
    order = sorted(values, key=lambda kind: float(values[kind].mean()))
    scaled = {kind: np.log(part) if positive else part for kind, part in values.items()}
    pairs = list(combinations(range(len(order)), 2))
    p = [
        stats.ttest_ind(scaled[order[i]], scaled[order[j]], equal_var=False).pvalue
        for i, j in pairs
    ]
    differs = np.zeros((len(order), len(order)), dtype=bool)
    for (i, j), adjusted in zip(pairs, holm_adjusted(np.array(p)), strict=True):
        differs[i, j] = differs[j, i] = adjusted < 0.05
    lines = []
    for kind, letters in zip(order, letter_display(differs), strict=True):
        part = values[kind]
        half = stats.t.ppf(0.975, len(part) - 1) * part.std(ddof=1) / np.sqrt(len(part))
        mean = float(part.mean())
        lines.append(Line(*about, kind, mean, mean - half, mean + half, len(part), letters))
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a Markdown table of all scores."""
    parser = argparse.ArgumentParser(prog="python -m validation.seeds", description=__doc__)
    parser.add_argument("summary", type=Path, help="summary.json of a study")
    parser.add_argument("--only", default="", help="only scores whose name contains this")
    given = parser.parse_args(arguments)
    scores = json.loads(given.summary.read_text(encoding="utf-8"))["scores"]
    out = [
        "| score | unit | model | mean | 95 % over seeds | n | letters |",
        "|---|---|---|---|---|---|---|",
    ]
    for about, values in by_seed(scores).items():
        if given.only in about[0]:
            out += [
                f"| {line.score} | {line.unit} | {line.kind} | {line.mean:.4g} | "
                f"{line.low:.4g} to {line.high:.4g} | {line.seeds} | {line.letters} |"
                for line in compare(about, values)
            ]
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
