"""``python3 -m recorder FOLDER [PART …]``: make the recordings, all or the parts named."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from . import consoles, devices, guests, machines, timelines, verbs

PARTS: dict[str, Callable[[Path], None]] = {
    "host": verbs.host,
    "usage": verbs.usage,
    "refusals": verbs.refusals,
    "lifecycle": verbs.lifecycle,
    "devices": devices.hotplug,
    "save-restore": devices.save_restore,
    "boot-methods": devices.boot_methods,
    "hvm": machines.without_drivers,
    "hvm-drivers": machines.with_drivers,
    "trigger": machines.triggered,
    "timelines-boot": timelines.boots,
    "timelines-actions": timelines.actions,
    "consoles": consoles.consoles,
}


def main() -> int:
    """Make the recordings; exit status 1 when a part fails (the others are still made)."""
    folder, chosen = Path(sys.argv[1]), sys.argv[2:] or list(PARTS)
    folder.mkdir(parents=True, exist_ok=True)
    guests.prepare()
    failed = 0
    for part in chosen:
        guests.destroy_all()
        print(part, flush=True)  # noqa: T201
        try:
            PARTS[part](folder)
        except (RuntimeError, OSError) as error:
            failed = 1
            print(f"{part}: {error}", flush=True)  # noqa: T201
    guests.destroy_all()
    return failed


if __name__ == "__main__":
    sys.exit(main())
