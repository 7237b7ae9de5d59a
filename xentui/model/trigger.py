"""Events sent to a guest from outside, as by a switch of the machine it runs on."""

from __future__ import annotations

from enum import StrEnum


class Trigger(StrEnum):
    """One event that Xen sends on x86, by the word xm and xl have for it.

    They have ``reset`` and ``init`` too, to which Xen answers "Function not implemented" for guests of every type
    (seen with 4.17).
    """

    NMI = "nmi"
    POWER = "power"
    SLEEP = "sleep"
    S3RESUME = "s3resume"
