"""From the words after ``xl`` to the verb that answers them (xl.c, main)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from xentui.simulator.call import Call
from xentui.simulator.xl import usage
from xentui.simulator.xl.options import show_help

#: Verb: module and function, and whether the host is held still while it runs.
_VERBS = {
    "list": ("listing", "list_domains", False),
    "vm-list": ("listing", "vm_list", False),
    "vcpu-list": ("listing", "vcpu_list", False),
    "uptime": ("listing", "uptime", False),
    "domid": ("listing", "domid", False),
    "domname": ("listing", "domname", False),
    "info": ("hostinfo", "info", False),
    "dmesg": ("hostinfo", "dmesg", False),
    "create": ("create", "create", False),
    "destroy": ("lifecycle", "destroy", False),
    "shutdown": ("lifecycle", "shutdown", False),
    "reboot": ("lifecycle", "reboot", False),
    "pause": ("lifecycle", "pause", True),
    "unpause": ("lifecycle", "unpause", True),
    "rename": ("lifecycle", "rename", True),
    "sysrq": ("lifecycle", "sysrq", True),
    "trigger": ("lifecycle", "trigger", True),
    "qemu-monitor-command": ("monitor", "monitor", True),
    "mem-set": ("resources", "mem_set", True),
    "mem-max": ("resources", "mem_max", True),
    "vcpu-set": ("resources", "vcpu_set", True),
    "block-attach": ("block", "attach", True),
    "block-list": ("block", "listing", False),
    "block-detach": ("block", "detach", True),
    "cd-insert": ("media", "insert", True),
    "cd-eject": ("media", "eject", True),
    "network-attach": ("network", "attach", True),
    "network-list": ("network", "listing", False),
    "network-detach": ("network", "detach", True),
    "save": ("images", "save", False),
    "restore": ("images", "restore", False),
    "dump-core": ("images", "dump_core", False),
    "migrate": ("migrate", "migrate", False),
    "console": ("console", "console", False),
}
_NO_HYPERVISOR = (
    "xencall: error: Could not obtain handle on privileged command interface: No such file or directory\n"
    "libxl: error: libxl.c:102:libxl_ctx_alloc: cannot open libxc handle: No such file or directory\n"
    "cannot init xl context"
)
#: Verbs that know ``-N``.
_DRY = frozenset({"create", "block-attach", "network-attach"})


def run(call: Call, words: Sequence[str]) -> int:
    """Run ``xl WORDS``; returns the exit status."""
    if call.state.get("no_hypervisor", False):
        raise call.fail(_NO_HYPERVISOR)
    rest = list(words)
    flags = ""
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        for letter in word[1:]:
            if letter not in "vftTN":
                call.err(f"/usr/lib/xen-4.17/bin/xl: invalid option -- '{letter}'\nunknown global option\n")
                return 1
        flags += word[1:]
    if not rest:
        call.out(usage.OVERVIEW)
        return 1
    name, arguments = rest[0], rest[1:]
    if name == "help":
        return _help(call, arguments)
    verb = _resolve(name)
    if verb is None:
        raise call.fail("command not implemented")
    if "N" in flags and verb not in _DRY:
        raise call.fail("command does not implement -N (dryrun) option")
    if verb not in _VERBS:
        raise call.fail(f"xl {verb} is not simulated")
    module, function, held = _VERBS[verb]
    answer = getattr(import_module(f"xentui.simulator.xl.{module}"), function)
    options = {"dry": True} if "N" in flags else {}
    if held:
        with call.state.change():
            code = answer(call, arguments, **options)
    else:
        code = answer(call, arguments, **options)
    return int(code)


def _resolve(name: str) -> str | None:
    if name in usage.NAMES:
        return name
    found = [known for known in usage.NAMES if known.startswith(name)]
    return found[0] if len(found) == 1 else None


def _help(call: Call, arguments: Sequence[str]) -> int:
    if not arguments:
        call.out(usage.OVERVIEW)
        return 0
    verb = _resolve(arguments[0])
    if verb is None:
        call.out(f'command "{arguments[0]}" not implemented\n')
    else:
        show_help(call, verb)
    return 0
