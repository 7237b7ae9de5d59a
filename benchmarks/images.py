"""Images of disks: made sparse, filled, copied, and a folder of 1,000 listed; each beside the tool that does as much.

Run as ``python -m benchmarks.images [FOLDER]``, with room for 2 GiB there (default: that for temporary files); exits 1
where a limit is passed.  Times are the least of several runs, on one file system, flushed to the disk.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.cli_list import cpu_ms, prepare
from xentui.agent.images import image_worker

ROUNDS = 3
FILES = 1_000
SIZE, DATA, APART = 512 << 20, 32 << 20, 128 << 20
SPARSE, FILLED, COPIED, LISTED_MS = 1.2, 1.1, 1.2, 1000.0


class _Silent(image_worker.ProgressReport):
    """Nobody is told how far it is."""

    def __init__(self) -> None:
        pass

    def __call__(self, done: int) -> None:
        pass


def least(work: Callable[[Path], object], folder: Path) -> float:
    """Seconds the quickest of several runs takes; each is given a path where nothing is."""
    taken = []
    for _ in range(ROUNDS):
        path = folder / "made"
        path.unlink(missing_ok=True)
        os.sync()
        began = time.perf_counter()
        work(path)
        taken.append(time.perf_counter() - began)
    (folder / "made").unlink(missing_ok=True)
    return min(taken)


def run(*argv: str | Path) -> None:
    """Run a tool to its end."""
    subprocess.run([str(word) for word in argv], check=True, capture_output=True)


def flushed(path: Path, *argv: str | Path) -> None:
    """Have a tool make a file, and flush it."""
    run(*argv)
    run("sync", path)


def opened(path: Path, write: Callable[[int], object]) -> None:
    """Have a new file written and flushed."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        write(fd)
        os.fsync(fd)
    finally:
        os.close(fd)


def held(what: str, own: float, tool: float, limit: float) -> bool:
    """Print a line; whether the limit is held."""
    print(f"{what:<34} {own * 1000:9.1f} ms   tool {tool * 1000:9.1f} ms   {own / tool:5.2f} of {limit:g}")
    return own <= limit * tool


def main() -> int:
    """Measure; 1 where a limit is passed."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        folder = Path(made)
        passed = [sparse(folder), *filled(folder), copied(folder), listed(folder)]
    return 0 if all(passed) else 1


def command(environment: dict[str, str], *words: str | Path) -> None:
    """Run xentui on a local host with recorded answers of xl."""
    argv = [sys.executable, "-m", "xentui", "--host", "local", *map(str, words)]
    subprocess.run(argv, env=environment, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def sparse(folder: Path) -> bool:
    """A sparse image, against ``truncate`` and the program's own start with one look at the host."""
    (folder / "host").mkdir()
    environment = prepare(folder / "host", 13, managed=False)
    own = least(lambda path: command(environment, "image", "create", path, "10G"), folder)
    start = least(lambda _path: command(environment, "image", "info", folder / "host/bin/xl"), folder)
    return held(
        "sparse, 10 GiB, whole program",
        own,
        start + least(lambda path: run("truncate", "-s", "10G", path), folder),
        SPARSE,
    )


def filled(folder: Path) -> list[bool]:
    """All its room at once: set aside, and written."""
    kept = least(lambda path: opened(path, lambda fd: image_worker._allocated(fd, SIZE, _Silent())), folder)
    tool = least(lambda path: flushed(path, "fallocate", "-l", str(SIZE), path), folder)
    zeros = least(lambda path: opened(path, lambda fd: image_worker._zeros(fd, SIZE, _Silent())), folder)
    words = ("bs=1M", f"count={SIZE >> 20}", "conv=fsync")
    dd = least(lambda path: run("dd", "if=/dev/zero", f"of={path}", *words), folder)
    return [held("set aside, 512 MiB", kept, tool, FILLED), held("zeros, 512 MiB", zeros, dd, FILLED)]


def copied(folder: Path) -> bool:
    """A copy of an image with holes."""
    source = folder / "source"
    with source.open("wb") as file:
        for at in range(0, 32 * APART, APART):
            file.seek(at)
            file.write(os.urandom(1 << 20) * (DATA >> 22))
        file.truncate(32 * APART)

    def copy(fd: int) -> None:
        of, size = image_worker.open_source(str(source))
        try:
            os.ftruncate(fd, size)
            if not image_worker.cloned(of, fd):
                image_worker.copied(of, fd, size, _Silent())
        finally:
            os.close(of)

    own = least(lambda path: opened(path, copy), folder)
    cp = ("cp", "--sparse=always", "--reflink=auto", source)
    tool = least(lambda path: flushed(path, *cp, path), folder)
    source.unlink()
    return held("copy, 256 MiB of data in 4 GiB", own, tool, COPIED)


def listed(folder: Path) -> bool:
    """A thousand images in one folder."""
    (folder / "many").mkdir()
    for number in range(FILES):
        with (folder / "many" / f"{number}.img").open("wb") as file:
            file.truncate(1 << 30)
    (folder / "many-host").mkdir()
    environment = prepare(folder / "many-host", 13, managed=False)
    argv = [sys.executable, "-m", "xentui", "--host", "local", "image", "list", str(folder / "many")]
    took = min(cpu_ms(argv, environment) for _ in range(ROUNDS))
    print(f"{'list of 1,000 images, CPU':<34} {took:9.1f} ms   limit {LISTED_MS:g} ms")
    return took <= LISTED_MS


if __name__ == "__main__":
    sys.exit(main())
