"""The commands of virsh; what they do to guests is done by the simulated libxl, as by libvirt's driver on a real host.

Words and exit codes are those of libvirt 9.0.0 (tests/recordings/libvirt/virsh.json).
"""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from xentui.errors import ConfigError
from xentui.simulator.call import Call, Exit
from xentui.simulator.console import client
from xentui.simulator.guest import Guest
from xentui.simulator.virsh import migrate
from xentui.simulator.virsh.kept import LibvirtEntry, LibvirtFiles
from xentui.simulator.virsh.native import from_native, to_native
from xentui.simulator.xl import block, create, images, lifecycle, media, network, resources
from xentui.simulator.xl.options import parse

_INTERVAL = 0.1
_MAGIC = b"libvirt-xml\n \0 \r"
_HEAD = struct.Struct("<16sII40x")
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


class _Words:
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


def _echo(call: Call, words: Sequence[str]) -> int:
    call.out(" ".join(words))  # with -q it ends no line
    return 0


def _list(call: Call, words: Sequence[str]) -> int:
    given, kept = _Words(words), LibvirtFiles.of(call)
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
    given = _Words(words)
    entry = _entry(call, given.operands[0])
    call.out((entry.xml if "--inactive" in given and entry.xml else entry.live or entry.xml) + "\n")
    return 0


def _from_native(call: Call, words: Sequence[str]) -> int:
    try:
        call.out(from_native(_read(call, words[1])) + "\n")
    except ConfigError as error:
        raise call.fail(f"error: internal error: configuration file syntax error: {error.message}") from None
    return 0


