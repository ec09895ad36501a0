"""Campaign: many damaged files for one reader, read in child processes with limits."""

import resource
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Final

from validation.fuzzing.mutations import Mutation, damaged
from vibench.core.errors import VibenchError
from vibench.core.guarded import limit_memory

MEMORY_MIB: Final = 2048.0
"""Memory in MiB that a child may take beyond what it has after the undamaged files."""
SECONDS: Final = 20.0
"""Time in s that one file may take."""
_START_SECONDS: Final = 300.0
_KEPT_PER_KIND: Final = 3


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of vibench, and good files to begin with."""

    name: str
    """What it reads."""
    file: str
    """What its file is called."""
    read: Callable[[Path], object]
    """The reader, as a user's command calls it."""
    seeds: Callable[[], Sequence[bytes]]
    """Makes good files."""
    ways: Sequence[Mutation] = ()
    """How files of this format are damaged, besides as any file."""
    guarded: bool = False
    """Whether vibench itself runs it in a child with limits, so that its end is an error like any
    other."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file."""

    index: int
    """Number of the file."""
    outcome: str
    """``"accepted"``, ``"refused"``, or what a user must never see."""
    text: str = ""
    """The message, or the error and where it was raised."""
    seconds: float = 0.0
    """Time it took."""
    memory_mib: float = 0.0
    """Largest memory of the child so far, less what it had before the first file, in MiB."""


@dataclass(slots=True)
class Summary:
    """What came of all files of one reader."""

    reader: str
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    stopped: int = 0
    """Files at which the limits of a guarded reader ended it."""
    findings: int = 0
    """Files that a user would see a traceback, a hang or a crash of."""
    slowest_ms: float = 0.0
    memory_mib: float = 0.0
    kinds: dict[str, list[int]] = field(default_factory=dict)
    """Kind of finding, or of stop → numbers of the first files."""

    def add(self, reading: Reading, *, guarded: bool) -> None:
        """Count one file."""
        self.inputs += 1
        self.slowest_ms = max(self.slowest_ms, 1e3 * reading.seconds)
        self.memory_mib = max(self.memory_mib, reading.memory_mib)
        if reading.outcome == "accepted":
            self.accepted += 1
        elif reading.outcome == "refused":
            self.refused += 1
        elif guarded and reading.outcome != "error":
            self.stopped += 1
            self._note(f"stopped: {reading.outcome}", reading.index)
        else:
            self.findings += 1
            self._note(f"{reading.outcome}: {reading.text}", reading.index)

    def _note(self, kind: str, index: int) -> None:
        first = self.kinds.setdefault(kind, [])
        if len(first) < _KEPT_PER_KIND:
            first.append(index)


def input_file(reader: Reader, seeds: Sequence[bytes], index: int, seed: int) -> bytes:
    """Return a damaged file; the same number and seed give the same bytes."""
    rng = Random(f"{seed} {reader.name} {index}")  # noqa: S311  # nothing secret
    return damaged(rng.choice(seeds), reader.ways, rng)


def run_campaign(
    reader: Reader, count: int, *, seed: int = 0, seconds: float = SECONDS
) -> Iterator[Reading]:
    """Yield what comes of each of *count* damaged files; a child that ends is replaced."""
    context, start = get_context("spawn"), 0
    while start < count:
        mine, other = context.Pipe(duplex=False)
        child = context.Process(target=_work, args=(other, reader, range(start, count), seed))
        child.start()
        other.close()
        patience, ready = _START_SECONDS, False
        while start < count:
            try:
                reading: Reading | None = mine.recv() if mine.poll(patience) else None
            except EOFError:
                child.join()
                if not ready:
                    raise RuntimeError(f"{reader.name}: an undamaged file is not read") from None
                yield Reading(start, "crash", f"exit code {child.exitcode}")
                start += 1
                break
            if reading is None:
                yield Reading(start, "hang", f"more than {seconds:g} s", patience)
                start += 1
                break
            patience, ready = seconds, True
            if reading.index >= 0:
                yield reading
                start += 1
        child.kill()
        child.join()


def _work(pipe: Connection, reader: Reader, numbers: range, seed: int) -> None:
    """Read damaged files one after the other and send what came of each."""
    warnings.simplefilter("ignore")
    seeds = reader.seeds()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / reader.file
        for content in seeds:
            path.write_bytes(content)
            reader.read(path)  # a good file must be read: else nothing would be tested
        limit_memory(MEMORY_MIB)
        before = _memory_mib()
        pipe.send(Reading(-1, "ready"))
        for index in numbers:
            path.write_bytes(input_file(reader, seeds, index, seed))
            began = time.perf_counter()
            outcome, text = outcome_of(reader, path)
            seconds = time.perf_counter() - began
            pipe.send(Reading(index, outcome, text, seconds, _memory_mib() - before))


def outcome_of(reader: Reader, path: Path) -> tuple[str, str]:
    """Read one file and return what came of it, and the message or where an error was raised."""
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            reader.read(path)
    except VibenchError as error:
        return "refused", str(error)
    except MemoryError:
        return "out of memory", _place()
    except Exception:  # noqa: BLE001  # what a user would see as a traceback
        return "error", _place()
    return "accepted", ""


def _place() -> str:
    """Return the error that is being handled, and where in vibench it was raised."""
    lines = traceback.format_exc().splitlines()
    own = [line.split("src/")[-1] for line in lines if "/vibench/" in line and "File" in line]
    return f"{lines[-1].split(':')[0]} at {own[-1] if own else lines[-3].strip()}"


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
