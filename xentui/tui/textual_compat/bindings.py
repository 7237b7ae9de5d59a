"""Bindings: who knows a key, and the order in which it is offered to them."""

from __future__ import annotations

from typing import Any

from textual._callback import invoke
from textual.app import App
from textual.binding import Binding
from textual.events import Event
from textual.screen import Screen
from textual.widget import Widget


async def run_binding(app: App[Any], key: str, *, priority: bool = False) -> bool:
    """Run what a key is bound to, from the focused widget up (with ``priority`` from the app down); tell if it is.

    Textual does it only when a key comes back from the focused widget, which is too late for what is typed ahead.
    """
    return await app._check_bindings(key, priority=priority)


def is_bound(screen: Screen[Any], key: str) -> bool:
    """Tell whether anybody from the focused widget up to the screen on top knows a key.

    ``Screen.active_bindings`` would ask every ``check_action`` as well, at every key.
    """
    return any(key in bindings.key_to_bindings for _, bindings in screen._modal_binding_chain)


def knows(widget: Widget, key: str) -> bool:
    """Tell whether a key is bound by a widget itself."""
    return key in widget._bindings.key_to_bindings


def own_bindings(screen: Screen[Any]) -> dict[str, Binding]:
    """Return the bindings of a screen itself by key.

    ``Screen.active_bindings`` has those of a container instead that takes a key first and passes it on.
    """
    return dict(screen._bindings)


def forward(widget: Widget, event: Event) -> None:
    """Hand an event on to another widget, as the app does to the focused one: it is not taken for a new one."""
    widget._forward_event(event)


async def run_callback(callback: Any) -> None:
    """Call what may be a coroutine function or a plain one, as Textual does with the commands of its palette."""
    await invoke(callback)
