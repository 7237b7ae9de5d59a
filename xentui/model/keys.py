"""What is sent to a guest beside text: the letters of Linux's magic SysRq, keys of a keyboard, a break of a line."""

from __future__ import annotations

from enum import StrEnum

from xentui.frozen import dataclass


@dataclass(frozen=True, slots=True)
class SysRq:
    """A letter of the magic SysRq (Documentation/admin-guide/sysrq.rst); ``loss`` is what it costs, "" for nothing."""

    letter: str
    meaning: str
    loss: str = ""


_SYSRQ = (
    SysRq("h", "list the letters that the guest knows"),
    SysRq("s", "write all file systems' changes to their disks"),
    SysRq("t", "show all tasks and what they are waiting for"),
    SysRq("w", "show the blocked tasks"),
    SysRq("l", "show what every CPU is doing"),
    SysRq("p", "show the registers of the CPU that handles the key"),
    SysRq("m", "show how memory is used"),
    SysRq("d", "show all locks that are held"),
    SysRq("q", "show all timers"),
    SysRq("z", "show the ftrace buffer"),
    SysRq("n", "turn real-time tasks into normal ones"),
    SysRq("j", "thaw frozen file systems"),
    SysRq("r", "take the keyboard out of raw mode"),
    SysRq("k", "kill all programs of the present console", "all programs of its present console are killed"),
    SysRq("f", "kill the program that uses most memory", "the program that uses most memory is killed"),
    SysRq("e", "ask all programs but init to end", "all its programs but init are asked to end"),
    SysRq("i", "kill all programs but init", "all its programs but init are killed"),
    SysRq(
        "u",
        "make all file systems read-only",
        "its file systems become read-only, and stay so until it reboots",
    ),
    SysRq("b", "reboot at once", "it reboots at once: what is not on its disks yet is lost"),
    SysRq("o", "power off at once", "it powers off at once: what is not on its disks yet is lost"),
    SysRq(
        "c",
        "crash, with a dump where one is set up",
        "its kernel crashes: what is not on its disks yet is lost",
    ),
    SysRq("g", "stop in the kernel's debugger", "it stops in its kernel's debugger, where it has one"),
    *(SysRq(str(level), f"show kernel messages up to level {level}") for level in range(10)),
)
SYSRQ = {each.letter: each for each in _SYSRQ}
"""By letter: first those that only show something, then those that end something."""


class GuestKey(StrEnum):
    """Keys of the keyboard QEMU gives an HVM guest, by QEMU's words, and the break of its serial line."""

    CTRL_ALT_DELETE = "ctrl-alt-delete"
    CTRL_ALT_BACKSPACE = "ctrl-alt-backspace"
    CTRL_ALT_F1 = "ctrl-alt-f1"
    CTRL_ALT_F2 = "ctrl-alt-f2"
    CTRL_ALT_F3 = "ctrl-alt-f3"
    CTRL_ALT_F7 = "ctrl-alt-f7"
    BREAK = "break"
