"""Having libvirt keep what xentui's store keeps on the simulated host, as after ``virsh define`` of each domain."""

from __future__ import annotations

import shutil

from xentui import config as language
from xentui.simulator import checkpoint, seed
from xentui.simulator.sample_host import SAMPLE_DOMAINS
from xentui.simulator.simulator import Simulator
from xentui.simulator.virsh.driver_files import LibvirtFiles
from xentui.simulator.virsh.memory_images import image_head
from xentui.simulator.virsh.native import from_native


def hand_over(simulator: Simulator) -> int:
    """Give libvirt the managed samples, those that run as its own; returns how many."""
    kept = LibvirtFiles(simulator.files, simulator.state)
    number = int(simulator.state.get("seed", 1))
    store = simulator.folder / "store" / "domains"
    given = 0
    for role in SAMPLE_DOMAINS:
        text = seed.stored_text(role, number)
        uuid = language.identity(language.parse(text)).uuid
        if not role.managed or not (store / str(uuid)).is_dir():
            continue
        kept.adopt(text, simulator.state.named(role.name))
        entry = next(entry for entry in kept.entries() if entry.uuid == uuid)
        kept.set_autostart(entry, on=role.autostart is not None and bool(role.autostart))
        if role.state == "suspended":
            config = dict(language.to_libxl(language.parse(text)))
            data = image_head(from_native(text)) + checkpoint.pack(config, {"entry": 0})
            simulator.files.write(kept.image(entry), data)
        given += 1
    shutil.rmtree(store, ignore_errors=True)
    return given
