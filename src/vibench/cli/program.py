"""The program: how it starts, and how errors and interruptions end it."""

import signal
import sys
from multiprocessing import active_children
from types import FrameType

from vibench.cli.console import open_console
from vibench.core.errors import InputError, MismatchError, VibenchError

_EXIT_FAILED, _EXIT_BAD_INPUT, _EXIT_MISMATCH = 1, 2, 3


class _Interrupted(BaseException):
    """The process was asked to end, by a signal of this number."""


def main() -> None:
    """Run the program; every expected error ends it with one clear line and the agreed code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    errors = open_console(stderr=True)
    try:
        # Imported here so that an interruption while libraries load ends as cleanly as any other.
        from vibench.cli.commands import app

        app()
    except InputError as error:
        errors.print(f"vibench: {error}")
        sys.exit(_EXIT_BAD_INPUT)
    except MismatchError as error:
        errors.print(f"vibench: {error}")
        sys.exit(_EXIT_MISMATCH)
    except VibenchError as error:
        errors.print(f"vibench: {error}")
        sys.exit(_EXIT_FAILED)
    except _Interrupted as interruption:
        errors.print("vibench: interrupted; run the same command again to continue")
        for worker in active_children():
            worker.kill()
        sys.exit(128 + int(interruption.args[0]))


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise _Interrupted(number)
