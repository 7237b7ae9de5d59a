"""As what a guest could be started, by what was found where it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from xentui.frozen import dataclass
from xentui.service.making.building.recipe import Recipe
from xentui.service.making.trees import RemoteTree


@dataclass(frozen=True, slots=True)
class GuestTypeChoice:
    """Why it cannot be each type, "" where it can, which to try ``first``, and what was found out with that.

    ``doubts`` say why it may not boot as a type, which is warned of where it is to be that all the same.
    ``for_console`` are warnings for a guest that tells on Xen's console what it does: a PV or PVH one.
    """

    against: Mapping[str, str]
    kernel: str = ""
    ramdisk: str = ""
    on_cd: bool = False
    tree: RemoteTree | None = None
    recipe: Recipe | None = None
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    for_console: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
