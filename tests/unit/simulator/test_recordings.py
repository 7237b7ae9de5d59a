"""The simulator answers what a real xl 4.17 answered: exit status, words, and the shape of every output."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import recordings
from tests.recordings import entries
from tests.unit.simulator.conftest import Bench
from xentui.simulator import guest_images, sample_host
from xentui.simulator.host import Hardware

RECORDED_WORK = "/root/recordings-work"
#: Commands of a dom0 the simulator has no answer for, and verbs it leaves out.
OTHER_TOOLS = {"ls", "ps", "grep", "service"}
#: Verbs of xl the simulator does not have.
LEFT_OUT = {
    *("button-press", "channel-list", "claims", "config-update", "cpupool-list"),
    *("debug-keys", "sched-credit2", "top", "vcpu-pin"),
}
REPLAYED = [
    name
    for name in ("usage", "host", "create-refused", "lifecycle", "save-restore", "hvm", "trigger")
    if (recordings.FOLDER / f"{name}.json").exists()
]
#: What depends on the machine it was recorded on, or (permissions, xentop's details) on what nobody asks of it.
SKIPPED = {
    "file /etc/xen/xl.conf",
    "file /proc/xen/capabilities",
    "file /sys/hypervisor/type",
    "file /etc/xen/xlexample.pvlinux",
    # They depend on how long a slow host takes.
    "list after",
    "list 3 s later",
    # It takes a first client: see test_console.py.
    "a second console client",
    "info",
    "info with topology",
    "hypervisor log",
    # Something was left in that host's xenstore.
    "list of a missing node",
    "domains in the store",
    "the store with permissions",
    "backends",
    "xentop with networks, vcpus and disks",
    "create: too-many-vcpus",
    "list after: too-many-vcpus",
    "create: missing-loader",
    "xentop: bare",
    "the store: bare",
    # An NMI ended that GRUB; here it has booted Linux long since.
    "pvh: list after nmi",
    # There is no such device here.
    "cd-insert of a block device",
    "list -l after a failed cd-insert",
}


@pytest.fixture
def lab(bench: Bench) -> Bench:
    """A host like the one the recordings were made on."""
    state = bench.simulator.state
    with state.change():
        Hardware(name="xen-a", memory_mb=2048, cpus=2, dom0_mb=768, bridges=("xenbr0",)).save(state)
        dom0 = state.guests()[0]
        memory = 768 << 10
        dom0 = replace(dom0, vcpus=1, max_vcpus=1, mem_kb=memory, target_kb=memory, max_kb=memory)
        state.update(dom0, listing=state.listing(0).replace("2097152", "786432"))
    files = bench.simulator.files
    (bench.work / "root.img").write_bytes(guest_images.image(sample_host.MENU_LST))
    (bench.work / "menulst.img").write_bytes(guest_images.image(sample_host.MENU_LST))
    (bench.work / "grubcfg.img").write_bytes(guest_images.image(sample_host.GRUB_CFG))
    (bench.work / "bios.img").write_bytes(guest_images.image(sample_host.GRUB_CFG))
    for name in ("data", "data2", "data3"):
        (bench.work / f"{name}.img").write_bytes(b"\0" * 512)
    files.write("/etc/passwd", b"root:x:0:0\nbin:x:1:1\ndaemon:x:2:2\nsys:x:3:3\n")
    return bench


def normal(text: str, work: str) -> list[str]:
    """Text with what differs from run to run replaced: numbers, uuids, addresses; r and b are one state."""
    text = text.replace(work, RECORDED_WORK)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"00:16:3e(:[0-9a-f]{2}){3}", "MAC", text)
    text = re.sub(r"(?<=[ ])[r-][b-](?=[p-][s-][-rscwS][d-]\s)", "__", text)
    text = re.sub(r"(?<=[ ])(r--|-b-|---)(?= )", "___", text)
    text = re.sub(r"\d+ days?, ", "", text)
    text = re.sub(r"(xc: progress: Frames: .*\n)+", "xc: progress: Frames\n", text)
    text = re.sub(r"0x[0-9a-f]+", "N", text)
    lines = []
    for line in text.splitlines():
        numbers = re.sub(r"-?\d+(\.\d+)?", "N", line)
        lines.append(re.sub(r"\s+", " ", numbers).strip())
    return lines


def replay(bench: Bench, name: str) -> Iterator[tuple[dict[str, object], list[str], list[str]]]:
    """Run what was recorded, in order; each command with what the real xl and the simulator answered."""
    work = str(bench.work)
    for entry in entries(name):
        if "argv" not in entry:
            if "text" in entry:
                path = Path(entry["path"].replace(RECORDED_WORK, work))
                path.write_text(entry["text"].replace(RECORDED_WORK, work))
            continue
        argv = [str(word).replace(RECORDED_WORK, work) for word in entry["argv"]]
        words = [word for word in argv[1:] if word != "help"]
        verb = words[0] if words else ""
        if argv[0] in OTHER_TOOLS or verb in LEFT_OUT or entry["what"] in SKIPPED:
            continue
        bench.clock.sleep(30)
        for unrecorded in BETWEEN.get(str(entry["what"]), ()):
            bench.run(*(word.format(work=work) for word in unrecorded))
        result = bench.simulator.run(argv)
        real = [f"exit {entry['exit']}", "".join(entry["stdout"]), "".join(entry["stderr"])]
        ours = [f"exit {result.exit_code}", result.stdout.decode(), result.stderr.decode()]
        yield entry, real, ours


def differences(bench: Bench, name: str) -> list[str]:
    """Where the simulator answers otherwise than the real xl did."""
    work, found = str(bench.work), []
    for entry, real, ours in replay(bench, name):
        if real[0] != ours[0] or any(
            normal(a, work) != normal(b, work) for a, b in zip(real, ours, strict=True)
        ):
            found.append(f"{entry['what']}: {entry['argv']}\n  real: {real}\n  ours: {ours}")
        if name == "create-refused" and str(entry["what"]).startswith("list after"):
            destroy_all(bench)
    return found


def destroy_all(bench: Bench) -> None:
    for guest in bench.simulator.state.guests():
        if guest.domid:
            bench.ok("xl", "destroy", str(guest.domid))


@pytest.mark.parametrize("name", REPLAYED)
def test_answers_as_the_real_host_did(lab: Bench, name: str) -> None:
    for kind, text in CONFIGS.items():
        (lab.work / f"{kind}.cfg").write_text(text.format(work=lab.work))
    with lab.simulator.state.change():
        lab.simulator.state.put("next_domid", FIRST_DOMIDS.get(name, 1))
    found = differences(lab, name)
    assert not found, "\n".join(found)


#: Commands that were run without being recorded, before the one of that heading.
BETWEEN = {
    "pause": [("xl", "destroy", "samedisk")],
    "save of an unknown domain": [("xl", "create", "{work}/direct.cfg")],
    "restore -p": [("xl", "destroy", "direct")],
    "restore of a missing file": [("xl", "destroy", "direct")],
    "direct: reset": [("xl", "create", "{work}/direct.cfg")],
    "pvh: reset": [("xl", "destroy", "direct"), ("xl", "create", "{work}/pvh.cfg")],
    "bare: reset": [("xl", "destroy", "pvh"), ("xl", "create", "{work}/bare.cfg")],
}
FIRST_DOMIDS = {"create-refused": 21, "lifecycle": 34, "save-restore": 10}
CONFIGS = {
    "direct": """name = "direct"
