"""Disks hde to hdz, which xl has no numbers for: new names, and whatever says where the guest's root is follows."""

from __future__ import annotations

import re
from string import ascii_lowercase

from xentui.config.convert.disk_rule import converted, fits
from xentui.config.convert.rule_input import RuleInput, is_list
from xentui.config.devices.disk import parse_disk
from xentui.errors import ConfigError

_FAR = re.compile(r"[ \t]*(?:ioemu:)?(?:/dev/)?hd([e-z])([0-9]*(?::[a-z]+)?)[ \t]*")
_TAKEN = re.compile(r"(?:.*[/: \t])?xvd([a-z])[0-9]*(?::[a-z]+)?[ \t]*")
_NAMED = re.compile(r"(?<![A-Za-z0-9_])(/dev/)?hd([e-z])(?=[0-9]*(?![A-Za-z0-9_]))")
_LETTERS = ascii_lowercase[4:] + ascii_lowercase[:4]
"""Those of hda to hdd last: drivers in an HVM guest call these xvda to xvdd."""
_ANYWHERE = ("root", "bootargs", "bootentry")
"""Where a name alone is a disk's; in ``extra`` it takes a path to be one."""


def far_disks(work: RuleInput) -> None:
    """Give them names xvde to xvdz, or of other letters where these are taken."""
    items = work.strings("disk")
    taken = {match.group(1) for item in items if (match := _TAKEN.fullmatch(_device(item.text)))}
    wanted = sorted({letter for item in items if (letter := _letter(item.text))})
    names = {letter: letter for letter in wanted if letter not in taken}
    free = [letter for letter in _LETTERS if letter not in taken and letter not in names]
    names |= dict(zip((letter for letter in wanted if letter in taken), free, strict=False))
    if not names:
        return
    for item in items:
        letter = _letter(item.text)
        if letter in names:
            other = "" if names[letter] == letter else f"; xvd{letter} is another disk"
            reason = f"xl has hda to hdd only{other}; an /etc/fstab in the guest that names it has to follow"
            work.replace(item, _renamed(item.text, names[letter]), f"{reason} (xl-disk-configuration(5))")
    _follow(work, names)


def _follow(work: RuleInput, names: dict[str, str]) -> None:
    """Write the new names where the configuration itself has the old ones."""
    reason = "the disk has this name now"
    for key in (*_ANYWHERE, "extra"):
        text = work.document.string(key)
        if text is not None and not is_list(work.document, key):
            new = _with_names(text, names, bare=key in _ANYWHERE)
            if new != text:
                work.set(key, new, reason)
    for item in work.strings("bootloader_args"):
        new = _with_names(item.text, names, bare=True)
        if new != item.text:
            work.replace(item, new, reason)


def _with_names(text: str, names: dict[str, str], *, bare: bool) -> str:
    def name(match: re.Match[str]) -> str:
        path, letter = match.groups()
        known = letter in names and (bare or path)
        return f"{path or ''}xvd{names[letter]}" if known else match.group()

    return _NAMED.sub(name, text)


def _letter(spec: str) -> str:
    """Return the letter of a disk hde to hdz that xl could have by another name, else ""."""
    fields = spec.split(",")
    match = _FAR.fullmatch(fields[1]) if len(fields) > 1 else None
    if match is None:
        return ""
    renamed, _ = converted(_renamed(spec, match.group(1)))
    return match.group(1) if fits(renamed) else ""


def _device(spec: str) -> str:
    """Return what a disk is called to the guest, by xl's reading or else by xm's."""
    try:
        return parse_disk(spec).vdev
    except ConfigError:
        fields = spec.split(",")
        return fields[1] if len(fields) > 1 else ""


def _renamed(spec: str, letter: str) -> str:
    target, device, *rest = spec.split(",")
    return ",".join([target, _FAR.sub(rf"xvd{letter}\g<2>", device), *rest])
