"""Command line: ``uv run python -m validation coverage|differences|planning``."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from validation.coverage import measure_coverage
from validation.differences import CASES, measure_differences
from validation.metrics import MEASURES, measure_responses
from validation.planning import measure_planning
from validation.tables import Row, table_text


def coverage(replicas: Sequence[int], repetitions: int) -> list[Row]:
    """Return the coverage of intervals for equal and different models."""
    return [
        asdict(row)
        for case in ("equal", "different")
        for count in replicas
        for row in measure_coverage(case, count, repetitions)
    ]


def differences(replicas: Sequence[int], repetitions: int) -> list[Row]:
    """Return how often differences are found, for fixed and random molecules."""
    rows: list[Row] = []
    for count in replicas:
        for case in CASES:
            for molecules, estimand in ((1, "fixed"), (6, "fixed"), (8, "random")):
                found = measure_differences(
                    case,
                    molecules=molecules,
                    estimand="random" if estimand == "random" else "fixed",
                    replicas=count,
                    repetitions=repetitions,
                )
                rows += [asdict(row) for row in found]
                sys.stderr.write("".join(f"{row}\n" for row in found))
    return rows


def planning(replicas: Sequence[int], repetitions: int) -> list[Row]:
    """Return how well pilot runs predict the errors of longer ones."""
    return [asdict(row) for count in replicas for row in measure_planning(count, repetitions)]


def metrics(replicas: Sequence[int], repetitions: int) -> list[Row]:
    """Return how measures respond to known faults, then how far they agree with each other."""
    responses, agreements = measure_responses(repetitions)
    rows: list[Row] = []
    for first in responses:
        if first.measure == responses[0].measure:
            same = [r for r in responses if (r.fault, r.size) == (first.fault, first.size)]
            values = {r.measure: r.mean for r in same}
            rows.append({"case": first.fault, "size": first.size, **values})
    names = list(MEASURES)
    for name in names:
        pairs = {a.second: a.spearman for a in agreements if a.first == name}
        pairs |= {a.first: a.spearman for a in agreements if a.second == name}
        rows.append(
            {
                "case": f"rank correlation with {name}",
                "size": "",
                **{n: pairs.get(n, 1.0) for n in names},
            }
        )
    return rows


TABLES = {
    "coverage": (coverage, 200, (8, 16, 64)),
    "differences": (differences, 500, (8,)),
    "planning": (planning, 300, (8, 16)),
    "metrics": (metrics, 200, (1,)),
}
"""Name → function, repetitions and replicas if none are given."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the proofs and print its table."""
    parser = argparse.ArgumentParser(prog="python -m validation", description=__doc__)
    parser.add_argument("proof", choices=TABLES)
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--replicas", type=int, nargs="+")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args(arguments)
    function, repetitions, replicas = TABLES[options.proof]
    rows = function(options.replicas or replicas, options.repetitions or repetitions)
    sys.stdout.write(table_text(rows) + "\n")
    if options.json is not None:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
