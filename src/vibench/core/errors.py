"""Errors a user can act on: what was found, what was expected, what to do."""

import difflib
import errno
from collections.abc import Iterable
from typing import Final


class VibenchError(Exception):
    """Base of every error that vibench raises on purpose.

    Any of them can be sent from one process to another, whatever its constructor takes.
    """

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.args, self.__dict__)


def _rebuilt(
    kind: type[VibenchError], arguments: tuple[object, ...], state: dict[str, object]
) -> VibenchError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


class InputError(VibenchError):
    """A file, key or value given by the user cannot be used (exit code 2)."""


class OtherVersionError(InputError):
    """A file is in the format of another version of vibench."""


class MissingDependencyError(InputError):
    """An optional package is needed for what was asked."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed; install it with: pip install 'vibench[{extra}]'"
        )


class TaskError(VibenchError):
    """A task of a study failed (exit code 1)."""


class BusyError(TaskError):
    """Another process is making the same result."""


class WorkerLostError(TaskError):
    """The process that ran a task ended before the task did."""


class MismatchError(VibenchError):
    """What was checked is not what was recorded (exit code 3)."""


_PLAIN_REASONS: Final = {
    errno.ENOENT: "there is no such file",
    errno.EISDIR: "it is a folder, not a file",
    errno.EACCES: "permission is denied",
    errno.EPERM: "permission is denied",
}


def plain_reason(error: Exception) -> str:
    """Return why a file cannot be read or written, without numbers of the operating system."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text in UTF-8 (byte {error.start})"
    if isinstance(error, OSError):
        if error.errno in _PLAIN_REASONS:
            return _PLAIN_REASONS[error.errno]
        if "file signature not found" in str(error):
            return "it is not an HDF5 file"
        return error.strerror.lower() if error.strerror else str(error)
    return str(error)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name nearest to *name*, or an empty string."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> InputError:
    """Build the error for a *name* of some *kind* that is not among the *known* ones."""
    known = sorted(known)
    listing = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return InputError(f"unknown {kind} {name!r}.{suggestion(name, known)} Known: {listing}")
