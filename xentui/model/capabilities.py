"""What one toolstack can do with a domain and another cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Capability(StrEnum):
    """Something that not every toolstack can do; what is not here, all can."""

    PAUSE = "pause"
    TRIGGER = "trigger"
    SUSPEND = "suspend"
    SAVE = "save"
    MIGRATE = "migrate"
    RENAME = "rename"
    MEMORY = "memory"
    MAX_MEMORY = "max-memory"
    VCPUS = "vcpus"
    DISKS = "disks"
    MEDIA = "media"
    INTERFACES = "interfaces"
    CONSOLE = "console"
    AUTOSTART = "autostart"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What can be done; ``missing`` has the reason, as the rest of a sentence, for each thing that cannot.

    >>> Capabilities({Capability.MIGRATE: "its disks are on this host"}).reason_against(Capability.MIGRATE)
    'its disks are on this host'
    """

    missing: Mapping[Capability, str] = field(default_factory=dict)

    def reason_against(self, capability: Capability) -> str:
        """Why it cannot be done; "" where it can."""
        return self.missing.get(capability, "")


EVERYTHING = Capabilities()
"""Nothing is missing."""
