"""Print how far all architectures are from the upstream codes.

``uv run python -m tests.potentials.parity.deviations``
"""

import sys

from tests.potentials.parity.test_fixtures import CASES, compared, read_fixture


def main():
    """Print a Markdown table of the largest relative deviations."""
    sys.stdout.write(
        "| case | energy | forces | dipole | polarizability |\n|---|---|---|---|---|\n"
    )
    for case in CASES:
        found = compared(case, read_fixture(case))
        names = ("energy", "forces", "dipole", "polarizability")
        cells = [f"{found[name]:.0e}" if name in found else "–" for name in names]
        sys.stdout.write(f"| {case} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()
