"""Filling a simulated host: files, domains in every state, and the managed store beside them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from xentui import config as language
from xentui.agent import dispatch
from xentui.agent.memory import boot_marks as memory
from xentui.agent.store import layout
from xentui.simulator import checkpoint, deterministic_random, guest_images, kernels, runtime
from xentui.simulator.files import HostFiles
from xentui.simulator.guest import CRASH, NO_REASON, POWEROFF, Guest, GuestPhase
from xentui.simulator.host import Hardware
from xentui.simulator.machine import INTRODUCED, newborn
from xentui.simulator.sample_host import FILES, KERNEL, RAMDISK, SAMPLE_DOMAINS, XL_CONF, SampleDomain
from xentui.simulator.state import State


class Site(Protocol):
    """What is filled: the folder of a host, its state and its files."""

    folder: Path
    state: State
    files: HostFiles
    clock: Callable[[], float]

    def host_path(self, path: str) -> Path:
        """Return where a path of the simulated host really lies."""


_LOADS = {"busy": 0.85, "running": 0.01}


def populate(site: Site, *, domains: int, number: int = 1, again: bool = True) -> None:
    """Make a host: Domain-0 and ``domains`` others, the samples first, following from the seed ``number``.

    A host that exists is made anew, and its managed store with it; with ``again`` False it is left alone.
    """
    state = site.state
    with state.change():
        if not again and state.get("made") is not None:
            return
        state.clear()
        for key, value in (("seed", number), ("next_domid", 1), ("away", False), ("hangs_until", 0.0)):
            state.put(key, value)
        state.put("dmesg", [])
        state.put("dmesg_cleared", False)
        name = site.folder.name
        more = max(0, domains - len(SAMPLE_DOMAINS))
        memory = 32768 + more * 96
        Hardware(name=name, memory_mb=memory).save(state)
        state.put("booted", site.clock() - 2_000_000.0)
        _remove(site, "root")
        _remove(site, "store")
        _write_files(site)
        _domain0(site)
        now = site.clock()
        roles = SAMPLE_DOMAINS[:domains]
        for role in roles:
            site.files.write(f"/etc/xen/{role.name}.cfg", role.text.encode())
            if role.state not in ("off", "suspended"):
                _start_sample(site, role, now)
        first = int(state.get("next_domid"))
        for index in range(more):
            config = plain_config(f"vm{index + 1:04d}", 64, 1)
            running_guest(state, first + index, config, now, uptime=1000.0 + index)
        state.put("next_domid", first + more)
        state.put("made", now)
    seed_store(site, roles)


def running(site: Site, config: Mapping[str, Any], now: float, *, uptime: float) -> Guest:
    """Return a domain that has been up for ``uptime`` seconds; must run inside a change of the state."""
    state = site.state
    domid = int(state.get("next_domid", 1))
    state.put("next_domid", domid + 1)
    guest = running_guest(state, domid, config, now, uptime=uptime)
    state.announce(now, INTRODUCED)
    return guest


def running_guest(state: State, domid: int, config: Mapping[str, Any], now: float, *, uptime: float) -> Guest:
    """Return a domain with that domid, up for ``uptime`` seconds, without a word to watchers."""
    guest, whole = newborn(config, domid, int(state.get("seed", 1)), now - uptime)
    guest = replace(
        guest,
        phase=GuestPhase.RUNNING,
        pauses=0,
        booted=now - uptime + 1.0,
        cpu_base=2.0 + guest.idle_load * uptime,
        cpu_since=now,
        load=guest.idle_load,
    )
    state.add(guest, runtime.entry(domid, whole))
    return guest


def plain_config(name: str, memory_mb: int, vcpus: int) -> dict[str, Any]:
    """libxl's object for a plain PV domain without disks."""
    return {
        "c_info": {"type": "pv", "name": name, "run_hotplug_scripts": "True"},
        "b_info": {
            "max_vcpus": vcpus,
            "avail_vcpus": list(range(vcpus)),
            "max_memkb": memory_mb * 1024,
            "target_memkb": memory_mb * 1024,
            "claim_mode": "True",
            "kernel": KERNEL,
            "cmdline": "root=/dev/xvda1 ro console=hvc0",
            "ramdisk": RAMDISK,
            "type.pv": {},
            "arch_arm": {},
            "arch_x86": {},
        },
        "nics": [{"devid": 0, "bridge": "xenbr0"}],
        "on_reboot": "restart",
        "on_soft_reset": "soft_reset",
    }


def stored_text(role: SampleDomain, seed: int) -> str:
    """Return the configuration of a managed domain as the store keeps it: with its uuid and its MAC addresses."""
    document = language.with_identity(
        language.parse(role.text, source=role.name), _uuid(role, seed), lambda index: _mac(role, seed, index)
    )
    return document.text


