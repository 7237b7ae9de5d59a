"""Loop devices that write past the page cache of their host while their guest moves to another.

What a guest has written through a loop device on a file server's file is in the memory of its host first: the target
of a live migration does not see it.  ``losetup --direct-io=on`` has the kernel write out what is there, and each write
after it go to the server before the guest hears that it is done (drivers/block/loop.c, ``__loop_update_dio``).  Each
write takes longer then, so it is taken back where the guest stays.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from typing import Any, Dict, List, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.host.domain_list import ask
from xentui.agent.jobs.worker import JobWork

_DEVICE = re.compile(r"/dev/loop[0-9]{1,7}\Z")
_MOST = 256
_SWITCHED = "direct"
_DELETED = " (deleted)"
_SECONDS = 60.0


def checked(given: Any) -> List[List[str]]:
    """Return the loop devices a job is told of, each with the file behind it; raises code ``invalid`` for what are
    none.
    """
    if not isinstance(given, list) or len(given) > _MOST or not all(_is_loop(each) for each in given):
        raise AgentError("invalid", "these are no loop devices")
    return [list(each) for each in given]


def _is_loop(each: Any) -> bool:
    if not isinstance(each, list) or len(each) != 2 or not all(isinstance(word, str) for word in each):
        return False
    return bool(_DEVICE.match(each[0])) and each[1].startswith("/") and "\0" not in each[1]


def begin(work: JobWork) -> None:
    """Have the devices of a job's guest write directly, all of them or none; raises code ``io`` where one does not.

    With ``cached`` in what the job was told it goes on without: whoever asked for it knows that all is flushed.
    """
    try:
        _begin(work)
    except AgentError:
        if not work.record["migration"].get("cached"):
            raise


def _begin(work: JobWork) -> None:
    wanted = checked(work.record["migration"].get("direct", []))
    todo = [device for device, file in wanted if not _look(work, device, file)]
    if not todo:
        return
    # Noted before it is done: whoever settles a job that was killed takes it back.
    fsio.write_new(os.path.join(work.place, _SWITCHED), json.dumps(todo).encode())
    try:
        for device, file in wanted:
            if device in todo and (_switch(work, device, "on") or not _look(work, device, file)):
                raise AgentError("io", f"{device} does not write directly, past the memory of this host")
    except AgentError:
        end(work)
        raise


def end(work: JobWork) -> None:
    """Have the devices write as they did; what cannot be switched back is only slower."""
    place = os.path.join(work.place, _SWITCHED)
    try:
        with open(place, encoding="ascii") as file:
            devices = json.loads(file.read(1 << 16))
    except (OSError, ValueError):
        return
    for device in devices:
        _switch(work, device, "off")
    with contextlib.suppress(OSError):
        os.unlink(place)


def _switch(work: JobWork, device: str, how: str) -> int:
    argv = ["losetup", f"--direct-io={how}", device]
    return work.on_record(argv, lambda: work.execute([*work.record["prefix"], *argv]))


def _look(work: JobWork, device: str, file: str) -> bool:
    """Return whether a device writes directly; raises code ``io`` where it does not hold that file, or nothing
    tells.
    """
    argv = ["losetup", "--list", "--json", "--output", "DIO,BACK-FILE", device]
    done = ask([*work.record["prefix"], *argv], _SECONDS)
    try:
        direct, behind = _read(done.stdout if done is not None else b"")
    except (ValueError, KeyError, IndexError, TypeError):
        raise AgentError("io", f"losetup does not tell what {device} is") from None
    if behind not in (file, file + _DELETED):
        raise AgentError("io", f"{device} holds another file by now")
    return direct


def _read(answer: bytes) -> Tuple[bool, str]:
    """Return what losetup says: true and false, or "1" and "0" before util-linux 2.33."""
    told: Dict[str, Any] = json.loads(answer)["loopdevices"][0]
    return told["dio"] in (True, "1"), str(told["back-file"])
