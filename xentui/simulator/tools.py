"""The few commands of a dom0 that are wanted besides xl's: cat, python3, test, true, uname."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xentui.bootmenu import NAME, grub_menu, legacy, program
from xentui.bootmenu.files import MemoryFiles
from xentui.simulator import bootmenu, host
from xentui.simulator.call import Call

_LIMIT = 1 << 24


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
    """``python3 -I -c CODE NAME …``, for the program that reads boot menus."""
    if words[3:4] != (NAME,):
        call.err("python3: the simulated host runs none of this\n")
        return 2
    path = Path(call.real_path(words[-1]))
    try:
        with path.open("rb") as file:
            text = bootmenu.text(file.read(_LIMIT))
    except OSError as error:
        call.out(json.dumps({"error": f"{words[-1]}: {error.strerror}", "places": []}))
        return 0
    answer = program.answer(str(path), text=False) if text is None else _menu(text)
    call.out(json.dumps(answer))
    return 0


def _menu(text: str) -> dict[str, Any]:
    """The answer for an image that holds a menu and nothing else."""
    reader, path = (
        (grub_menu, "/boot/grub/grub.cfg") if "menuentry" in text else (legacy, "/boot/grub/menu.lst")
    )
    menu = reader.read_menu(MemoryFiles({"hd0": {path: text.encode()}}), "hd0", path)
    place = {"partition": 0, "kind": "ext4", "unclean": False}
    return {
        "menu": program.values(menu),
        "place": 0,
        "places": [place],
        "kernels": [],
        "notes": list(menu.notes),
    }
