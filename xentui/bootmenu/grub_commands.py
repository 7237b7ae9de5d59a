"""GRUB's commands, as far as they decide what a menu shows (info grub, Commands)."""

from __future__ import annotations

import re

from xentui.bootmenu import grub_test
from xentui.bootmenu.files import Counted, text_of
from xentui.bootmenu.grub_shell import BlockExit, GrubCall, GrubShell
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from xentui.bootmenu.grub_shell import Run

_DEVICE = re.compile(r"\(([^()]*)\)(.*)", re.DOTALL)
_SEARCH = {
    "-f": "file", "--file": "file",
    "-l": "label", "--label": "label", "--fs-label": "label",
    "-u": "fs-uuid", "--fs-uuid": "fs-uuid",
}  # fmt: skip
_NOTHING = (
    "background_color", "background_image", "clear", "cpuid", "date", "drivemap", "echo", "efi_gop", "export", "insmod",
    "keymap", "load_video", "loadfont", "play", "rmmod", "save_env", "serial", "sleep", "terminal_input",
    "terminal_output", "terminfo", "true", "videoinfo",
)  # fmt: skip
"""These succeed, and say nothing of the menu."""
_FAILING = ("false", "keystatus", "lsefi", "probe", "getenv", "password", "password_pbkdf2")
"""These do not: no key is held down, and of what is asked nothing is known."""


def commands(files: Counted) -> dict[str, Run]:
    """Return the commands by name; those that load a kernel or make an entry are
    :mod:`~xentui.bootmenu.grub_menu`'s.
    """
    made: dict[str, Run] = {
        "set": _set,
        "unset": _unset,
        "break": _leave,
        "continue": _leave,
        "return": _return,
        "shift": _shift,
        "setparams": _setparams,
        "eval": _eval,
        "regexp": _regexp,
    }
    made.update(dict.fromkeys(_NOTHING, _succeed))
    made.update(dict.fromkeys(_FAILING, _fail))

    def file_is(shell: GrubShell, kind: str, path: str) -> bool:
        device, where = place(shell, path)
        if kind in ("f", "s"):
            data = files.read(device, where)
            return data is not None and (kind == "f" or bool(data))
        if files.names(device, where) is not None:
            return True
        return kind == "e" and files.read(device, where) is not None

    def test(shell: GrubShell, call: GrubCall) -> int:
        words = call.words
        if call.name == "[":
            if not words or words[-1] != "]":
                return 1
            words = words[:-1]
        return int(not grub_test.holds(words, lambda kind, path: file_is(shell, kind, path)))

    def source(shell: GrubShell, call: GrubCall) -> int:
        if not call.words:
            return 1
        device, path = place(shell, call.words[0])
        data = files.read(device, path)
        if data is None:
            return 1
        return shell.run_text(text_of(data), path)

    def load_env(shell: GrubShell, call: GrubCall) -> int:
        words = list(call.words)
        path = f"{shell.variables.get('prefix', '')}/grubenv"
        while words and words[0].startswith("-"):
            option = words.pop(0)
            if option in ("-f", "--file") and words:
                path = words.pop(0)
            elif option.startswith("--file="):
                path = option[len("--file=") :]
        names = words
        device, where = place(shell, path)
        data = files.read(device, where)
        if data is None:
            return 1
        for name, value in environment(text_of(data)).items():
            if not names or name in names:
                shell.set(name, value)
        return 0

    def search(shell: GrubShell, call: GrubCall) -> int:
        kind, variable, value = _search_for(call)
        found = files.search(kind, value) if kind and value else None
        if found is None:
            return 1
        if variable:
            shell.set(variable, found)
        return 0

    made.update({"test": test, "[": test, "source": source, ".": source, "load_env": load_env})
    made.update(dict.fromkeys(("search", "search.file", "search.fs_label", "search.fs_uuid"), search))
    return made


def place(shell: GrubShell, path: str) -> tuple[str, str]:
    """Return a path's device and what is left: ``(hd0,gpt2)/boot`` or, of the device ``root``, ``/boot``."""
    match = _DEVICE.match(path)
    if match:
        return match[1], match[2] or "/"
    return shell.variables.get("root", ""), path


def environment(text: str) -> dict[str, str]:
    """Return what an environment block says (``grubenv``): a line each, filled up with ``#``."""
    found: dict[str, str] = {}
    pending = ""
    for line in text.split("\n"):
        if not pending and line.startswith("#"):
            continue
        # A backslash goes before what it protects, a line's end too.
        whole = f"{pending}{line}"
        if (len(whole) - len(whole.rstrip("\\"))) % 2:
            pending = whole[:-1] + "\n"
            continue
        pending = ""
        name, equals, value = whole.partition("=")
        if equals and name:
            found[name] = re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
    return found


def _search_for(call: GrubCall) -> tuple[str, str, str]:
    """Return what is searched for, the variable that gets it, and its name."""
    kind = {"search.file": "file", "search.fs_label": "label", "search.fs_uuid": "fs-uuid"}.get(call.name, "")
    if kind:
        value, variable = [*call.words[:2], "", ""][:2]
        return kind, variable, value
    words, variable, left = list(call.words), "", []
    while words:
        word = words.pop(0)
        if word in _SEARCH:
            kind = _SEARCH[word]
        elif word in ("-s", "--set"):
            # `--set VAR` and `--set`, which means root: the device follows as the last word.
            variable = words.pop(0) if len(words) > 1 and not words[0].startswith("-") else "root"
        elif word.startswith("--set="):
            variable = word[len("--set=") :]
        elif word in ("-h", "--hint"):
            words[:1] = []
        elif not word.startswith("-"):
            left.append(word)
    return kind or ("label" if left else ""), variable, left[0] if left else ""


def _set(shell: GrubShell, call: GrubCall) -> int:
    # What follows the first word counts for nothing (grub_core_cmd_set).
    name, equals, value = (call.words or ["="])[0].partition("=")
    if equals and name:
        shell.set(name, value)
        return 0
    return int(bool(call.words))


def _unset(shell: GrubShell, call: GrubCall) -> int:
    for name in call.words:
        shell.variables.pop(name, None)
    return 0


def _leave(_shell: GrubShell, call: GrubCall) -> int:
    levels = grub_test.number(call.words[0]) if call.words else None
    raise BlockExit(call.name, max(1, levels or 1))


def _return(shell: GrubShell, call: GrubCall) -> int:
    if call.words:
        shell.status = grub_test.number(call.words[0]) or 0
    raise BlockExit("return")


def _shift(shell: GrubShell, call: GrubCall) -> int:
    count = (grub_test.number(call.words[0]) or 0) if call.words else 1
    given = shell.parameters
    if given is None or not 0 <= count <= len(given):
        return 1
    shell.parameters = given[count:]
    return 0


def _setparams(shell: GrubShell, call: GrubCall) -> int:
    shell.parameters = list(call.words)
    return 0


def _eval(shell: GrubShell, call: GrubCall) -> int:
    text = " ".join(call.words)
    shell.spend(len(text) // 16)
    return shell.run_text(text, shell.source)


def _regexp(_shell: GrubShell, _call: GrubCall) -> int:
    return 1  # a guest's expressions may take for ever


def _succeed(_shell: GrubShell, _call: GrubCall) -> int:
    return 0


def _fail(_shell: GrubShell, _call: GrubCall) -> int:
    return 1
