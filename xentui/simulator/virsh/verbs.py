"""The commands of virsh; what they do to guests is done by the simulated libxl, as by libvirt's driver on a real host.

Words and exit codes are those of libvirt 9.0.0 (tests/recordings/libvirt/virsh.json).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from xentui.errors import ConfigError
from xentui.simulator.call import Call
from xentui.simulator.console import client
from xentui.simulator.virsh import device_changes, memory_images, migrate
from xentui.simulator.virsh.domain_actions import VirshWords, acting, by_libxl, entry_of, running
from xentui.simulator.virsh.driver_files import LibvirtFiles
from xentui.simulator.virsh.native import from_native, to_native
from xentui.simulator.xl import create, lifecycle
from xentui.simulator.xl.options import parse

_INTERVAL = 0.1


def _echo(call: Call, words: Sequence[str]) -> int:
    call.out(" ".join(words))  # with -q it ends no line
    return 0


def _list(call: Call, words: Sequence[str]) -> int:
    given, kept = VirshWords(words), LibvirtFiles.of(call)
    call.now()
    for entry in kept.entries():
        wanted = (
            ("--all" in given or entry.guest is not None)
            and ("--persistent" not in given or entry.xml)
            and ("--autostart" not in given or kept.autostarts(entry))
            and ("--with-managed-save" not in given or kept.suspended(entry))
        )
        if wanted:
            call.out(f"{entry.uuid} {entry.name}\n" if "--name" in given else f"{entry.uuid}\n")
    return 0


def _dumpxml(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    entry = entry_of(call, given.operands[0])
    call.out((entry.xml if "--inactive" in given and entry.xml else entry.live or entry.xml) + "\n")
    return 0


def _from_native(call: Call, words: Sequence[str]) -> int:
    try:
        call.out(from_native(_read(call, words[1])) + "\n")
    except ConfigError as error:
        raise call.fail(f"error: internal error: configuration file syntax error: {error.message}") from None
    return 0


def _to_native(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    xml = (
        _read(call, given.options["--xml"])
        if "--xml" in given
        else entry_of(call, given.options["--domain"]).xml
    )
    call.out(to_native(xml) + "\n")
    return 0


def _dominfo(call: Call, words: Sequence[str]) -> int:
    entry, kept = entry_of(call, words[0]), LibvirtFiles.of(call)
    guest, told = entry.guest, []
    if guest is not None:
        told.append(("Id", str(guest.domid)))
    else:
        told.append(("Id", "-"))
    state = "shut off" if guest is None else "paused" if guest.paused else "running"
    told += [("Name", entry.name), ("UUID", entry.uuid), ("State", state)]
    used = guest.cpu_seconds(call.now()) if guest is not None else 0.0
    if used:
        told.append(("CPU time", f"{used:.1f}s"))
    told += [
        ("Persistent", "yes" if entry.xml else "no"),
        ("Autostart", "enable" if kept.autostarts(entry) else "disable"),
        ("Managed save", "yes" if kept.suspended(entry) else "no"),
    ]
    call.out("".join(f"{key + ':':<15} {value}\n" for key, value in told) + "\n")
    return 0


def _domjobinfo(call: Call, words: Sequence[str]) -> int:
    entry = entry_of(call, words[0])
    at_it = entry.busy or migrate.goes_on(call, entry)
    call.out("Job type:         Unbounded   \n" if at_it else "Job type:         None        \n")
    return 0


def _migrate(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    return migrate.migrate(call, entry_of(call, given.operands[0]), given.operands[1], given.options)


def _define(call: Call, words: Sequence[str]) -> int:
    try:
        LibvirtFiles.of(call).define(_read(call, words[0]))
    except ValueError as error:
        call.err(f"error: Failed to define domain from {words[0]}\n")
        raise call.fail(f"error: {error}") from None
    return 0


def _undefine(call: Call, words: Sequence[str]) -> int:
    entry, kept = entry_of(call, words[0]), LibvirtFiles.of(call)
    if kept.suspended(entry):
        call.err(f"error: Failed to undefine domain '{entry.name}'\n")
        raise call.fail(
            "error: Requested operation is not valid: Refusing to undefine while domain managed save image exists"
        )
    kept.undefine(entry)
    return 0


def _autostart(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    entry = entry_of(call, given.operands[0])
    LibvirtFiles.of(call).set_autostart(entry, on="--disable" not in given)
    return 0


def _start(call: Call, words: Sequence[str]) -> int:
    given, kept = VirshWords(words), LibvirtFiles.of(call)
    entry = entry_of(call, given.operands[0])
    if entry.guest is not None:
        raise call.fail("error: Domain is already active")
    if kept.suspended(entry):
        memory_images.restored(call, kept.image(entry), paused="--paused" in given)
        call.files.path(kept.image(entry)).unlink(missing_ok=True)
        return 0
    return _booted(call, entry.xml, given, f"Failed to start domain '{entry.name}'")


def _create(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    return _booted(
        call, _read(call, given.operands[0]), given, f"Failed to create domain from {given.operands[0]}"
    )


def _booted(call: Call, xml: str, given: VirshWords, what: str) -> int:
    """Build a guest of a document, as libxl does it for whoever asks."""
    config = create.translate(call, to_native(xml).encode(), "<xml>")
    config.pop("on_soft_reset", None)  # libvirt sets none, and libxl's own is to destroy
    words = ["-p"] if "--paused" in given else []
    guest = create.admit(_quiet(call, what), config, parse(call, "create", words, "pce", 0))
    code = create.built(call, guest)
    if code:
        call.err(f"error: {what}\n")
        raise call.fail("error: internal error: libxenlight failed to create new domain")
    LibvirtFiles.of(call).runs(xml, guest)
    if "--console" in given and call.attached:
        return client.attach(call, guest.domid)
    return 0


def _quiet(call: Call, what: str) -> Call:
    """Return a call whose words of xl become those of libvirt, which has them in its log."""
    said = BytesIO()

    def tell(data: bytes) -> None:
        said.write(data)
        if b"libxl: error" in data and said.getvalue().count(b"libxl: error") == 1:
            call.err(f"error: {what}\nerror: internal error: libxenlight failed to create new domain\n")

    return replace(call, stderr=tell)


def _resume(call: Call, words: Sequence[str]) -> int:
    entry, guest = running(call, words[0], "resume domain")
    if not guest.paused:
        call.err(f"error: Failed to resume domain '{words[0]}'\n")
        raise call.fail(f"error: internal error: domain '{entry.name}' not paused")
    return by_libxl(lifecycle.unpause, f"Failed to resume domain '{entry.name}'")(call, guest, [])


def _console(call: Call, words: Sequence[str]) -> int:
    _, guest = running(call, words[0], "open console of domain")
    return client.attach(call, guest.domid)


def _event(call: Call, words: Sequence[str]) -> int:
    """Lifecycle events: what libvirt knows is compared with what it knew, since whoever ends a guest ends it."""
    del words
    parent, kept = os.getppid(), LibvirtFiles.of(call)

    def known() -> dict[str, tuple[str, bool, bool]]:
        call.now()
        return {each.uuid: (each.name, bool(each.xml), each.guest is not None) for each in kept.entries()}

    before = known()
    while not call.cancel.is_set() and os.getppid() == parent and not call.sleep(_INTERVAL):
        now = known()
        for uuid in before.keys() | now.keys():
            was, there = before.get(uuid, ("", False, False)), now.get(uuid, ("", False, False))
            name = there[0] or was[0]
            for index, words_of in (
                (1, ("Undefined Removed", "Defined Added")),
                (2, ("Stopped Shutdown", "Started Booted")),
            ):
                if was[index] != there[index]:
                    call.out(f"event 'lifecycle' for domain '{name}': {words_of[bool(there[index])]}\n")
        before = now
    return 0


def _read(call: Call, path: str) -> str:
    try:
        return Path(call.real_path(path)).read_text(encoding="utf-8")
    except OSError as error:
        raise call.fail(f"error: Failed to open file '{path}': {error.strerror}") from None


VERBS: Mapping[str, Callable[[Call, Sequence[str]], int]] = {
    "echo": _echo,
    "list": _list,
    "dumpxml": _dumpxml,
    "domxml-from-native": _from_native,
    "domxml-to-native": _to_native,
    "define": _define,
    "dominfo": _dominfo,
    "domjobinfo": _domjobinfo,
    "migrate": _migrate,
    "undefine": _undefine,
    "autostart": _autostart,
    "start": _start,
    "create": _create,
    "shutdown": acting(lifecycle.shutdown, "shutdown domain"),
    "reboot": acting(lifecycle.reboot, "reboot domain"),
    "destroy": acting(lifecycle.destroy, "destroy domain"),
    "suspend": acting(lifecycle.pause, "suspend domain"),
    "resume": _resume,
    **memory_images.VERBS,
    **device_changes.VERBS,
    "console": _console,
    "event": _event,
}
