# ruff: noqa: E501 - the tables read best with one kind a line
"""Configurations made up from a seed: all kinds of values, odd spacing, and mistakes, for comparison with xl.

Left out on purpose is what a real xl answers at random (it reads past the end of a MAC address that is cut short at
the end of an item, past the end of a display without a resolution, and what lies in memory for the PCI address
``01:00``), or not within a lifetime (an absurd range of virtual CPUs in ``vnuma``).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.unit.config import families

PATHS = (
    "/boot/vmlinuz",
    "/srv/x.img",
    "/dev/vg0/web",
    "vg/lv",
    "/a b",
    "",
    "/x=y",
    "/x,y",
    "/x:y",
    "iqn.2001:disk",
)
WORDS = (
    "web1",
    "a",
    "pv",
    "0",
    "12",
    "",
    "x y",
    "ünïcode",
    "-1",
    "0x1f",
    "010",
    "512M",
    "True",
    "1 ",
    " 1",
    "09",
    "0x",
)
NAMES = ("pv", "pvh", "hvm", "p", "h", "", "hv", "linux", "generic", "PV", "g")
ACTIONS = (
    "destroy", "restart", "rename-restart", "preserve", "coredump-destroy", "coredump-restart", "soft-reset",
    "restart_rename", "Destroy", "",
)  # fmt: skip
NUMBERS = (
    "memory", "maxmem", "cpu_weight", "cap", "period", "slice", "latency", "extratime", "shadow_memory",
    "rtc_timeoffset", "videoram", "max_event_channels", "stubdomain_memory", "vmtrace_buf_kb", "spiceport",
    "vncdisplay", "usbversion", "max_grant_frames", "max_maptrack_frames", "rdm_mem_boundary", "mmio_hole",
    "vncviewer", "altp2m", "max_grant_version", "spicetls_port", "spiceusbredirection", "pci_power_mgmt",
)  # fmt: skip
FLAGS = (
    "hap", "oos", "nomigrate", "localtime", "driver_domain", "acpi", "nestedhvm", "apic", "pae", "nx", "hpet",
    "vpt_align", "acpi_s3", "acpi_s4", "acpi_laptop_slate", "vnc", "vncunused", "sdl", "opengl", "e820_host",
    "pvshim", "nographic", "usb", "vkb_device", "xen_platform_pci", "dm_restrict", "altp2mhvm", "msr_relaxed",
    "vpmu", "spice", "spicedisable_ticketing", "stdvga", "device_model_stubdomain_override",
    "xend_suspend_evtchn_compat", "pci_permissive", "pci_seize", "viridian",
)  # fmt: skip
TEXTS = (
    "pool", "seclabel", "init_seclabel", "kernel", "ramdisk", "cmdline", "root", "extra", "bootloader", "keymap",
    "vnclisten", "vncpasswd", "display", "xauthority", "device_model_user", "boot", "soundhw", "smbios_firmware",
    "acpi_firmware", "firmware_override", "bios_path_override", "pvshim_path", "pvshim_cmdline", "pvshim_extra",
    "device_model_override", "stubdomain_kernel", "stubdomain_ramdisk", "stubdomain_cmdline", "spicehost",
    "device_model_stubdomain_seclabel", "device_tree", "serial", "usbdevice", "device_model", "unknown.key",
    "bootargs", "description", "gfx_passthru", "vga", "hdtype", "bios", "vendor_device", "ms_vm_genid", "gic_version", "tee", "vuart", "spicepasswd", "spice_streaming_video",
)  # fmt: skip
CHOICES = {
    "tsc_mode": ("native", "always_emulate", "NATIVE", "2", "7", "bad", "default"),
    "timer_mode": ("no_delay_for_missed_ticks", "2", "9", "x"),
    "altp2m": ("external", "mixed", "disabled", "3", "4", "no"),
    "passthrough": ("enabled", "disabled", "default", "SYNC_PT", "x"),
    "firmware": ("uefi", "bios", "seabios", "pvgrub64", "pvgrub32", "/x.bin", "u", "pvgrub", "ROMBIOS"),
    "bios": ("seabios", "ovmf", "rombios", "x"),
    "vga": ("stdvga", "cirrus", "none", "qxl", "x"),
    "hdtype": ("ide", "ahci", "x"),
    "device_model_version": ("qemu-xen", "qemu-xen-traditional", "x"),
    "gfx_passthru": ("1", "0", "igd", "default", "x"),
    "vendor_device": ("none", "xenserver", "x"),
    "gic_version": ("v2", "V3", "default", "x"),
    "tee": ("none", "optee", "x"),
    "vuart": ("sbsa_uart", "unknown", "x"),
    "device_model": ("qemu-dm", "/usr/lib/xen/bin/stubdom-dm"),
    "ms_vm_genid": ("generate", "none", "x"),
    "uuid": ("6A4C2F2E-0e6d-4b9c-9b62-0c2f9f1d5f00", "6a4c2f2e0e6d4b9c9b620c2f9f1d5f00", "x", ""),
}
CPUS = (
    "0",
    "0-3",
    "all",
    "^0",
    "0,^0",
    "0-7,^2",
    "^all",
    "foo",
    "3-1",
    "nodes:0",
    "node:1",
    "1-",
    "",
    "9",
    "^nodes:0",
)
ESCAPES = (
    '\\"',
    "\\'",
    "\\\\",
    "\\n",
    "\\t",
    "\\a",
    "\\v",
    "\\101",
    "\\7778",
    "\\0 1",
    "\\1",
    "\\x41",
    "\\q",
    "\\e",
)


class Generator:
    """A stream of configurations that depends on the seed only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret

    def configuration(self) -> str:
        """One configuration; roughly every third is wrong somewhere."""
        rng = self._random
        lines = [self._assignment("name", self._quoted(rng.choice(("a", "web1", "x y", "ünï", ""))))]
        if rng.random() < 0.9:
            lines.append(self._assignment("kernel", self._quoted("/boot/vmlinuz")))
        if rng.random() < 0.5:
            lines.append(self._assignment("type", self._quoted(rng.choice(NAMES[:3]))))
        makers: tuple[tuple[Callable[[], str], int], ...] = (
            (self._number_line, 4), (self._flag_line, 4), (self._text_line, 4), (self._choice_line, 2),
            (self._resource_line, 3), (self._action_line, 1), (self._disk_line, 4), (self._vif_line, 3),
            (self._vfb_line, 1), (self._list_line, 2), (self._type_line, 1),
            (self._plus_line, 2), (self._noise_line, 1), (self._family_line, 5),
        )  # fmt: skip
        functions, weights = zip(*makers, strict=True)
        for maker in rng.choices(functions, weights, k=rng.randint(1, 8)):
            lines.append(maker())
        rng.shuffle(lines)
        text = "".join(
            line + rng.choice(("\n", "\n", "\n", "\n", ";\n", " ; ", "\n\n", "\n \t\n")) for line in lines
        )
        if rng.random() < 0.12:
            text = self._mutated(text)
        return text + ("\n" if rng.random() < 0.9 or text.endswith(("#", "@")) else "")

    def _mutated(self, text: str) -> str:
        rng = self._random
        for _ in range(rng.randint(1, 2)):
            at = rng.randrange(len(text) + 1)
            new = rng.choice(
                (
                    "",
                    '"',
                    "'",
                    "[",
                    "]",
                    ",",
                    "=",
                    ";",
                    "#",
                    "\n",
                    " ",
                    "@",
                    "-1",
                    "A",
                    "b",
                    "7",
                    "+=",
                    "\r",
                    "x",
                )
            )
            text = text[:at] + new + text[at + rng.randint(0, 2) :]
        # One stray character at the very end is overlooked by xl, and refused here.
        return text + "\n"

    def _quoted(self, text: str) -> str:
        mark = self._random.choice("\"'")
        return mark + text.replace("\\", "\\\\").replace(mark, f"\\{mark}") + mark

    def _space(self) -> str:
        return self._random.choice(("", " ", " ", " ", "  ", "\t"))

    def _assignment(self, key: str, value: str, operator: str = "=") -> str:
        line = f"{self._space()}{key}{self._space()}{operator}{self._space()}{value}{self._space()}"
        return line + (
            f"# {self._random.choice(('note', '[', 'ä', ''))}\n" if self._random.random() < 0.1 else ""
        )

    def _scalar(self) -> str:
        rng = self._random
        kind = rng.randrange(8)
        if kind < 3:
            return rng.choice(("0", "1", "256", "0x10", "010", "08", "1f", "99999999999999999999", "0x"))
        if kind < 7:
            return self._quoted(rng.choice(WORDS))
        return f'"a{rng.choice(ESCAPES)}b{rng.choice(ESCAPES)}"'

    def _list(self, items: list[str]) -> str:
        rng = self._random

        def gap() -> str:
            return rng.choice(("", " ", " ", "\n", " # c\n", "\n\n  "))

        written = "[" + gap()
        for index, item in enumerate(items):
            written += item + gap()
            if index < len(items) - 1 or rng.random() < 0.2:
                written += "," + gap()
        return written + "]"

    def _number_line(self) -> str:
        value = (
            self._scalar()
            if self._random.random() < 0.3
            else self._random.choice(("1", "64", "256", "0", "'-1'"))
        )
        return self._assignment(self._random.choice(NUMBERS), value)

    def _flag_line(self) -> str:
        value = self._scalar() if self._random.random() < 0.2 else self._random.choice("0123")
        return self._assignment(self._random.choice(FLAGS), value)

    def _text_line(self) -> str:
        value = self._list([self._scalar()]) if self._random.random() < 0.1 else self._scalar()
        return self._assignment(self._random.choice(TEXTS), value)

    def _choice_line(self) -> str:
        key = self._random.choice(tuple(CHOICES))
        return self._assignment(key, self._quoted(self._random.choice(CHOICES[key])))

    def _resource_line(self) -> str:
        rng = self._random
        key = rng.choice(("vcpus", "maxvcpus", "memory", "cpus", "cpus_soft"))
        if key.startswith("cpus"):
            words = [self._quoted(rng.choice(CPUS)) for _ in range(rng.randint(0, 3))]
            return self._assignment(
                key, self._list(words) if rng.random() < 0.5 else self._quoted(rng.choice(CPUS))
            )
        return self._assignment(key, rng.choice(("0", "1", "2", "4", "'3'", "010")))

    def _action_line(self) -> str:
        key = self._random.choice(("on_poweroff", "on_reboot", "on_crash", "on_watchdog", "on_soft_reset"))
        good = self._random.random() < 0.8
        return self._assignment(key, self._quoted(self._random.choice(ACTIONS[:7] if good else ACTIONS)))

    def _type_line(self) -> str:
        return self._assignment(
            self._random.choice(("type", "builder")), self._quoted(self._random.choice(NAMES))
        )

    def _disk_line(self) -> str:
        return self._assignment(
            "disk", self._list([self._quoted(self.disk()) for _ in range(self._random.randint(0, 3))])
        )

    def disk(self) -> str:
        """One disk specification, right or wrong."""
        rng = self._random
        vdev = rng.choice(("xvda", "hdc", "sda1", "hdc:cdrom", "xvdb:disk", "xvda:foo", "d0p1", ""))
        mode = rng.choice(("w", "r", "rw", "ro", "", "w!", "W"))
        fmt = rng.choice(("raw", "qcow2", "qcow", "vhd", "qed", "empty", "", "vmdk"))
        kind = rng.randrange(4)
        if kind == 0:
            prefix = rng.choice(
                ("phy:", "file:", "tap:aio:", "qcow2:", "iscsi:", "foo:", "tap2:vhd:", "drbd:", "")
            )
            return f"{prefix}{rng.choice(PATHS)},{vdev},{mode}"
        if kind == 1:
            fields = [rng.choice(PATHS), fmt, vdev, mode][: rng.randint(1, 4)]
            return ("," + rng.choice(("", " "))).join(fields) + rng.choice(("", "", ",", ",x"))
        words = [
            f"format={fmt}", f"vdev={vdev}", f"access={mode}", "cdrom", "devtype=disk", "devtype=cdrom", "devtype=x",
            "backend=dom", "backendtype=qdisk", "backendtype=phy", "backendtype=x", "script=block-x", "discard",
            "no-discard", "direct-io-safe", "specification=xen", "specification=x", "colo-port=5", "colo-port=x",
            "foo=bar", "f=b", "bare", "colo-host=h",
        ]  # fmt: skip
        chosen = rng.sample(words, rng.randint(0, 3))
        if rng.random() < 0.9:
            chosen.append("vdev=xvda")
        if rng.random() < 0.9:
            chosen.append(f"target={rng.choice(PATHS)}")
        return rng.choice((",", ", ")).join(chosen)

    def _vif_line(self) -> str:
        return self._assignment(
            "vif", self._list([self._quoted(self.vif()) for _ in range(self._random.randint(0, 3))])
        )

    def vif(self) -> str:
        """One interface specification, right or wrong."""
        rng = self._random
        words = [
            "mac=00:16:3e:01:02:03", "mac=00:16:3E:A:b:c", "mac=zz:16:3e:01:02:03", "bridge=xenbr0", "bridge=", "ip=1.2.3.4",
            "model=e1000", "type=vif", "type=ioemu", "type=x", "script=vif-nat", "vifname=v", "backend=dom", "devid=3",
            "devid=x", "mtu=1400", "mtu=0", "gatewaydev=eth0", "netdev=eth0", "accel=1", "foo=1", "bar", "rate=10Mb/s",
            "rate=1MB/s@20ms", "rate=100Kb/s@1s", "rate=5", "rate=", "rate=0Mb/s", "rate=1GB/s@5000s", "rate=09Mb/s",
            "rate=010Mb/s@10us", "", " ", f"mac={families.mac(rng)}", families.colo(rng), "trusted", "untrusted", "trusted=1",
        ]  # fmt: skip
        return rng.choice((",", ", ")).join(rng.sample(words, rng.choice((0, 1, 1, 2, 2, 3, 4))))

    def _family_line(self) -> str:
        key = self._random.choice(families.NAMES)
        return self._assignment(key, families.family(self._random, key, self._quoted, self._list))

    def _vfb_line(self) -> str:
        rng = self._random
        words = (
            "vnc=1", "vnc=0", "vnclisten=0.0.0.0", "vncdisplay=3", "vncunused=1", "vncpasswd=x", "sdl=1", "opengl=0",
            "display=:0", "xauthority=x", "keymap=de", "foo=1", "bar", "vnc=x",
        )  # fmt: skip
        items = [
            self._quoted(",".join(rng.sample(words, rng.randint(0, 4)))) for _ in range(rng.randint(0, 2))
        ]
        return self._assignment("vfb", self._list(items))

    def _list_line(self) -> str:
        rng = self._random
        key = rng.choice(
            ("device_model_args", "device_model_args_hvm", "device_model_args_pv", "bootloader_args", "serial", "usbdevice",
             "xs", "vif2", "name", "viridian")
        )  # fmt: skip
        words = ("all", "base", "!freq", "defaults") if key == "viridian" else WORDS[:5]
        items = [self._quoted(rng.choice(words)) for _ in range(rng.randint(0, 3))]
        if key == "xs":
            items.append(self._list([self._scalar(), self._list([])]))
        return self._assignment(key, self._list(items))

    def _plus_line(self) -> str:
        rng = self._random
        key = rng.choice(("extra", "root", "disk", "vif", "memory", "bootloader_args"))
        if key in ("disk", "vif", "bootloader_args") and rng.random() < 0.9:
            maker = {"disk": self.disk, "vif": self.vif}.get(key, lambda: "-x")
            return self._assignment(key, self._list([self._quoted(maker())]), "+=")
        return self._assignment(key, rng.choice(('"b"', "'c d'", "7")), "+=")

    def _noise_line(self) -> str:
        return self._random.choice(
            ("# comment", "", "x=1", "Foo=1", "a b=1", "x=", "x=[1", "x=[,]", "x=[1,,2]", "x=yes", "x=-1", "=1", "x==1",
             "x=1 y=2", "x='", "x=[[1],[2,[3]]]", "x=[\n]", "x.y_z9=1", "_x=1", "x=1.5", "x=\"a\" \"b\"", "import os", "x=(1,2)",
             "x+=[1]", "x=\n1", "x\n=1", "x=1\r")
        )  # fmt: skip
