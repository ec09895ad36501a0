"""Command line: ``uv run python -m validation.fuzzing --inputs 10000 --json FILE``."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from validation.fuzzing.campaign import SECONDS, Reader, Reading, Summary, input_file, run_campaign
from validation.fuzzing.readers import READERS
from validation.tables import Row, table_text


def fuzz(
    reader: Reader, count: int, *, seed: int, seconds: float, keep: Path | None = None
) -> Summary:
    """Run one reader on *count* damaged files; keep those that ended badly in a folder."""
    summary, seeds = Summary(reader.name), reader.seeds()
    for reading in run_campaign(reader, count, seed=seed, seconds=seconds):
        summary.add(reading, guarded=reader.guarded)
        if keep is not None and reading.outcome not in {"accepted", "refused"}:
            _keep(keep, reader, input_file(reader, seeds, reading.index, seed), reading)
    return summary


def _keep(folder: Path, reader: Reader, content: bytes, reading: Reading) -> None:
    place = folder / reader.name.replace(" ", "-") / str(reading.index)
    place.mkdir(parents=True, exist_ok=True)
    (place / reader.file).write_bytes(content)
    (place / "finding.txt").write_text(f"{reading.outcome}: {reading.text}\n", encoding="utf-8")


def with_files(reader: Reader, folder: Path) -> Reader:
    """Return a reader that also begins with the files in ``FOLDER/NAME-OF-READER``."""
    files = sorted((folder / reader.name.replace(" ", "-")).glob("*"))
    return replace(reader, seeds=_Seeds(reader, files)) if files else reader


class _Seeds:
    """Seeds of a reader and files; a class, as it is sent to other processes."""

    def __init__(self, reader: Reader, files: Sequence[Path]) -> None:
        self._reader = reader
        self._files = files

    def __call__(self) -> list[bytes]:
        return [*self._reader.seeds(), *(file.read_bytes() for file in self._files)]


def table_row(summary: Summary) -> Row:
    """Return a summary as a row of the table."""
    row = asdict(summary)
    del row["kinds"]
    return row | {"slowest_ms": round(summary.slowest_ms), "memory_mib": round(summary.memory_mib)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz readers and print a table; the exit code is 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m validation.fuzzing", description=__doc__)
    parser.add_argument("readers", nargs="*", help=f"of: {', '.join(READERS)}; default: all")
    parser.add_argument("--inputs", type=int, default=1000, help="files per reader")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other files")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="time per file")
    parser.add_argument("--files", type=Path, help="real files to begin with: FOLDER/READER/*")
    parser.add_argument("--keep", type=Path, help="folder for the files of findings")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.readers) - READERS.keys())
    if unknown:
        parser.error(f"unknown reader {unknown[0]!r}, known: {', '.join(READERS)}")
    summaries = []
    for name in options.readers or READERS:
        reader = READERS[name]
        if options.files is not None:
            reader = with_files(reader, options.files)
        summaries.append(
            fuzz(
                reader,
                options.inputs,
                seed=options.seed,
                seconds=options.seconds,
                keep=options.keep,
            )
        )
        sys.stderr.write(f"{summaries[-1]}\n")
        if options.json is not None:
            _write(options.json, summaries, options.seed)
    sys.stdout.write(table_text([table_row(one) for one in summaries]) + "\n")
    return int(any(one.findings for one in summaries))


def _write(path: Path, summaries: Sequence[Summary], seed: int) -> None:
    packages = {name: version(name) for name in ("vibench", "numpy", "h5py", "ase", "jcamp")}
    rows = [table_row(one) | {"kinds": one.kinds} for one in summaries]
    content = {"seed": seed, "versions": packages, "readers": rows}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