def _to_native(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    xml = (
        _read(call, given.options["--xml"])
        if "--xml" in given
        else _entry(call, given.options["--domain"]).xml
    )
    call.out(to_native(xml) + "\n")
    return 0


def _dominfo(call: Call, words: Sequence[str]) -> int:
    entry, kept = _entry(call, words[0]), LibvirtFiles.of(call)
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
    entry = _entry(call, words[0])
    at_it = entry.busy or migrate.goes_on(call, entry)
    call.out("Job type:         Unbounded   \n" if at_it else "Job type:         None        \n")
    return 0


def _migrate(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    return migrate.migrate(call, _entry(call, given.operands[0]), given.operands[1], given.options)


def _define(call: Call, words: Sequence[str]) -> int:
    try:
        LibvirtFiles.of(call).define(_read(call, words[0]))
    except ValueError as error:
        call.err(f"error: Failed to define domain from {words[0]}\n")
        raise call.fail(f"error: {error}") from None
    return 0


def _undefine(call: Call, words: Sequence[str]) -> int:
    entry, kept = _entry(call, words[0]), LibvirtFiles.of(call)
    if kept.suspended(entry):
        call.err(f"error: Failed to undefine domain '{entry.name}'\n")
        raise call.fail(
            "error: Requested operation is not valid: Refusing to undefine while domain managed save image exists"
        )
    kept.undefine(entry)
    return 0


def _autostart(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    entry = _entry(call, given.operands[0])
    LibvirtFiles.of(call).set_autostart(entry, on="--disable" not in given)
    return 0


def _start(call: Call, words: Sequence[str]) -> int:
    given, kept = _Words(words), LibvirtFiles.of(call)
    entry = _entry(call, given.operands[0])
    if entry.guest is not None:
        raise call.fail("error: Domain is already active")
    if kept.suspended(entry):
        _restored(call, kept.image(entry), paused="--paused" in given)
        call.files.path(kept.image(entry)).unlink(missing_ok=True)
        return 0
    return _booted(call, entry.xml, given, f"Failed to start domain '{entry.name}'")


def _create(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    return _booted(
        call, _read(call, given.operands[0]), given, f"Failed to create domain from {given.operands[0]}"
    )


def _booted(call: Call, xml: str, given: _Words, what: str) -> int:
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
    """A call whose words of xl become those of libvirt, which has them in its log."""
    said = BytesIO()

    def tell(data: bytes) -> None:
        said.write(data)
        if b"libxl: error" in data and said.getvalue().count(b"libxl: error") == 1:
            call.err(f"error: {what}\nerror: internal error: libxenlight failed to create new domain\n")

    return replace(call, stderr=tell)


def _by_libxl(
    verb: Callable[[Call, Sequence[str]], int], failing: str
) -> Callable[[Call, Guest, Sequence[str]], int]:
    """A verb of xl as libvirt's driver does it; it prints nothing, and fails with ``failing``."""

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


def _running(call: Call, word: str, what: str) -> tuple[LibvirtEntry, Guest]:
    entry = _entry(call, word)
    if entry.guest is None:
        call.err(f"error: Failed to {what} '{word}'\n")
        raise call.fail("error: Requested operation is not valid: domain is not running")
    return entry, entry.guest


def _acting(verb: Callable[[Call, Sequence[str]], int], what: str) -> Callable[[Call, Sequence[str]], int]:
    def act(call: Call, words: Sequence[str]) -> int:
        given = _Words(words)
        entry, guest = _running(call, given.operands[0], what)
        if entry.busy:
            call.err(f"error: Failed to {what} '{entry.name}'\n")
            raise call.fail(_BUSY)
        return _by_libxl(verb, f"Failed to {what} '{entry.name}'")(call, guest, given.operands[1:])

    return act


def _resume(call: Call, words: Sequence[str]) -> int:
    entry, guest = _running(call, words[0], "resume domain")
    if not guest.paused:
        call.err(f"error: Failed to resume domain '{words[0]}'\n")
        raise call.fail(f"error: internal error: domain '{entry.name}' not paused")
    return _by_libxl(lifecycle.unpause, f"Failed to resume domain '{entry.name}'")(call, guest, [])


def _managedsave(call: Call, words: Sequence[str]) -> int:
    entry, guest = _running(call, words[0], "save domain")
    return _saved(call, entry, guest, LibvirtFiles.of(call).image(entry))


def _save(call: Call, words: Sequence[str]) -> int:
    entry, guest = _running(call, words[0], "save domain")
    return _saved(call, entry, guest, words[1])


def _saved(call: Call, entry: LibvirtEntry, guest: Guest, path: str) -> int:
    real = Path(call.real_path(path))
    real.parent.mkdir(parents=True, exist_ok=True)
    _by_libxl(images.save, f"Failed to save domain '{entry.name}' to {path}")(call, guest, [path])
    real.write_bytes(image_head(entry.live or entry.xml) + real.read_bytes())
    return 0


def image_head(xml: str) -> bytes:
    """Return what stands before a guest's memory in a file of libvirt's (libxl_conf.h, libxlSavefileHeader)."""
    data = xml.encode() + b"\0"
    return _HEAD.pack(_MAGIC, 2, len(data)) + data


def _managedsave_remove(call: Call, words: Sequence[str]) -> int:
    entry, kept = _entry(call, words[0]), LibvirtFiles.of(call)
    call.files.path(kept.image(entry)).unlink(missing_ok=True)
    return 0


def _restore(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    return _restored(call, given.operands[0], paused="--paused" in given)


def _restored(call: Call, path: str, *, paused: bool) -> int:
    real = Path(call.real_path(path))
    data = real.read_bytes() if real.is_file() else b""
    if not data.startswith(_MAGIC):
        why = (
            "image magic is incorrect"
            if data
            else f"cannot read domain image '{path}': No such file or directory"
        )
        call.err(f"error: Failed to restore domain from {path}\n")
        raise call.fail(f"error: {why}")
    length = _HEAD.unpack_from(data)[2]
    xml = data[_HEAD.size : _HEAD.size + length].rstrip(b"\0").decode()
    before = {guest.domid for guest in call.state.guests()}
    silent = replace(call, stderr=lambda _data: None)
    with tempfile.NamedTemporaryFile() as memory:
        memory.write(data[_HEAD.size + length :])
        memory.flush()
        if images.restore(silent, [*(["-p"] if paused else []), memory.name]):
            raise call.fail(f"error: Failed to restore domain from {path}")
    for guest in call.state.guests():
        if guest.domid not in before:
            LibvirtFiles.of(call).runs(xml, guest)
    return 0


def _setmem(call: Call, words: Sequence[str]) -> int:
    return _sized(call, words, resources.mem_set, "set memory of domain")


def _setmaxmem(call: Call, words: Sequence[str]) -> int:
    return _sized(call, words, resources.mem_max, "set maximum memory of domain")


def _sized(call: Call, words: Sequence[str], verb: Callable[[Call, Sequence[str]], int], what: str) -> int:
    given = _Words(words)
    entry, guest = _running(call, given.operands[0], what)
    size = given.operands[1].replace("MiB", "m")
    return _by_libxl(verb, f"Failed to {what} '{entry.name}'")(call, guest, [size])


def _attach_disk(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    _, guest = _running(call, given.operands[0], "attach disk to domain")
    options, (_dom, source, vdev) = given.options, given.operands
    spec = [f"format={options.get('--subdriver', 'raw')}", f"vdev={vdev}"]
    spec += [f"backendtype={'phy' if options.get('--driver') == 'phy' else 'qdisk'}"]
    spec += ["access=ro"] if options.get("--mode") == "readonly" else []
    spec += ["devtype=cdrom"] if options.get("--type") == "cdrom" else []
    return _by_libxl(block.attach, "Failed to attach disk")(
        call, guest, [",".join([*spec, f"target={source}"])]
    )


def _change_media(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    _, guest = _running(call, given.operands[0], "change media of domain")
    verb = media.eject if "--eject" in given else media.insert
    return _by_libxl(verb, "Failed to complete action update on media")(call, guest, given.operands[1:])


def _attach_interface(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    _, guest = _running(call, given.operands[0], "attach interface to domain")
    names = {"--mac": "mac", "--model": "model", "--script": "script", "--target": "vifname"}
    told = [f"{names[key]}={value}" for key, value in given.options.items() if key in names]
    return _by_libxl(network.attach, "Failed to attach interface")(
        call, guest, [f"bridge={given.operands[2]}", *told]
    )


def _detach_interface(call: Call, words: Sequence[str]) -> int:
    given = _Words(words)
    _, guest = _running(call, given.operands[0], "detach interface from domain")
    return _by_libxl(network.detach, "Failed to detach interface")(call, guest, [given.options["--mac"]])


def _console(call: Call, words: Sequence[str]) -> int:
    _, guest = _running(call, words[0], "open console of domain")
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


def _entry(call: Call, word: str) -> LibvirtEntry:
    call.now()
    for entry in LibvirtFiles.of(call).entries():
        if word in (entry.uuid, entry.name):
            return entry
    raise call.fail(f"error: failed to get domain '{word}'")


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
    "shutdown": _acting(lifecycle.shutdown, "shutdown domain"),
    "reboot": _acting(lifecycle.reboot, "reboot domain"),
    "destroy": _acting(lifecycle.destroy, "destroy domain"),
    "suspend": _acting(lifecycle.pause, "suspend domain"),
    "resume": _resume,
    "managedsave": _managedsave,
    "managedsave-remove": _managedsave_remove,
    "save": _save,
    "restore": _restore,
    "setmem": _setmem,
    "setmaxmem": _setmaxmem,
    "setvcpus": _acting(resources.vcpu_set, "set vcpus of domain"),
    "attach-disk": _attach_disk,
    "detach-disk": _acting(block.detach, "detach disk of domain"),
    "change-media": _change_media,
    "attach-interface": _attach_interface,
    "detach-interface": _detach_interface,
    "console": _console,
    "event": _event,
}
