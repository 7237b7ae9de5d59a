"""The commands of virsh that change a running guest: its memory, processors, disks and interfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from xentui.simulator.call import Call
from xentui.simulator.virsh.domain_actions import VirshWords, acting, by_libxl, running
from xentui.simulator.xl import block, media, network, resources


def _setmem(call: Call, words: Sequence[str]) -> int:
    return _sized(call, words, resources.mem_set, "set memory of domain")


def _setmaxmem(call: Call, words: Sequence[str]) -> int:
    return _sized(call, words, resources.mem_max, "set maximum memory of domain")


def _sized(call: Call, words: Sequence[str], verb: Callable[[Call, Sequence[str]], int], what: str) -> int:
    given = VirshWords(words)
    entry, guest = running(call, given.operands[0], what)
    size = given.operands[1].replace("MiB", "m")
    return by_libxl(verb, f"Failed to {what} '{entry.name}'")(call, guest, [size])


def _attach_disk(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    _, guest = running(call, given.operands[0], "attach disk to domain")
    options, (_dom, source, vdev) = given.options, given.operands
    spec = [f"format={options.get('--subdriver', 'raw')}", f"vdev={vdev}"]
    spec += [f"backendtype={'phy' if options.get('--driver') == 'phy' else 'qdisk'}"]
    spec += ["access=ro"] if options.get("--mode") == "readonly" else []
    spec += ["devtype=cdrom"] if options.get("--type") == "cdrom" else []
    return by_libxl(block.attach, "Failed to attach disk")(
        call, guest, [",".join([*spec, f"target={source}"])]
    )


def _change_media(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    _, guest = running(call, given.operands[0], "change media of domain")
    verb = media.eject if "--eject" in given else media.insert
    return by_libxl(verb, "Failed to complete action update on media")(call, guest, given.operands[1:])


def _attach_interface(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    _, guest = running(call, given.operands[0], "attach interface to domain")
    names = {"--mac": "mac", "--model": "model", "--script": "script", "--target": "vifname"}
    told = [f"{names[key]}={value}" for key, value in given.options.items() if key in names]
    return by_libxl(network.attach, "Failed to attach interface")(
        call, guest, [f"bridge={given.operands[2]}", *told]
    )


def _detach_interface(call: Call, words: Sequence[str]) -> int:
    given = VirshWords(words)
    _, guest = running(call, given.operands[0], "detach interface from domain")
    return by_libxl(network.detach, "Failed to detach interface")(call, guest, [given.options["--mac"]])


VERBS = {
    "setmem": _setmem,
    "setmaxmem": _setmaxmem,
    "setvcpus": acting(resources.vcpu_set, "set vcpus of domain"),
    "attach-disk": _attach_disk,
    "detach-disk": acting(block.detach, "detach disk of domain"),
    "change-media": _change_media,
    "attach-interface": _attach_interface,
    "detach-interface": _detach_interface,
}