def seed_store(site: Site, roles: tuple[SampleDomain, ...] = SAMPLE_DOMAINS) -> None:
    """Put the managed samples into the managed store under ``folder/store``."""
    root = str(site.folder / "store")
    seed = int(site.state.get("seed", 1))
    for role in roles:
        if not role.managed:
            continue
        uuid = _uuid(role, seed)
        source = site.host_path(f"/etc/xen/{role.name}.cfg")
        digest = hashlib.sha256(role.text.encode()).hexdigest()
        dispatch(
            root,
            "create",
            {
                "uuid": uuid,
                "name": role.name,
                "text": stored_text(role, seed),
                "user": "root",
                "reason": f"new /etc/xen/{role.name}.cfg",
                "source": {"path": str(source), "sha256": digest},
            },
        )
        guest = site.state.named(role.name)
        if guest is not None:
            record = {"kind": "stored", "domid": guest.domid, "version": 1, "source": ""}
            dispatch(root, "mark_running", {"uuid": uuid, "record": record})
        if role.drift == "file":
            source.write_text(role.text.replace("memory = 4096", "memory = 6144"), encoding="utf-8")
        if role.autostart:
            target = f"{root}/domains/{uuid}/config.cfg"
            auto = str(site.host_path("/etc/xen/auto"))
            dispatch(root, "link_autostart", {"auto_dir": auto, "name": role.name, "target": target})
        if role.state == "suspended":
            _suspend(root, role, uuid, seed)


def _suspend(root: str, role: SampleDomain, uuid: str, seed: int) -> None:
    config = _translated(stored_text(role, seed), role.name)
    with layout.writing(root):
        path = memory.begin(root, uuid)
    saved = checkpoint.pack(config, {"entry": 0})
    with open(path, "r+b") as file:  # noqa: PTH123 - it exists, and keeps its owner and mode
        file.write(saved)
    memory.checkpoint_commit(root, uuid=uuid, part=path)


def _start_sample(site: Site, role: SampleDomain, now: float) -> None:
    seed = int(site.state.get("seed", 1))
    config = _translated(stored_text(role, seed), role.name)
    if role.drift == "running":
        config["disks"].append(
            {"pdev_path": "/srv/xen/web2-data.img", "vdev": "xvdb", "format": "raw", "readwrite": 1}
        )
    guest = running(site, config, now, uptime=role.uptime)
    state = site.state
    load = _LOADS.get(role.state)
    if load is not None:
        guest = replace(guest, load=load, idle_load=load, cpu_base=2.0 + load * 0.6 * role.uptime)
    if role.name == "win10":
        guest = replace(guest, stubborn=True)
    if role.state == "paused":
        guest = replace(guest, pauses=1, load=guest.idle_load)
    if role.state in ("shutdown", "crashed"):
        reason = POWEROFF if role.state == "shutdown" else CRASH
        guest = replace(guest, phase=GuestPhase.DOWN, reason=reason, load=0.0)
    state.update(guest)


def _translated(text: str, source: str) -> dict[str, Any]:
    return dict(language.to_libxl(language.parse(text, source=source)))


def _uuid(role: SampleDomain, seed: int) -> str:
    return deterministic_random.uuid(seed, *role.name.encode())


def _mac(role: SampleDomain, seed: int, index: int) -> str:
    return deterministic_random.mac(seed, index, *role.name.encode())


def _domain0(site: Site) -> None:
    state = site.state
    dom0_kb = Hardware().dom0_mb * 1024
    config = {
        "c_info": {"type": "pv", "name": "Domain-0"},
        "b_info": {
            "max_memkb": dom0_kb,
            "target_memkb": dom0_kb - 1,
            "sched_params": {"sched": "credit2", "weight": 256, "cap": 0},
            "type.pv": {},
            "arch_arm": {},
            "arch_x86": {},
        },
    }
    booted = float(state.get("booted"))
    now = site.clock()
    state.add(
        Guest(
            domid=0,
            uuid="00000000-0000-0000-0000-000000000000",
            name="Domain-0",
            kind="pv",
            boot="direct",
            phase=GuestPhase.RUNNING,
            pauses=0,
            reason=NO_REASON,
            watched=False,
            stubborn=True,
            born=booted,
            booted=booted,
            mem_kb=dom0_kb,
            target_kb=dom0_kb,
            max_kb=dom0_kb,
            vcpus=2,
            max_vcpus=2,
            cpu_base=0.02 * (now - booted),
            cpu_since=now,
            load=1.0,
            idle_load=1.0,
            entry=-1,
            held="",
            seed=int(state.get("seed")),
        ),
        runtime.entry(0, config),
    )


def _write_files(site: Site) -> None:
    files = site.files
    files.write("/etc/xen/xl.conf", XL_CONF.encode())
    for folder in (
        "/etc/xen/auto",
        "/var/log/xen",
        "/var/lib/xen/save",
        "/var/lib/xen/dump",
        "/root",
        "/mnt",
        *(f"/sys/class/net/{bridge}/bridge" for bridge in Hardware().bridges),
    ):
        files.path(folder).mkdir(parents=True, exist_ok=True)
    for path, size_mb, menu in FILES:
        files.write(path, guest_images.image(menu) if menu else _beginning(path))
        os.truncate(files.path(path), size_mb << 20)


def _beginning(path: str) -> bytes:
    """Return what tells a kernel or a CD; anything else has nothing in it."""
    if "vmlinuz" in path:
        return kernels.kernel()
    return kernels.cd() if path.endswith(".iso") else b"\0"


def _remove(site: Site, name: str) -> None:
    shutil.rmtree(site.folder / name, ignore_errors=True)
