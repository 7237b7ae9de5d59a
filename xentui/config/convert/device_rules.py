"""Disks, network interfaces and TPMs (xm create.py, xl-disk- and xl-network-configuration(5))."""

from __future__ import annotations

from dataclasses import replace

from xentui.config.convert.disk_rule import converted
from xentui.config.convert.rule_input import RuleInput
from xentui.config.convert.xend_devices import DRIVE, drive
from xentui.config.convert.xend_image import FLOPPIES
from xentui.config.devices.disk import parse_disk
from xentui.config.devices.sharing import sharing_note
from xentui.config.devices.vif import tokens
from xentui.config.quoting import quote
from xentui.errors import ConfigError

MAX_INTERFACES = 64
_VIF_TYPES = ("vif", "ioemu")
_VIF_DROPPED = {
    "accel": "xl has no netfront accelerators",
    "policy": "xl has no security policies like xm's",
    "label": "xl has no security labels like xm's",
}
_VTPM_DROPPED = ("instance", "type")


def disks(work: RuleInput) -> None:
    """Every disk as xl takes it; which of them xm lets others write to as well is noted."""
    shared: set[str] = set()
    for item in work.strings("disk"):
        new, reason = converted(item.text)
        if reason and (work.as_xm or _same_but_device(item.text, new)):
            work.replace(item, new, reason)
            if "w!" in [field.strip() for field in item.text.split(",")]:
                shared.add(parse_disk(new).vdev)
    if shared:
        work.add(sharing_note(shared), "xl has no 'w!'; xentui lets two such guests run by this note")


def drives(work: RuleInput) -> None:
    """What QEMU of Xen 3 had beside the disks: a CD image, and floppies."""
    for key in ("cdrom", *FLOPPIES):
        if key not in work.handled and work.has(key):
            _drive(work, key, work.document.string(key) or "")


def _drive(work: RuleInput, key: str, image: str) -> None:
    line = f"disk += [{quote(drive(image))}]" if key == "cdrom" else ""
    line = line or f"device_model_args_hvm += [{quote(f'-{key}')}, {quote(image)}]"
    vdevs = [word.split(",")[1:2] for word in work.document.strings("disk")]
    used = key == "cdrom" and any(vdev and vdev[0].partition(":")[0].strip() == DRIVE for vdev in vdevs)
    if not image or not work.is_hvm:
        reason = "it is empty, or the guest is no HVM guest, which alone had such a drive"
    elif used or not work.as_xm:
        reason = (
            f"xl does not read it{f', and {DRIVE} is another disk' if used else ''}; `{line}` asks for it"
        )
    else:
        reason = "xl has no such drive beside the disks; that is in a line of its own now (xl.cfg(5))"
        work.add(line, reason)
    work.comment_out(key, reason)


def interfaces(work: RuleInput) -> None:
    """Every interface as xl takes it, and as many as ``nics`` asks for."""
    items = work.strings("vif")
    made = [_interface(item.text, is_hvm=work.is_hvm, as_xm=work.as_xm) for item in items]
    wanted = min(work.document.number("nics", 0) or 0, MAX_INTERFACES)
    if work.has("nics"):
        work.comment_out("nics", "obsolete in xm too: an interface is an item of vif (xm create.py)")
    if wanted > len(made) and work.as_xm:
        texts = [text for text, _ in made] + [""] * (wanted - len(made))
        work.set_list("vif", texts, "as many interfaces as nics asked for (xm create.py)")
        return
    for item, (new, reason) in zip(items, made, strict=True):
        if reason:
            work.replace(item, new, reason)


def _same_but_device(spec: str, new: str) -> bool:
    """Return whether only the device's name differs: xl takes any, and libxl refuses some when the guest starts."""
    try:
        before, after = parse_disk(spec), parse_disk(new)
    except ConfigError:
        return True
    return replace(before, vdev="") == replace(after, vdev="")


def _interface(spec: str, *, is_hvm: bool, as_xm: bool) -> tuple[str, str]:
    words, reasons = words_of(spec) if as_xm else (tokens(spec), [])
    kept = []
    for word in words:
        key, _, value = word.partition("=")
        if key in _VIF_DROPPED:
            reasons.append(_VIF_DROPPED[key])
        elif key == "type" and value == "netfront" and is_hvm and as_xm:
            reasons.append("xl's name for it; an HVM guest has ioemu without")
            kept.append("type=vif")
        elif key == "type" and value not in _VIF_TYPES:
            reasons.append("xl's types are vif and ioemu")
        elif key == "type" and value == "ioemu" and not is_hvm:
            reasons.append("libxl refuses an emulated interface for a PV guest")
        else:
            kept.append(word)
    if not reasons:
        return spec, ""
    return ",".join(kept), f"{'; '.join(reasons)} (xl-network-configuration(5))"


def tpms(work: RuleInput) -> None:
    """Every virtual TPM as xl takes it: its instance was a number of xm's own."""
    for item in work.strings("vtpm"):
        words, reasons = words_of(item.text)
        kept = []
        for word in words:
            key = word.partition("=")[0]
            if key in _VTPM_DROPPED:
                reasons.append(f"xl has no {key} for a TPM")
            else:
                kept.append(word)
        if len(kept) < len(words) and not any(word.startswith("backend=") for word in kept):
            reasons.append("xl requires a backend; xm's default was Domain-0")
            kept.append("backend=0")
        if reasons:
            work.replace(item, ",".join(kept), f"{'; '.join(reasons)} (xl.cfg(5))")


def words_of(spec: str) -> tuple[list[str], list[str]]:
    """Return the words of a specification without blanks, and why they are to be taken off where xl would keep them."""
    words = []
    reasons: list[str] = []
    for word in spec.split(","):
        key, equals, value = word.partition("=")
        bare = f"{key.strip()}={value.strip()}" if equals else word.strip()
        if bare != word.lstrip(" ") and not reasons:
            reasons.append("xl reads spaces as part of the value")
        words.append(bare)
    return words, reasons
