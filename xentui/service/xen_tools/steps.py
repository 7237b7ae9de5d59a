"""How far xen-create-image is, by the lines it prints as it begins with something."""

from __future__ import annotations

import re
from collections.abc import Callable

from xentui.model.job import JobLook
from xentui.service.jobs.progress import Progress
from xentui.text import plain

_STEPS = (
    (re.compile(r"General Information"), "checks"),
    (re.compile(r"Creating (?:partition image|swap on|\S+ filesystem on)"), "makes its disks"),
    (re.compile(r"Installation method: (?P<by>.{1,40})"), "installs its system"),
    (re.compile(r"Running hooks"), "sets its system up"),
    (re.compile(r"Role: (?P<by>.{1,40})"), "runs roles"),
    (re.compile(r"Creating Xen configuration file"), "writes its configuration"),
    (re.compile(r"Setting up root password"), "sets its root password"),
    (re.compile(r"All done"), "ends"),
)
COUNT = len(_STEPS)


def step(said: str) -> tuple[int, str]:
    """Return the last step that was begun, from 1 (0: none yet), and what it is in words."""
    number, words = 0, ""
    for line in said.splitlines():
        for place, (pattern, what) in enumerate(_STEPS, 1):
            found = pattern.match(line)
            if found and place >= number:
                by = found.groupdict().get("by")
                number, words = place, f"{what} ({plain(by, 40)})" if by else what
    return number, words


def step_reporter(progress: Progress | None) -> Callable[[JobLook], None]:
    """Return what takes each look at the job, and tells of its step: how many were done, and which goes on."""
    reached = (0, "")

    def look(found: JobLook) -> None:
        nonlocal reached
        # Only the end of what was printed is told: what scrolled out of it was before.
        reached = max(reached, step(found.said.decode("utf-8", "replace")))
        number, words = reached
        if progress is not None and number:
            progress(100 * (number - 1) // COUNT, f"step {number} of {COUNT}: {words}")

    return look
