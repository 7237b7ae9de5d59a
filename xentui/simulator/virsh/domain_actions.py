"""How a command of virsh finds a guest, and has it acted on by the simulated libxl, as libvirt's driver does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from xentui.simulator.call import Call, Exit
from xentui.simulator.guest import Guest
from xentui.simulator.virsh.driver_files import LibvirtEntry, LibvirtFiles

_FLAGS = frozenset(
    [
        *("--all", "--uuid", "--name", "--persistent", "--autostart", "--with-managed-save", "--inactive"),
        *(
            "--security-info",
            "--paused",
            "--console",
            "--live",
            "--disable",
            "--loop",
            "--timestamp",
            "--eject",
        ),
        *("--update", "--p2p", "--undefinesource", "--verbose", "--suspend", "--offline", "--reason"),
    ]
)
"""Options without a value; any other takes the next word."""


_BUSY = (
    "error: Timed out during operation: cannot acquire state change lock "
    "(held by monitor=remoteDispatchDomainMigratePrepare3Params)"
)


class VirshWords:
    """The words of a command: operands, and options with their values."""

    def __init__(self, words: Sequence[str]) -> None:
        self.operands: list[str] = []
        self.options: dict[str, str] = {}
        queue = list(words)
        while queue:
            word = queue.pop(0)
            if not word.startswith("--"):
                self.operands.append(word)
            elif word in _FLAGS or not queue:
                self.options[word] = ""
            else:
                self.options[word] = queue.pop(0)

    def __contains__(self, option: str) -> bool:
        return option in self.options


def entry_of(call: Call, word: str) -> LibvirtEntry:
    """Return the domain of that name or uuid; ends the call where there is none."""
    call.now()
    for entry in LibvirtFiles.of(call).entries():
        if word in (entry.uuid, entry.name):
            return entry
    raise call.fail(f"error: failed to get domain '{word}'")


def by_libxl(
    verb: Callable[[Call, Sequence[str]], int], failing: str
) -> Callable[[Call, Guest, Sequence[str]], int]:
    """Return a verb of xl as libvirt's driver does it; it prints nothing, and fails with ``failing``."""

    def act(call: Call, guest: Guest, words: Sequence[str]) -> int:
        silent = replace(call, stderr=lambda _data: None, stdout=lambda _data: None)
        try:
            code = verb(silent, [str(guest.domid), *words])
        except Exit as end:
            code = end.code
        if code:
            call.err(f"error: {failing}\n")
            raise call.fail("error: internal error: libxenlight refused it")
        return 0

    return act


def running(call: Call, word: str, what: str) -> tuple[LibvirtEntry, Guest]:
    """Return a domain that runs, and its guest; ends the call of ``what`` where it does not."""
    entry = entry_of(call, word)
    if entry.guest is None:
        call.err(f"error: Failed to {what} '{word}'\n")
        raise call.fail("error: Requested operation is not valid: domain is not running")
    return entry, entry.guest


def acting(verb: Callable[[Call, Sequence[str]], int], what: str) -> Callable[[Call, Sequence[str]], int]:
    """Return a verb of xl as a command of virsh, which cannot ``what`` a domain that migrates."""

    def act(call: Call, words: Sequence[str]) -> int:
        given = VirshWords(words)
        entry, guest = running(call, given.operands[0], what)
        if entry.busy:
            call.err(f"error: Failed to {what} '{entry.name}'\n")
            raise call.fail(_BUSY)
        return by_libxl(verb, f"Failed to {what} '{entry.name}'")(call, guest, given.operands[1:])

    return act
