"""Bindings as all of the screen makes them: with an id, an explanation and the heading it stands under in help."""

from __future__ import annotations

from enum import StrEnum

from textual.binding import Binding


class Heading(StrEnum):
    """The headings of help and docs/keys.md, in their order."""

    LIFE = "Life cycle"
    MANAGED = "Managed domains"
    DEVICES = "Devices and resources"
    CONSOLE = "Consoles"
    LIST = "List"
    GENERAL = "Screen"


GROUPS = {heading: Binding.Group(heading.value) for heading in Heading}


def bound(
    keys: str,
    action: str,
    label: str,
    tooltip: str,
    *,
    id: str,
    group: Heading = Heading.GENERAL,
    show: bool = False,
) -> Binding:
    """Return a binding that is not a key of a command, named and explained as those are."""
    return Binding(keys, action, label, show=show, tooltip=tooltip, id=id, group=GROUPS[group])


def screen_key(screen: str, keys: str, action: str, label: str, tooltip: str) -> Binding:
    """Return a binding of a screen about a managed domain; its id is made of both their names."""
    name = f"{screen}.{action.replace('_', '-')}"
    return bound(keys, action, label, tooltip, id=name, group=Heading.MANAGED, show=True)
