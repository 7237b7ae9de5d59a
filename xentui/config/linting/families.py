"""Checks of the rarer device lists and of ``cpuid``, by the same code that translates them for libxl."""

from __future__ import annotations

from collections.abc import Callable

from xentui.config.libxl import cpuid, media, shared, usb
from xentui.config.libxl.reader import Reader
from xentui.config.linting.problems import Findings
from xentui.config.refusal import RefusedError, printable

Check = Callable[[Reader], object]

FAMILIES: tuple[tuple[str, Check], ...] = (
    ("p9", shared.folders),
    ("vtpm", shared.tpms),
    ("pvcalls", shared.pv_calls),
    ("channel", shared.channels),
    ("usbctrl", usb.controllers),
    ("usbdev", usb.devices),
    ("vdispl", media.displays),
    ("vsnd", media.sound_cards),
    ("vkb", lambda reader: media.keyboards(reader, 0)),
)
"""What refuses a parameter, each by itself."""
_TOLD: tuple[tuple[str, Check, str], ...] = (
    ("cpuid", cpuid.policy, 'Write it as xl.cfg(5) has it, for example cpuid = "host,avx2=0".'),
    ("channel", shared.channels, "Known are connection, name, path and backend."),
    ("vdispl", media.displays, "Write connectors=ID:WIDTHxHEIGHT;…."),
)


def check_xl_warnings(findings: Findings) -> None:
    """What xl complains of, and goes on without."""
    for key, read, hint in _TOLD:
        reader = Reader(findings.document)
        try:
            read(reader)
        except RefusedError:
            continue
        for said in reader.warnings:
            if said.startswith(f"{findings.document.source}:"):
                continue  # a wrong kind of value, which is told of any parameter
            findings.warning(key, f"xl goes on without this: {printable(' '.join(said.split()), 200)}", hint)
