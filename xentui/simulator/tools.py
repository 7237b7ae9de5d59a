"""The few commands of a dom0 that are wanted besides xl's: cat, python3, test, true, uname."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xentui.bootmenu import NAME, program
from xentui.bootmenu.disk import FileSystem, GuestDisk
from xentui.bootmenu.files import MemoryFiles
from xentui.bootmenu.limits import BootMenuError
from xentui.bootmenu.superblock import System
from xentui.domuloader.readers import PATH
from xentui.simulator import bootmenu, host
from xentui.simulator.call import Call

_LIMIT = 1 << 24
_HEAD = 1 << 16


def true(call: Call, words: Sequence[str]) -> int:  # noqa: ARG001 - every command takes both
    """``true``."""
    return 0


def cat(call: Call, words: Sequence[str]) -> int:
    """``cat FILE …``; standard input without one."""
    call.now()
    if not words:
        call.stdout(call.stdin)
    code = 0
    for word in words:
        try:
            with Path(call.real_path(word)).open("rb") as file:
                call.stdout(file.read(_LIMIT))
        except OSError as error:
            call.err(f"cat: {word}: {error.strerror}\n")
            code = 1
    return code


def test(call: Call, words: Sequence[str]) -> int:
    """``test -e|-f|-d|-r|-x|-s FILE``."""
    if len(words) != 2 or words[0] not in ("-e", "-f", "-d", "-r", "-x", "-s"):
        return 2
    path = Path(call.real_path(words[1]))
    found = {"-f": path.is_file, "-d": path.is_dir}.get(words[0], path.exists)()
    if words[0] == "-s" and found:
        found = path.stat().st_size > 0
    return 0 if found else 1


def uname(call: Call, words: Sequence[str]) -> int:
    """``uname [-r|-n|-s|-m]``."""
    machine = host.hardware(call.state)
    answers = {"-r": machine.release, "-n": machine.name, "-s": "Linux", "-m": "x86_64"}
    call.out(answers.get(words[0] if words else "-s", "Linux") + "\n")
    return 0


def python(call: Call, words: Sequence[str]) -> int:
    """``python3 -S -I -c CODE NAME … IMAGE``, for the program that reads boot menus: on the image as it really lies."""
    if NAME not in words:
        call.err("python3: the simulated host runs none of this\n")
        return 2
    at = words.index(NAME) + 1
    options = [word for word in words[at:] if word.startswith("--")]
    images = [word for word in words[at:] if not word.startswith("--")]
    answers = [_known(call, image, options) for image in images]
    unknown = [number for number, answer in enumerate(answers) if answer is None]
    real = [call.real_path(images[number]) for number in unknown]
    read: list[str] = []
    if real:
        # The readers are bounded by signals, which a thread does not get.
        argv = [sys.executable, *words[:at], *_of_those(options, unknown), *real]
        done = subprocess.run(argv, input=call.stdin, capture_output=True, check=False, timeout=600)
        if done.returncode != 0:
            call.stderr(done.stderr)
            return done.returncode
        read = done.stdout.decode().splitlines()
    for answer in answers:
        call.out(f"{read.pop(0) if answer is None else json.dumps(answer)}\n")
    return 0


def _of_those(options: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Return the options for some of the images only: formats and stamps are listed as those are."""
    made = []
    for option in options:
        name, _, words = option.partition("=")
        if name in ("--formats", "--stamps"):
            formats = words.split(",")
            option = f"{name}={','.join(formats[number] for number in numbers)}"  # noqa: PLW2901 - as it is handed on
        made.append(option)
    return made


def _known(call: Call, image: str, options: Sequence[str]) -> dict[str, Any] | None:
    """Return the answer for an image that needs no reader; None for any other."""
    try:
        with Path(call.real_path(image)).open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        return {"error": f"{image}: {error.strerror}", "places": []}
    if "--places" in options:
        return None
    text = bootmenu.text(head)
    if text is None or (_reads_ext4() and not head.startswith(bootmenu.MAGIC)):
        return None
    return _menu(text, files="--text" in options)


def _reads_ext4() -> bool:
    """Return whether this machine has what reads the samples' disks."""
    return any(shutil.which(name, path=PATH) for name in ("grub-fstest", "grub2-fstest", "debugfs"))


class _Disk(GuestDisk):
    """A disk of which the menu is known, and that all it names is there."""

    def __init__(self, path: str, text: str) -> None:
        self.places = [FileSystem("hd0", None, System("ext4"))]
        self.gpt = self.missing = False
        self._large = set()
        named = dict.fromkeys(re.findall(r"/boot/[^\s/]+", text), b"")
        self._known = MemoryFiles({"hd0": {path: text.encode(), **named}})

    def read(self, device: str, path: str) -> bytes | None:
        return self._known.read(device, path)

    def names(self, device: str, path: str) -> list[str] | None:
        return self._known.names(device, path)


def _menu(text: str, *, files: bool) -> dict[str, Any]:
    """Return the answer for an image of which no more than the menu is read."""
    path = "/boot/grub/grub.cfg" if "menuentry" in text else "/boot/grub/menu.lst"
    place = {"device": "hd0", "partition": 0, "start": 0, "kind": "ext4", "unclean": False}
    try:
        return {**program.told(_Disk(path, text), text=files), "places": [place]}
    except BootMenuError as error:
        return {"error": str(error), "places": [place]}
