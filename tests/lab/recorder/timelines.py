"""What `xl list` and the store's watches show, moment by moment, while a guest changes state."""

from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path
from typing import Any

from .guests import config, create, destroy_all, domid, wait_booted
from .notebook import Notebook, run


class Timeline:
    """Samples `xl list` and reads the store's domain watches in the background; kept where they changed."""

    def __init__(self, interval: float = 0.2) -> None:
        self.interval = interval
        self.events: list[dict[str, Any]] = []
        self.start = time.monotonic()
        self._last: list[str] = []
        self._over = threading.Event()
        self._watch = subprocess.Popen(
            ["xenstore-watch", "@introduceDomain", "@releaseDomain"],  # noqa: S607
            stdout=subprocess.PIPE,
        )
        self._threads = [threading.Thread(target=self._sample), threading.Thread(target=self._read_watch)]
        for thread in self._threads:
            thread.start()

    def mark(self, what: str) -> None:
        """Put a remark into the time line."""
        self._add({"mark": what})

    def _add(self, event: dict[str, Any]) -> None:
        self.events.append({"t": round(time.monotonic() - self.start, 2), **event})

    def _sample(self) -> None:
        while not self._over.wait(self.interval):
            _, out, err, _ = run(["xl", "list"])
            rows = [" ".join(line.split()[:-1]) for line in (out + err).decode().splitlines()[2:]]
            if rows != self._last:
                self._add({"list": rows})
                self._last = rows

    def _read_watch(self) -> None:
        assert self._watch.stdout is not None
        for line in self._watch.stdout:
            self._add({"watch": line.decode().rstrip("\n")})

    def settle(self, quiet: float = 25.0, longest: float = 240.0) -> None:
        """Wait until nothing but running and blocked has changed for ``quiet`` seconds, ``longest`` at most."""
        deadline = time.monotonic() + longest
        last, since = self._shape(), time.monotonic()
        while time.monotonic() < min(deadline, since + quiet):
            time.sleep(0.5)
            if self._shape() != last:
                last, since = self._shape(), time.monotonic()

    def _shape(self) -> list[str]:
        return [row.replace("r-----", "-b----") for row in self._last]

    def stop(self) -> list[dict[str, Any]]:
        """End the sampling and return the events in order."""
        self._over.set()
        self._watch.terminate()
        for thread in self._threads:
            thread.join()
        self._watch.wait()
        return sorted(self.events, key=lambda event: float(event["t"]))


ABOUT = "rows of `xl list` without the time column, lines of xenstore-watch, and seconds since the start"

# Each action with the settings of the guest it happens to.
ACTIONS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["xl", "reboot", "NAME"]),
    ({}, ["xl", "sysrq", "NAME", "c"]),
    ({"on_crash": '"restart"'}, ["xl", "sysrq", "NAME", "c"]),
    ({"on_crash": '"preserve"'}, ["xl", "sysrq", "NAME", "c"]),
    ({"on_poweroff": '"preserve"'}, ["xl", "shutdown", "NAME"]),
    ({}, ["xl", "shutdown", "NAME"]),
    ({"on_poweroff": '"restart"'}, ["xl", "shutdown", "NAME"]),
    ({"on_reboot": '"destroy"'}, ["xl", "reboot", "NAME"]),
    ({"on_reboot": '"preserve"'}, ["xl", "reboot", "NAME"]),
    ({"on_crash": '"rename-restart"'}, ["xl", "sysrq", "NAME", "c"]),
    ({"on_crash": '"coredump-destroy"'}, ["xl", "sysrq", "NAME", "c"]),
]


def boots(folder: Path) -> None:
    """States and domids while guests are created, boot and are destroyed."""
    book = Notebook(folder, "timelines-boot", ABOUT)
    for name in ("pygrub", "pvh", "direct"):
        path = config(name)
        line = Timeline()
        line.mark(f"xl create {name}.cfg")
        create(path)
        line.mark("xl create returned")
        wait_booted(name)
        line.mark("booted")
        line.mark("xl destroy")
        run(["xl", "destroy", name])
        line.mark("xl destroy returned")
        time.sleep(2)
        book.note(f"create and destroy: {name}", events=line.stop())
    save_line(book)


def actions(folder: Path) -> None:
    """States and domids during shutdown, reboot and crash, for each on_* action."""
    book = Notebook(folder, "timelines-actions", ABOUT)
    for settings, argv in ACTIONS:
        path = config("direct", "direct", **settings)
        create(path)
        wait_booted("direct")
        number = domid("direct")
        command = [number if word == "NAME" else word for word in argv]
        line = Timeline()
        time.sleep(1)
        line.mark(" ".join(command))
        run(command)
        line.mark("returned")
        line.settle()
        events = line.stop()
        what = ", ".join(f"{key}={value}" for key, value in settings.items()) or "defaults"
        book.note(f"{' '.join(argv[1:2] + argv[3:])}: {what}", settings=settings, events=events)
        book.record("list", "xl", "list")
        if "preserve" in str(settings):
            book.record("list -l of what is preserved", "xl", "list", "-l")
            book.record("xentop", "xentop", "-b", "-i", "1")
            book.record("unpause of what is preserved", "xl", "unpause", "direct")
            book.record("pause of what is preserved", "xl", "pause", "direct")
            book.record("list", "xl", "list")
            book.record("shutdown of what is preserved", "xl", "shutdown", "direct")
            book.record("reboot of what is preserved", "xl", "reboot", "direct")
            book.record("create of the same name", "xl", "create", path)
        book.record("log of the guest's own xl", "cat", "/var/log/xen/xl-direct.log")
        if "coredump" in str(settings):
            book.record("core dumps", "sh", "-c", "ls -l /var/lib/xen/dump; rm -rf /var/lib/xen/dump/*")
        destroy_all()


def save_line(book: Notebook) -> None:
    """Save and restore, moment by moment."""
    create(config("direct"))
    wait_booted("direct")
    line = Timeline(0.1)
    line.mark("xl save")
    run(["xl", "save", "direct", "/root/direct.save"])
    line.mark("returned")
    time.sleep(1)
    line.mark("xl restore")
    run(["xl", "restore", "/root/direct.save"])
    line.mark("returned")
    time.sleep(2)
    book.note("save and restore", events=line.stop())
    Path("/root/direct.save").unlink()
    destroy_all()
