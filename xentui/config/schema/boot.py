"""How a guest boots (xl.cfg(5))."""

from __future__ import annotations

from xentui.config.schema.key import BOOLEAN, BOTH, STRING, TEXT_OR_LIST, XL, Key

BOOT: tuple[Key, ...] = (
    Key(
        "kernel",
        STRING,
        toolstack=BOTH,
        term="kernel",
        doc="Kernel image on the host that the guest boots directly.",
    ),
    Key(
        "ramdisk",
        STRING,
        toolstack=BOTH,
        term="initial RAM disk",
        doc="Initial RAM disk on the host that goes with the kernel.",
    ),
    Key(
        "cmdline",
        STRING,
        toolstack=XL,
        term="command line",
        doc="Whole kernel command line; root and extra are ignored next to it.",
    ),
    Key(
        "root",
        STRING,
        toolstack=BOTH,
        term="root device",
        doc="Root device, put first on the kernel command line.",
    ),
    Key("extra", STRING, toolstack=BOTH, term="extra command line", doc="More of the kernel command line."),
    Key(
        "bootloader",
        STRING,
        toolstack=BOTH,
        term="boot loader",
        doc="Program on the host that reads the guest's disk for its kernel, such as pygrub.",
    ),
    Key(
        "bootloader_args",
        TEXT_OR_LIST,
        toolstack=XL,
        term="boot loader arguments",
        doc="Arguments for the boot loader.",
    ),
    Key(
        "firmware",
        STRING,
        toolstack=XL,
        term="firmware",
        doc="Firmware: bios, uefi, seabios, rombios, ovmf or a path (HVM); pvgrub32 or pvgrub64 (PV, PVH).",
    ),
    Key(
        "bios",
        STRING,
        default="seabios",
        values=("rombios", "seabios", "ovmf"),
        toolstack=XL,
        term="BIOS",
        doc="BIOS of an HVM guest.",
    ),
    Key(
        "bios_path_override",
        STRING,
        toolstack=XL,
        term="BIOS path",
        doc="Path of the BIOS image, in place of the built-in one.",
    ),
    Key(
        "firmware_override",
        STRING,
        toolstack=XL,
        term="HVM loader",
        doc="Path of an HVM loader, in place of the built-in one.",
    ),
    Key(
        "boot",
        STRING,
        default="c",
        toolstack=BOTH,
        term="boot order",
        doc="Boot order of an HVM guest: a floppy, c disk, d CD-ROM, n network.",
    ),
    Key(
        "pvshim",
        BOOLEAN,
        default="0",
        toolstack=XL,
        term="PV shim",
        doc="Run a PV kernel inside a PVH guest.",
    ),
    Key("pvshim_path", STRING, default="xen-shim", toolstack=XL, term="PV shim path", doc="The shim to use."),
    Key("pvshim_cmdline", STRING, toolstack=XL, term="PV shim command line", doc="The shim's command line."),
    Key("pvshim_extra", STRING, toolstack=XL, term="PV shim extra", doc="More of the shim's command line."),
)
