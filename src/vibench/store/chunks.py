"""ChunkSink: frames of a long computation, chunk by chunk, each with its restart point."""

from pathlib import Path

import h5py
import numpy as np

from vibench.core.files import make_folder, replacing
from vibench.core.molecules import Array
from vibench.core.reading import understood


class ChunkSink:
    """Keeps every chunk of frames in a file of its own, together with the restart point after it.

    A chunk is written whole or not at all, so frames and restart point always agree, whatever
    moment the process is killed at.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = make_folder(folder)

    def restart(self) -> dict[str, Array] | None:
        """Return the restart point of the last chunk, or None before the first."""
        chunks = self._chunks()
        return _read(chunks[-1], "restart") if chunks else None

    def write(self, frames: dict[str, Array], restart: dict[str, Array]) -> None:
        """Append *frames* (arrays with a leading frame axis) and their restart point."""
        path = self.folder / f"chunk-{len(self._chunks()):06d}.h5"
        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            for name, part in (("frames", frames), ("restart", restart)):
                group = file.create_group(name)
                for key, array in part.items():
                    group.create_dataset(key, data=array)

    def chunks(self) -> list[dict[str, Array]]:
        """Return the frames written so far, chunk by chunk."""
        return [_read(path, "frames") for path in self._chunks()]

    def frames(self) -> dict[str, Array]:
        """Return all frames written so far, joined along the frame axis."""
        parts = self.chunks()
        if not parts:
            return {}
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _chunks(self) -> list[Path]:
        return sorted(self.folder.glob("chunk-*.h5"))


def _read(path: Path, group: str) -> dict[str, Array]:
    advice = f"frames of an unfinished run; remove the folder {path.parent} to begin it anew"
    with understood(str(path), advice), h5py.File(path, "r") as file:
        return {name: item[()] for name, item in file[group].items()}


class FileCheckpoint:
    """One file that is replaced at every checkpoint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> bytes | None:
        """Return the content, or None if there is no checkpoint yet."""
        return self.path.read_bytes() if self.path.is_file() else None

    def save(self, content: bytes) -> None:
        """Replace the content, wholly or not at all."""
        with replacing(self.path) as temporary:
            temporary.write_bytes(content)