kernel = "/srv/guests/vmlinuz"
ramdisk = "/srv/guests/guest-initrd.gz"
extra = "console=hvc0 sysrq_always_enabled"
memory = 128
maxmem = 256
vcpus = 1
maxvcpus = 2
disk = ['file:{work}/root.img,xvda,w']
vif = ['bridge=xenbr0']
""",
    "pygrub": """name = "pygrub"
bootloader = "pygrub"
memory = 128
vcpus = 1
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "destroy"
disk = ['file:{work}/menulst.img,xvda,w']
vif = ['bridge=xenbr0']
""",
    "pvh": """name = "pvh"
type = "pvh"
kernel = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
memory = 128
vcpus = 1
disk = ['file:{work}/grubcfg.img,xvda,w']
vif = ['bridge=xenbr0']
""",
}
UUID = "6b0a8a5e-2d0f-4f4e-9a45-0c9b3c1d7e01"
CONFIGS["twin"] = f"""name = "twin"
uuid = "{UUID}"
kernel = "/srv/guests/vmlinuz"
ramdisk = "/srv/guests/guest-initrd.gz"
extra = "console=hvc0 sysrq_always_enabled"
memory = 128
maxmem = 256
maxvcpus = 2
"""
CONFIGS["samedisk"] = (
    CONFIGS["direct"].replace('"direct"', '"samedisk"').replace("vif = ['bridge=xenbr0']\n", "")
)
CONFIGS["other"] = (
    CONFIGS["twin"]
    .replace('"twin"', '"other"')
    .replace(f'uuid = "{UUID}"\n', "")
    .replace(" sysrq_always_enabled", "")
)
