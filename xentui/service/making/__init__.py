"""Making a guest: what is answered, what follows from it, and the making itself."""

from xentui.service.making.answers import (
    Answers,
    Display,
    FirstBoot,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
)
from xentui.service.making.guest_maker import Parts
from xentui.service.making.making import Making
from xentui.service.making.plan import INSTALL, Made, Plan, PlannedDisk
from xentui.service.making.systems import SYSTEMS, GuestSystem, system

__all__ = [
    "INSTALL",
    "SYSTEMS",
    "Answers",
    "Display",
    "FirstBoot",
    "GuestSource",
    "GuestSystem",
    "Made",
    "Making",
    "Parts",
    "Plan",
    "PlannedDisk",
    "SourceKind",
    "WantedDisk",
    "WantedInterface",
    "system",
]
