"""xend's s-expressions, read and made into configuration files."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from xentui.config import parse
from xentui.config.convert import convert
from xentui.config.convert.xend import domains, name_in
from xentui.config.sxp import Sxp, looks_like_sxp, read_sxp
from xentui.errors import ConfigError

UUID = "11111111-2222-3333-4444-555555555555"
STORED = f"""\
(domain
    (vcpus_params ((cap 50) (weight 512)))
    (PV_args 'root=/dev/xvda1 ro console=hvc0')
    (memory_static_max 1073741824)
    (memory_dynamic_max 536870912)
    (actions_after_crash rename_restart)
    (uuid {UUID})
    (name_label web1)
    (PV_kernel /boot/vmlinuz)
    (platform ((tsc_mode 0) (device_model /usr/lib/xen/bin/qemu-dm)))
    (pool_name Pool-0)
    (vcpus 4)
    (cpus ((0 1) () (2) ()))
    (on_poweroff destroy)
    (description 'the web\\nserver')
    (on_crash rename-restart)
    (uuid {UUID})
    (name web1)
    (on_reboot restart)
    (maxmem 1024)
    (memory 512)
    (vcpu_avail 3)
    (on_xend_start start)
    (image (linux (kernel /boot/vmlinuz) (ramdisk /boot/initrd) (args 'root=/dev/xvda1 ro console=hvc0')))
    (status 0)
    (device (vif (bridge xenbr0) (mac 00:16:3e:00:00:01) (uuid ba539c98)))
    (device (vkbd (uuid e3f2bc45)))
    (device (vbd (uuid 3be89f46) (bootable 0) (dev xvdc:cdrom) (uname file:/srv/iso/a.iso) (mode r)))
    (device (vbd (uuid 36dbccb0) (bootable 1) (dev xvda:disk) (uname phy:/dev/vg0/web1) (mode w!)))
    (device (vfb (vnclisten 127.0.0.1) (vnc 1) (xauthority /root/.Xauthority)))
    (device (pci (dev (domain 0x0000) (bus 0x1) (slot 0x00) (func 0x1) (vdevfn 0x100))))
    (device (vscsi (feature-host 0)))
)
"""
CONVERTED = f"""\
# the web
# server
name = "web1"
uuid = "{UUID}"
type = "pv"
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd"
extra = "root=/dev/xvda1 ro console=hvc0"
memory = 512
maxmem = 1024
vcpus = 2
maxvcpus = 4
cpu_weight = 512
cap = 50
cpus = [
    "0,1",
    "all",
    "2",
    "all",
]
on_poweroff = "destroy"
on_reboot = "restart"
on_crash = "rename-restart"
# on_xend_start = "start"
disk = [
    "phy:/dev/vg0/web1,xvda,w",
    "file:/srv/iso/a.iso,xvdc:cdrom,r",
]
vif = [
    "mac=00:16:3e:00:00:01,bridge=xenbr0",
]
vfb = [
    "vnc=1,vnclisten=127.0.0.1",
]
pci = [
    "0000:01:00.1",
]
# xentui: shared disks: xvda
"""


def test_what_xend_stored_becomes_a_configuration_file() -> None:
    made = convert(STORED, source="config.sxp")
    assert made.text == CONVERTED
    assert made.errors == ()
    told = {change.before: change.after for change in made.changes}
    assert told["(device (vscsi (feature-host 0)))"] == ""
    assert told['"phy:/dev/vg0/web1,xvda,w!"'] == '"phy:/dev/vg0/web1,xvda,w"'


def test_names_of_the_xenapi_alone_are_enough() -> None:
    made = convert(
        f"(domain (name_label db) (uuid {UUID}) (memory_dynamic_max 268435456) (memory_static_max 536870912)"
        " (VCPUs_max 2) (PV_bootloader /usr/bin/pygrub) (PV_bootloader_args -q) (PV_kernel /var/lib/xen/tmp/kernel.x)"
        " (actions_after_shutdown destroy) (actions_after_crash restart))"
    )
    document = parse(made.text)
    wanted = {
        "name": "db", "uuid": UUID, "memory": 256, "maxmem": 512, "vcpus": 2, "bootloader": "pygrub",
        "bootloader_args": ["-q"], "kernel": None, "on_poweroff": "destroy", "on_crash": "restart",
    }  # fmt: skip
    assert {key: document.get(key) for key in wanted} == wanted


def test_an_hvm_guest() -> None:
    made = convert(
        "(domain (name win) (memory 512) (on_crash destroy) (image (hvm (kernel /usr/lib/xen/boot/hvmloader) (boot dc)"
        " (acpi 1) (vnc True) (usbdevice tablet) (serial pty) (device_model /x) (timer_mode 1)))"
        " (device (tap (uname tap:aio:/srv/win.img) (dev hda:disk) (mode w))))"
    )
    assert made.text == (
        'name = "win"\ntype = "hvm"\nboot = "dc"\nacpi = 1\ntimer_mode = "no_delay_for_missed_ticks"\n'
        'usbdevice = "tablet"\nserial = "pty"\nvnc = 1\nmemory = 512\nvcpus = 1\non_crash = "destroy"\n'
        'disk = [\n    "tap:aio:/srv/win.img,hda,w",\n]\n'
    )


def test_a_listing_has_several_domains_and_domain_0_is_none_of_them() -> None:
    text = "(domain (domid 0) (name Domain-0))\n(domain (domid 3) (name a))\n(domain (name b))\n"
    assert [name_in(item) for item in domains(text)] == ["a", "b"]
    with pytest.raises(ConfigError, match="2 domains"):
        convert(text)


READ = [
    ("(a b)", ["a", "b"]),
    ("(a 'b c' \"d\")", ["a", "b c", "d"]),
    ("(a '')", ["a", ""]),
    ("(a 'it\\'s\\n' 'x\\x41')", ["a", "it's\n", "xA"]),
    ("(a # a comment)\n b)", ["a", "b"]),
    ("(a 'b\\xc3\\xbccher' 'bücher')", ["a", "bücher", "bücher"]),
    ("(a 'b\\303\\274cher')", ["a", "bücher"]),
    ("(a '\\\\xc3' '\\q')", ["a", "\\xc3", "\\q"]),
    ("(notes (L1 '\\x80'))", None),
]


@pytest.mark.parametrize(("text", "items"), READ)
def test_reading(text: str, items: list[str] | None) -> None:
    (found,) = read_sxp(text)
    assert items is None or found.items == items


FAULTS = [
    ("(a", 1, "not closed"),
    ("(a))", 1, "no opening one"),
    ("a", 1, "outside"),
    ("(a\n 'b)", 2, "string is not closed"),
    ("(" * 200, 1, "nested"),
    ("(a b)" * 30_000, 1, "longer"),
    ("(a\n (b 'x\\xfc'))", 2, "byte 0xfc of a string is not UTF-8"),
]


@pytest.mark.parametrize(("text", "line", "words"), FAULTS)
def test_what_is_no_s_expression_is_refused_with_its_place(text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        read_sxp(text, source="config.sxp")
    assert refused.value.line == line


def test_a_control_character_gets_into_no_file() -> None:
    with pytest.raises(ConfigError, match="control character"):
        convert("(domain (name 'a\\x1b[2J') (memory 64) (image (linux (kernel /k))))")


def test_only_xends_own_are_taken_for_s_expressions() -> None:
    assert looks_like_sxp("# note\n (domain (name a))")
    assert looks_like_sxp("(vm (name a))")
    assert not looks_like_sxp("('a', 'b')")
    assert not looks_like_sxp("name = 'a'")


PIECES = st.sampled_from(
    ["(", ")", "(", ")", "domain", "device", "vbd", "uname", "mode", "'a b'", "''", "w!", "image", "linux", "memory",
     "512", "cpus", "name", "xvda", "dev", "\n", "vif", "mac", "(name a)", "(memory 9)", "vcpus_params", "'\\x00'",
     "pci"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(lambda words: "(domain " + " ".join(words)))
@settings(deadline=None, max_examples=300)
def test_any_text_converts_or_is_refused(text: str) -> None:
    for closing in ("", ")", "))", ")))", "))))"):
        try:
            made = convert(text + closing)
        except ConfigError:
            continue
        assert isinstance(read_sxp(text + closing)[0], Sxp)
        assert convert(made.text).text == made.text
