"""Event files: learning curves for TensorBoard, written while a model is trained."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from vibench.core.files import is_plain_name
from vibench.report.formatting import file_stem

type Log = Callable[[Mapping[str, float]], None]


@contextmanager
def training_log(folder: str | None, task: str) -> Iterator[Log | None]:
    """Give a function that writes a row of the learning curve; None without a *folder*.

    Each training has a folder of its own below *folder*, named after its *task*; values have the
    names of ``history.csv``. A run that goes on after an interruption replaces what it repeats.
    """
    if folder is None:
        yield None
        return
    from torch.utils.tensorboard import SummaryWriter

    name = task.partition(" · ")[2]
    place = Path(folder) / (name if is_plain_name(name) else file_stem(name))
    writer: SummaryWriter | None = None

    def log(row: Mapping[str, float]) -> None:
        nonlocal writer
        epoch = int(row["epoch"])
        writer = writer or SummaryWriter(str(place), purge_step=epoch)
        for name, value in row.items():
            writer.add_scalar(name, value, epoch)
        writer.flush()

    try:
        yield log
    finally:
        if writer is not None:
            writer.close()
