"""The program: arguments as libxl gives them (libxl_bootloader.c), kernel and ramdisk as files, the answer.

libxl runs ``PROGRAM [--kernel=…] [--ramdisk=…] [--args=…] --output=FIFO --output-format=simple0
--output-directory=FOLDER BOOTLOADER_ARGS… DISK`` on a pseudo-terminal whose screen is kept as
``/var/log/xen/bootloader.DOMID.log``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from xentui.domuloader.children import MissingError, ReadError, Wanted, write_all
from xentui.domuloader.disk_view import View, ViewError, opened, viewed
from xentui.domuloader.entry import EntryError, KernelEntry, parse_entry
from xentui.domuloader.partitions import Partition, partitions
from xentui.domuloader.readers import READERS, grub, mount

NAME = "xentui-domuloader"
_VOLUME = re.compile(r"lvm/[^()\s,]{1,200}")
DEFAULT_MIB = 128
"""As pygrub: ``PYGRUB_MAX_FILE_SIZE_MB`` says otherwise."""


class LoaderError(Exception):
    """Why there is nothing to boot."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run; exits with 0 and an answer, else with 1 and a sentence."""
    if words is None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            # libxl ends it like this, and what was made is to go.
            signal.signal(number, _leave)
    try:
        run(list(sys.argv[1:] if words is None else words))
    except (LoaderError, EntryError, ViewError) as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        sys.exit(1)
    except OSError as error:
        sys.stderr.write(f"{NAME}: {error}\n")
        sys.exit(1)
    sys.exit(0)


def run(words: list[str]) -> None:
    """Take the files out and answer; raises LoaderError, EntryError, ViewError, OSError."""
    options = _parser().parse_args(words)
    if not options.entry:
        raise LoaderError("no --entry is given: write --entry=xvda1:/boot/vmlinuz,/boot/initrd")
    entry = parse_entry(options.entry)
    if options.volume and not _VOLUME.fullmatch(options.volume):
        raise LoaderError("--volume names no volume: lvm/vg-root is one")
    # The programs that read it run elsewhere.
    image = os.path.abspath(options.image or options.disk)
    folder = options.output_directory or tempfile.mkdtemp(prefix=f"{NAME}-")
    made: list[str] = []
    try:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        with viewed(image) as view:
            place, kernel = _kernel(view, entry, folder, options)
            made.append(kernel)
            ramdisk = ""
            if entry.ramdisk:
                ramdisk = _file(view, place, entry.ramdisk, folder, "boot_ramdisk.", options.volume)
                made.append(ramdisk)
        answer = answered(kernel, ramdisk, options.args or "", options.output_format)
        _tell(f"{entry.kernel}{' and ' + entry.ramdisk if entry.ramdisk else ''} out of {image}")
        _write(options.output, answer)
    except BaseException:
        for path in made:
            with contextlib.suppress(OSError):
                Path(path).unlink()
        if not options.output_directory:
            with contextlib.suppress(OSError):
                Path(folder).rmdir()
        raise


def _leave(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def answered(kernel: str, ramdisk: str, arguments: str, kind: str) -> bytes:
    """Return the answer in one of pygrub's formats: ``sxp`` (xend's), ``simple`` or ``simple0`` (libxl's)."""
    values = [("kernel", kernel), ("ramdisk", ramdisk), ("args", arguments)]
    given = [(key, value) for key, value in values if value]
    if kind == "sxp":
        text = "linux " + "".join(f"({key} {_quoted(value)})" for key, value in given)
        return text.encode("utf-8", "surrogateescape")
    end = "\0" if kind == "simple0" else "\n"
    return ("".join(f"{key} {value}{end}" for key, value in given) + end).encode("utf-8", "surrogateescape")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _kernel(
    view: View, entry: KernelEntry, folder: str, options: argparse.Namespace
) -> tuple[Partition | None, str]:
    """Return the partition that has the kernel, and the kernel taken out of it."""
    places: list[Partition | None] = [None]
    if not (options.whole or options.volume):
        fd = opened(view.path)
        try:
            found = partitions(fd)
        finally:
            os.close(fd)
        if entry.device and entry.partition and found:
            places = [place for place in found if place.number == entry.partition]
            if not places:
                numbers = ", ".join(str(place.number) for place in found)
                raise LoaderError(f"{view.image} has no partition {entry.partition}; it has {numbers}")
        elif not entry.device and found:
            places = list(found)
    problems = []
    for place in places:
        try:
            return place, _file(view, place, entry.kernel, folder, "boot_kernel.", options.volume)
        except LoaderError as error:
            problems.append(str(error))
    raise LoaderError("; ".join(problems))


def _file(  # noqa: PLR0917 - of what, from where, to where
    view: View, place: Partition | None, path: str, folder: str, prefix: str, volume: str
) -> str:
    """Take one file out by the first way that works, of a ``volume`` by GRUB's; returns where it is now."""
    wanted = Wanted(view.path, place, path, _limit(), view.who)
    problems = []
    missing = True
    for reader in (grub,) if volume else READERS:
        if reader is mount and not missing:
            break
        fd, target = tempfile.mkstemp(prefix=prefix, dir=folder)
        try:
            if volume:
                grub(wanted, fd, volume)
            else:
                reader(wanted, fd)
        except (ReadError, OSError) as error:
            missing = missing and isinstance(error, MissingError)
            problems.append(f"{reader.__name__}: {str(error).replace(view.path, view.image)}")
            Path(target).unlink()
        except BaseException:
            Path(target).unlink()
            raise
        else:
            return target
        finally:
            os.close(fd)
    where = f"partition {place.number} of {view.image}" if place else view.image
    raise LoaderError(f"{path} cannot be read from {where} ({'; '.join(problems)})")


def _limit() -> int:
    """Return bytes a file may have."""
    words = os.environ.get("PYGRUB_MAX_FILE_SIZE_MB", "")
    return (int(words) if words.isdigit() and 0 < int(words) <= 1 << 14 else DEFAULT_MIB) << 20


def _write(output: str, answer: bytes) -> None:
    fd = 1 if output in ("", "-") else os.open(output, os.O_WRONLY | os.O_CREAT, 0o600)
    write_all(fd, answer)
    if fd != 1:
        os.close(fd)


def _tell(what: str) -> None:
    sys.stderr.write(f"{NAME}: {what}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Take a kernel and a ramdisk out of a guest's disk, for xl to boot.",
        allow_abbrev=False,
    )
    parser.add_argument("--entry", metavar="DEVICE:KERNEL[,RAMDISK]", help="xvda1:/boot/vmlinuz,/boot/initrd")
    parser.add_argument("--args", help="the kernel's command line, handed on")
    parser.add_argument("--output", default="", help="where the answer goes (standard output)")
    parser.add_argument("--output-format", choices=("sxp", "simple", "simple0"), default="sxp")
    parser.add_argument("--output-directory", default="", help="where the files go")
    parser.add_argument("--image", default="", help="read this image instead of DISK")
    parser.add_argument(
        "--volume", default="", metavar="lvm/VG-LV", help="a volume within it, as GRUB calls it"
    )
    parser.add_argument("--whole", action="store_true", help="the image is the partition itself")
    for ignored in ("--kernel", "--ramdisk", "--runas"):
        parser.add_argument(ignored, help=argparse.SUPPRESS)
    parser.add_argument("-q", "--quiet", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("-v", "--verbose", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("disk", help="the guest's disk: an image or a block device")
    return parser
