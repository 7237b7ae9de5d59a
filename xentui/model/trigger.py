"""Events sent to a guest from outside, as by a switch of the machine it runs on."""

from __future__ import annotations

from enum import StrEnum


class Trigger(StrEnum):
    """One event, by the word xm and xl have for it."""

    NMI = "nmi"
    RESET = "reset"
    INIT = "init"
    POWER = "power"
    SLEEP = "sleep"
    S3RESUME = "s3resume"
