"""Making a guest: what is answered, what follows from it, and the making itself."""

from xentui.service.making.answers import (
    Answers,
    Display,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
)
from xentui.service.making.making import Making
from xentui.service.making.plan import Made, Plan, PlannedDisk
from xentui.service.making.systems import SYSTEMS, GuestSystem

__all__ = [
    "SYSTEMS",
    "Answers",
    "Display",
    "GuestSource",
    "GuestSystem",
    "Made",
    "Making",
    "Plan",
    "PlannedDisk",
    "SourceKind",
    "WantedDisk",
    "WantedInterface",
]
