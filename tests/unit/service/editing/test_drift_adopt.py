"""A running configuration taken into a stored text: no drift is left, and nothing else is touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from xentui import config as language
from xentui.errors import ConfigError
from xentui.model.configuration import DomainConfig, action_word, differences
from xentui.model.devices import Access, Disk, Vif
from xentui.model.libxl import DEFAULT_ACTIONS
from xentui.service.editing.drift_adopt import adopt_running
from xentui.service.summary import summarise

STORED = """\
# the web server
name = 'web'        # as in DNS
memory = 128        # MiB
kernel = "/boot/vmlinuz"
root = "/dev/xvda1 ro"
extra = 'console=hvc0'   # for `xl console`

disk = [
    'phy:/dev/vg/root,xvda,w',   # the system
    # scratch space:
    'file:/srv/tmp.img,xvdb,w',
]
vif = [ 'mac=00:16:3e:00:00:01,bridge=xenbr0,rate=10Mb/s', 'bridge=xenbr1' ] # two
on_crash = 'restart'
"""


def config(text: str) -> DomainConfig:
    """The comparable configuration of a text."""
    found = summarise(text)
    assert found.config is not None, found.error
    return found.config


def take(text: str, running: DomainConfig) -> str:
    """The text after taking over."""
    return adopt_running(language.parse(text), running).text


def changed_lines(old: str, new: str) -> list[str]:
    """The lines that are not in the old text."""
    return [line for line in new.splitlines() if line not in old.splitlines()]


RUNNING = config(STORED)


def test_what_does_not_differ_is_not_touched() -> None:
    assert take(STORED, RUNNING) == STORED


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({"memory_kib": 100 * 1024}, ["memory = 100        # MiB", "maxmem = 128"]),
        ({"memory_kib": 160 * 1024, "maxmem_kib": 160 * 1024}, ["memory = 160        # MiB"]),
        ({"vcpus": 2, "maxvcpus": 2}, ["vcpus = 2"]),
        ({"vcpus": 1, "maxvcpus": 4}, ["maxvcpus = 4"]),
        ({"name": "www"}, ["name = 'www'        # as in DNS"]),
        ({"kernel": "/boot/new"}, ['kernel = "/boot/new"']),
        ({"ramdisk": "/boot/initrd"}, ['ramdisk = "/boot/initrd"']),
        ({"cmdline": "root=/dev/xvda1 ro quiet"}, ["extra = 'quiet'   # for `xl console`"]),
        ({"bootloader_args": ("-q",)}, ['bootloader_args = ["-q"]']),
        ({"actions": {**RUNNING.actions, "on_crash": "restart_rename"}}, ["on_crash = 'rename-restart'"]),
        ({"actions": {**RUNNING.actions, "on_reboot": "destroy"}}, ['on_reboot = "destroy"']),
    ],
)
def test_only_the_line_that_differs_is_edited(change: dict[str, object], lines: list[str]) -> None:
    text = take(STORED, replace(RUNNING, **change))  # type: ignore[arg-type]
    assert changed_lines(STORED, text) == lines


def test_another_command_line_replaces_root_and_extra() -> None:
    text = take(STORED, replace(RUNNING, cmdline="single"))
    assert 'cmdline = "single"' in text
    assert "root =" not in text


def test_disks_keep_their_spelling_where_only_the_access_changed() -> None:
    root, scratch = RUNNING.disks
    text = take(STORED, replace(RUNNING, disks=(root, replace(scratch, access=Access.READ))))
    assert changed_lines(STORED, text) == ["    'file:/srv/tmp.img,xvdb,r',"]


def test_disks_come_and_go() -> None:
    root = RUNNING.disks[0]
    new = Disk("/dev/vg/new", "xvdc")
    text = take(STORED, replace(RUNNING, disks=(root, new)))
    assert "tmp.img" not in text
    assert "# the system" in text
    assert "# scratch space:" in text
    assert changed_lines(STORED, text) == ["    '/dev/vg/new,raw,xvdc,w',"]


def test_interfaces_keep_what_is_not_compared_and_get_the_address_they_run_with() -> None:
    first = replace(RUNNING.vifs[0], bridge="other")
    second = replace(RUNNING.vifs[1], mac="00:16:3e:00:00:02", bridge="xenbr1")
    text = take(STORED, replace(RUNNING, vifs=(first, second)))
    assert "mac=00:16:3e:00:00:01,bridge=other,rate=10Mb/s" in text
    assert "mac=00:16:3e:00:00:02,bridge=xenbr1" in text
    assert text.endswith(STORED[STORED.index(" ] # two") :])


def test_another_type_drops_the_older_spelling() -> None:
    old = 'name = "pc"\nbuilder = "hvm"  # whole machine\nmemory = 256\n'
    running = replace(config(old), type="pvh", kernel="/boot/k", firmware="")
    text = take(old, running)
    assert differences(config(text), running) == ()


@pytest.mark.parametrize("firmware", ["seabios", "ovmf", "/usr/lib/own.bin"])
@pytest.mark.parametrize("line", ["", "bios = 'ovmf'\n", "firmware_override = '/x'\n"])
def test_firmware(firmware: str, line: str) -> None:
    old = 'name = "pc"\ntype = "hvm"\nmemory = 256\n' + line
    running = replace(config(old), firmware=firmware)
    assert differences(config(take(old, running)), running) == ()


def test_a_text_that_is_no_configuration_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a configuration"):
        take("memory = 1\n", RUNNING)


WORDS = st.text("abcxyz019/.-_= ", max_size=12).map(str.strip)
PATHS = st.text("abc09./-,=:", max_size=10).map(lambda text: f"/srv/{text}")
MACS = st.integers(0, 5).map(lambda number: f"00:16:3e:00:00:{number:02x}")
BRIDGES = st.sampled_from(["", "xenbr0", "xenbr1", "br-lan"])
VDEVS = st.sampled_from(["xvda", "xvdb", "xvdc", "hda", "sda1", "xvdz"])
DISKS = st.builds(
    Disk,
    target=PATHS,
    vdev=VDEVS,
    format=st.sampled_from(["raw", "qcow2", "vhd"]),
    access=st.sampled_from([Access.READ, Access.WRITE]),
)
VIFS = st.builds(
    Vif, mac=MACS, bridge=BRIDGES, ip=st.sampled_from(["", "10.0.0.1"]), model=st.sampled_from(["", "e1000"])
)
ACTIONS = st.fixed_dictionaries(
    {
        event: st.sampled_from(["destroy", "restart", "restart_rename", "preserve", "coredump_destroy"])
        for event in DEFAULT_ACTIONS
        if event != "on_soft_reset"
    }
).map(lambda chosen: {**DEFAULT_ACTIONS, **chosen})


@st.composite
def runnings(draw: st.DrawFn) -> DomainConfig:
    """What a hypervisor may report of a PV domain."""
    memory, vcpus = draw(st.integers(1, 4096)), draw(st.integers(1, 8))
    return DomainConfig(
        name=draw(st.sampled_from(["web", "www"])),
        type="pv",
        memory_kib=memory * 1024,
        maxmem_kib=(memory + draw(st.integers(0, 1024))) * 1024,
        vcpus=vcpus,
        maxvcpus=vcpus + draw(st.integers(0, 4)),
        kernel=draw(PATHS),
        ramdisk=draw(st.one_of(st.just(""), PATHS)),
        cmdline=draw(WORDS),
        bootloader=draw(st.sampled_from(["", "pygrub"])),
        bootloader_args=tuple(draw(st.lists(WORDS, max_size=2))),
        disks=tuple(draw(st.lists(DISKS, max_size=4, unique_by=lambda disk: disk.vdev))),
        vifs=tuple(draw(st.lists(VIFS, max_size=4, unique_by=lambda vif: vif.mac))),
        actions=draw(ACTIONS),
    )


@st.composite
def stored_texts(draw: st.DrawFn) -> str:
    """A stored text as people write them, with comments of its own line and of others'."""
    running = draw(runnings())
    lines = ["# head", f"name = '{running.name}'  # c1", f'kernel = "{running.kernel}"']
    for key, value in (
        ("memory", running.memory_kib // 1024),
        ("maxmem", 9000),
        ("vcpus", 2),
        ("maxvcpus", 9),
    ):
        if key == "memory" or draw(st.booleans()):
            lines += [f"# about {key}", f"{key} = {value}  # c-{key}"]
    for key in ("root", "extra", "cmdline", "ramdisk"):
        if draw(st.booleans()):
            lines.append(f"{key} = '{draw(st.sampled_from(['a', 'b c', '/x']))}'")
    for event, action in running.actions.items():
        if draw(st.booleans()):
            lines.append(f"{event} = '{action_word(action)}'")
    specs = [f"'{language.format_disk(disk)}'" for disk in running.disks]
    if draw(st.booleans()):
        lines += ["disk = [", "# first", *(f"  {spec}," for spec in specs), "]"]
    else:
        lines.append(f"disk = [ {', '.join(specs)} ]")
    interfaces = [language.format_vif(vif) for vif in running.vifs]
    if draw(st.booleans()):
        interfaces = [spec.partition(",")[2] for spec in interfaces]
    lines += [f"vif = [ {', '.join(map(repr, interfaces))} ]", "# tail"]
    return "\n".join(lines) + "\n"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stored_texts(), runnings())
def test_after_it_there_is_no_drift_and_every_comment_line_is_there(text: str, running: DomainConfig) -> None:
    new = take(text, running)
    assert differences(config(new), running) == ()
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert [line for line in new.splitlines() if line.startswith("#")] == comments
    assert take(new, running) == new
