"""The interchange of Parsl, which ends when the process that started it does.

By itself it would go on for ever after its parent was killed, and keep all nodes with it.
"""

import os
import runpy
import threading
import time

_LOOK_S = 1.0


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    runpy.run_module("parsl.executors.high_throughput.interchange", run_name="__main__")
