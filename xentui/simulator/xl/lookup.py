"""Which domain a word of the command line means, by xl's rules (libxl_utils.c)."""

from __future__ import annotations

import time

from xentui.simulator.call import Call
from xentui.simulator.guest import Guest


def domid(call: Call, word: str, *, code: str = " (rc=-6)") -> int:
    """Return the domid a word stands for: all digits (or nothing) is a domid whether it exists or not, all else a
    name.

    Raises Exit 1 for a name no domain has.
    """
    if all(character in "0123456789" for character in word):
        return int(word or "0") & 0xFFFFFFFF
    call.now()
    guest = call.state.named(word)
    if guest is None:
        raise call.fail(f"{word} is an invalid domain identifier{code}")
    return guest.domid


def existing(call: Call, word: str, *, code: str = " (rc=-6)") -> tuple[int, Guest | None]:
    """Return the domid a word stands for, and the domain where there is one, as of now; ``code`` as above."""
    number = domid(call, word, code=code)
    call.now()
    return number, call.state.guest(number)


def libxl(call: Call, place: str, text: str) -> None:
    """A line of libxl's error log: ``place`` is FILE:LINE:FUNCTION."""
    call.err(f"libxl: error: {place}: {text}\n")


def no_type(call: Call, number: int) -> None:
    """What libxl says when it is asked for a domain that does not exist."""
    libxl(call, "libxl_dom.c:37:libxl__domain_type", f"unable to get domain type for domid={number}")


def no_info(call: Call, number: int, reason: str = "Success") -> None:
    """What libxl says when it wants the stored configuration of a domain that does not exist."""
    libxl(
        call,
        "libxl_dom.c:1216:libxl__userdata_path",
        f"unable to find domain info for domain {number}: {reason}",
    )


def duration(seconds: float) -> str:
    """Return an uptime as ``xl uptime`` prints it: hours padded to two, days before them."""
    whole = max(0, int(seconds))
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:2d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return (f"{days} day{'s' if days > 1 else ''}, " if days else "") + clock


def clock_time(now: float) -> str:
    """Return the time of day as ``xl uptime -s`` prints it."""
    return time.strftime("%H:%M:%S", time.localtime(now))
