"""The guest's screen: frame buffers, and VNC of the configuration itself (xm create.py, xl.cfg(5))."""

from __future__ import annotations

from xentui.config.convert.device_rules import words_of
from xentui.config.convert.rule_input import RuleInput
from xentui.config.devices.vif import tokens
from xentui.config.quoting import quote

_DROPPED = ("videoram", "serial", "monitor")
_TOP_LEVEL = (
    "vnc", "vnclisten", "vncpasswd", "vncdisplay", "vncunused", "sdl", "opengl", "keymap",
)  # fmt: skip
_TEXTS = ("vnclisten", "vncpasswd", "keymap")
_VNC = ("vnc", "vnclisten", "vncpasswd", "vncdisplay", "vncunused")


def frame_buffers(work: RuleInput) -> None:
    """Every frame buffer with the words xl knows; an HVM guest's as its parameters."""
    items = work.strings("vfb")
    made = [_frame_buffer(item.text, as_xm=work.as_xm) for item in items]
    if work.as_xm and work.is_hvm and items and (work.of_xm or any(reasons for _, reasons in made)):
        _of_a_whole_machine(work, [word for kept, _ in made for word in kept])
        return
    for item, (kept, reasons) in zip(items, made, strict=True):
        if reasons:
            work.replace(item, ",".join(kept), f"{'; '.join(reasons)} (xl.cfg(5))")


def _frame_buffer(spec: str, *, as_xm: bool) -> tuple[list[str], list[str]]:
    words, reasons = words_of(spec) if as_xm else (tokens(spec), [])
    kept = []
    for word in words:
        key, _, value = word.partition("=")
        if not as_xm and key == "type" and value == "sdl":
            reasons.append("xl does not read it, and its frame buffers have VNC; sdl=1 asks for a window")
        elif key == "type" and value in ("vnc", "sdl"):
            reasons.append("the older spelling; xl knows vnc=1 and sdl=1")
            kept.append(f"{value}=1")
        elif key in _DROPPED:
            reasons.append(f"xl has no {key} in a frame buffer")
        else:
            kept.append(word)
    return kept, reasons


def _of_a_whole_machine(work: RuleInput, words: list[str]) -> None:
    """To xm the list said how the machine's own screen is shown, to xl it is one more, of the guest's drivers."""
    said = dict(word.split("=", 1) for word in words if "=" in word)
    reason = "vfb is for PV guests in xl, an HVM guest's screen has these parameters (xl.cfg(5))"
    lines = []
    for key in _TOP_LEVEL:
        value = said.get(key)
        if value is None:
            continue
        is_number = key not in _TEXTS and value.isascii() and value.isdigit() and len(value) < 10
        if work.has(key):
            work.set(key, int(value) if is_number else value, reason)
        else:
            lines.append(f"{key} = {int(value) if is_number else quote(value)}")
    if lines:
        work.turn_into("vfb", "\n".join(lines), reason)
    else:
        work.comment_out("vfb", reason)


def of_no_use(work: RuleInput) -> None:
    """VNC of a PV guest without a frame buffer: xm passed over it, xl makes a frame buffer of it."""
    if not work.as_xm or not work.of_xm or work.is_hvm or work.has("vfb"):
        return
    if work.document.number("vnc"):
        for key in _VNC:
            if work.has(key):
                work.comment_out(
                    key,
                    "xm gave a PV guest no screen for it, but xl gives one: vfb = ['vnc=1'] asks for one (xl.cfg(5))",
                )
