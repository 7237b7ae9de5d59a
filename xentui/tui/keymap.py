"""The user's keys: which may be changed, and what is wrong with a wish."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding
from textual.keys import format_key

from xentui.tui.keys import COMMANDS, binding, pane_bindings

DEFAULT_LEAVE = "ctrl+right_square_bracket"
_NAMES = {"ctrl+]": DEFAULT_LEAVE}
_SIGNS = {
    "]": "right_square_bracket",
    "[": "left_square_bracket",
    "\\": "backslash",
    "^": "circumflex_accent",
    "_": "underscore",
}


def leave_key(wish: str) -> tuple[str, str]:
    """Return the key that leaves a console, and what is wrong with the wish for it ("": nothing).

    Only a key with Ctrl or a function key will do: any other is typed into guests.
    """
    wish = wish.strip().lower()
    if not wish:
        return DEFAULT_LEAVE, ""
    head, _, sign = wish.rpartition("+")
    key = f"{head}+{_SIGNS.get(sign, sign)}" if head else wish
    function = key[:1] == "f" and key[1:].isdigit()
    if (key.startswith("ctrl+") and len(key) > 5) or function:
        return key, ""
    return (
        DEFAULT_LEAVE,
        f"leave_key = {wish!r} would be missed in guests: give a key with Ctrl, or a function key",
    )


def checked(wishes: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the keymap for Textual, and what is wrong with the wishes: unknown ids, keys that clash.

    A wish that takes the key of another action is reported and left out.
    """
    if not wishes:
        return {}, []
    defaults = {made.id: made for made in (*map(binding, COMMANDS), *pane_bindings()) if made.id}
    keymap: dict[str, str] = {}
    problems: list[str] = []
    for name, key in wishes.items():
        if name not in defaults:
            problems.append(f"there is no action {name!r}; docs/keys.md lists them")
        elif not key.strip():
            problems.append(f"{name} has no key")
        else:
            keymap[name] = key
    for name in list(keymap):
        for key in _keys(keymap[name]):
            taken = [
                other
                for other, made in defaults.items()
                if other != name and key in _keys(keymap.get(other, made.key))
            ]
            if taken and name in keymap:
                problems.append(f"{key} for {name} is the key of {taken[0]} already")
                del keymap[name]
    return keymap, problems


def _keys(text: str) -> set[str]:
    return {binding.key for binding in Binding.make_bindings([Binding(text, "none")])}


_SHOWN = {
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "enter": "Enter",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "Backspace",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "full_stop": ".",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}
_MODIFIERS = {"ctrl": "Ctrl", "shift": "Shift", "alt": "Alt", "super": "Super"}


def shown(key: str) -> str:
    """Return a key as keyboards and books call it: ``Ctrl-P``, ``Shift-F8``, ``Space``."""
    *modifiers, last = key.split("+")
    function = last[:1] == "f" and last[1:].isdigit()
    name = last.upper() if function else _SHOWN.get(last) or format_key(last)
    if modifiers and len(name) == 1:
        name = name.upper()
    return "-".join([*(_MODIFIERS.get(modifier, modifier) for modifier in modifiers), name])


def keys_by_action(actions: Mapping[str, str | None]) -> dict[str, str]:
    """Return the first key of each action as it is shown; ``actions`` are the ids of actions by Textual's keys."""
    found: dict[str, str] = {}
    for key, action in actions.items():
        if action and action not in found:
            found[action] = shown(key)
    return found
