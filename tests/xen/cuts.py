"""Cut the line to the real Xen at random points of suspend, resume, save and restore, and look at what is left.

``eval "$(tests/lab/lab env)"; python -m tests.xen.cuts [POINTS] [SEED] [VERB…]``: so many points of each verb (30), or
of those named, half of them with the client killed as well.  Prints a line a point, and at the end points and losses of
each verb.

Logins and processor time of the emulated host are what takes long.  So a few guests go through the verbs side by side,
each at a point of its own when the one line is cut, and one ``xentui shell`` looks at what has become of all of them.
"""

from __future__ import annotations

import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.xen.conftest import LabHost
from tests.xen.line import Line
from tests.xen.test_scenarios import LabWorld

FOLDER = "/srv/guests"
VERBS: dict[str, dict[str, str]] = {
    "suspend": {"running": "begins", "suspended": "done"},
    "resume": {"suspended": "begins", "running": "done"},
    "save": {"running": "begins", "off": "done"},
    "restore": {"off": "begins", "running": "done"},
}
"""The states a verb's domain may be in afterwards: as before it, or as after it."""
SIDE_BY_SIDE = 3
TRIES = 3
SETTLING = 300.0
SHORTEST, GROWTH = 0.5, 1.2
"""Seconds before the first point, and by how much a verb takes longer than was thought of one that had only begun."""


@dataclass(slots=True)
class Guest:
    """One domain, and the state the last verb has left it in.

    The first has a disk: the scripts that connect it take half of the time of a verb.
    """

    number: int
    state: str = "running"

    @property
    def name(self) -> str:
        """How it is called."""
        return f"cut{self.number}"

    @property
    def file(self) -> str:
        """Where it is saved to."""
        return f"{FOLDER}/{self.name}.save"

    @property
    def text(self) -> str:
        """Its configuration."""
        lines = {
            "name": f'"{self.name}"',
            "memory": "96",
            "kernel": f'"{FOLDER}/vmlinuz"',
            "ramdisk": f'"{FOLDER}/guest-initrd.gz"',
            **({} if self.number else {"disk": f'["file:{FOLDER}/data.img,xvda,w"]'}),
        }
        return "".join(f"{key} = {value}\n" for key, value in lines.items())

    def words(self, verb: str) -> list[str]:
        """How a verb is asked for."""
        return {"save": ["save", self.name, self.file], "restore": ["restore", self.file]}.get(
            verb, [verb, self.name]
        )


@dataclass(slots=True)
class Point:
    """A verb of a guest whose line is cut ``after`` so many seconds; with ``dies`` its client is killed as well."""

    guest: Guest
    verb: str
    after: float
    dies: bool
    process: subprocess.Popen[str] | None = None
    took: float | None = None
    """Seconds it took, where it was over before the cut."""
    said: str = ""


@dataclass(slots=True)
class Cuts:
    """Points tried and what went wrong, by verb."""

    world: LabWorld
    chance: random.Random
    guests: list[Guest]
    quota: Mapping[str, int]
    """The points each verb is to have."""
    points: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    longest: dict[str, float] = field(default_factory=dict)
    """Seconds each verb takes here, as it took last when nothing was cut."""

    def prepare(self) -> None:
        """Have the guests running, and nothing else by their names."""
        for guest in self.guests:
            self.world.write(f"/etc/xen/{guest.name}.cfg", guest.text)
            self.world.run("new", "--replace", f"/etc/xen/{guest.name}.cfg")
            began = time.monotonic()
            self._start_anew(guest)
            self.longest = dict.fromkeys(VERBS, time.monotonic() - began)

    def round(self) -> bool:
        """Ask for a verb of each guest, cut their line, and hold what became of them against what may have.

        A verb that has not got to its end is asked for again.  False where each verb has had its points.
        """
        due: Counter[str] = Counter()
        points = [point for guest in self.guests if (point := self._point(guest, due)) is not None]
        if points:
            self._cut(points)
            found = self._settled([point.guest for point in points])
            for point in points:
                self._judge(point, found[point.guest.name])
        return any(self.points[verb] < self.quota[verb] for verb in VERBS)

    def _point(self, guest: Guest, due: Counter[str]) -> Point | None:
        """A point of the verb that lacks most of them, of those a guest can be asked; ``due`` are other guests'."""

        def lacks(verb: str) -> int:
            return max(0, self.quota[verb] - self.points[verb] - due[verb])

        def next_lacks(verb: str) -> int:
            return max(lacks(other) for other in VERBS if VERBS[other].get(_after(verb)) == "begins")

        if not any(lacks(verb) for verb in VERBS):
            return None
        possible = [verb for verb in VERBS if VERBS[verb].get(guest.state) == "begins"]
        verb = max(possible, key=lambda verb: (lacks(verb), next_lacks(verb)))
        if not lacks(verb):
            self._do(guest, verb)
            return self._point(guest, due)
        due[verb] += 1
        after = self.chance.uniform(SHORTEST, self.longest[verb])
        return Point(guest, verb, after, self.chance.random() < 0.5)

    def _do(self, guest: Guest, verb: str) -> None:
        """Do a verb to its end; again where an overloaded machine has let a script of xl's time out."""
        argv = self.world.command(*guest.words(verb))
        for _ in range(TRIES):
            done = subprocess.run(argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            if "because of timeout" not in done.stderr:
                break
        assert done.returncode == 0, f"{verb} cannot be done after a cut: {done.stdout}{done.stderr}"
        guest.state = _after(verb)

    def _cut(self, points: list[Point]) -> None:
        """Begin each verb so that all are at their points at one moment, and cut then."""
        line = Line(urlsplit(self.world.host).port or 22)
        host = f"ssh://root@127.0.0.1:{line.port}"
        moment = time.monotonic() + max(point.after for point in points)
        waiting = sorted(points, key=lambda point: -point.after)
        while time.monotonic() < moment:
            while waiting and time.monotonic() >= moment - waiting[0].after:
                point = waiting.pop(0)
                argv = [sys.executable, "-m", "xentui", "--host", host, *point.guest.words(point.verb)]
                point.process = subprocess.Popen(
                    argv,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    text=True,
                )
            for point in points:
                if point.took is None and point.process is not None and point.process.poll() is not None:
                    point.took = point.after - (moment - time.monotonic())
            time.sleep(0.05)
        line.cut()
        for point in points:
            assert point.process is not None
            if point.dies:
                point.process.kill()
        for point in points:
            assert point.process is not None
            point.said = point.process.communicate(timeout=SETTLING)[0]
        line.close()

    def _settled(self, guests: list[Guest]) -> dict[str, tuple[str, str]]:
        """State and notice of each guest, once nothing goes on with any of them."""
        deadline = time.monotonic() + SETTLING
        found: dict[str, tuple[str, str]] = {}
        while len(found) < len(guests):
            began = time.monotonic()
            for guest in guests:
                state, notice = _told(self.world.shown(guest.name)) if guest.name not in found else ("", "")
                busy = "on the host" in notice or "interrupted; what" in notice
                if state and (not busy or time.monotonic() > deadline):
                    found[guest.name] = state, notice
            time.sleep(max(0.5, time.monotonic() - began))  # a look takes what is waited for the processor
        return found

    def _judge(self, point: Point, found: tuple[str, str]) -> None:
        verb, (state, notice) = point.verb, found
        outcome = VERBS[verb].get(state, "LOST")
        # Of a domain that is saved to a file it is said that it is, and where.
        saved = f"saved to {point.guest.file}" in notice
        told = verb in ("save", "restore") and state == "off"
        self.points[verb] += 1
        self.outcomes[f"{verb}: {outcome}"] += 1
        how = f"status {point.process.returncode}" if point.process is not None else ""
        words = (
            f"{point.guest.name} {verb:8} {point.after:5.1f} s",
            f"{how:10} {state:10} {outcome} {notice}",
        )
        say(f"{'  '.join(words)} {point.said.strip().splitlines()[:1]}")
        if outcome == "LOST" or saved is not told or (notice and not told):
            self.losses.append(f"{'  '.join(words)}; it said: {point.said}")
            say(f"LOST: {self.losses[-1]}")
        if point.took is not None and outcome == "done":
            self.longest[verb] = point.took
        elif outcome == "begins":
            self.longest[verb] = max(self.longest[verb], point.after * GROWTH)
        point.guest.state = state
        if outcome == "LOST":
            self._start_anew(point.guest)

    def _start_anew(self, guest: Guest) -> None:
        """Whatever has become of it, have it running for the next points."""
        self.world.lab.run(f"xl destroy {guest.name} 2>/dev/null; rm -f {guest.file}")
        self.world.run("start", guest.name)
        guest.state = "running"


def _after(verb: str) -> str:
    """The state a verb that is done has led to."""
    return next(state for state, end in VERBS[verb].items() if end == "done")


def _told(item: dict[str, Any]) -> tuple[str, str]:
    state = item["state"]
    return ("running" if state in ("running", "blocked") else state), item["notice"] or ""


def say(line: str) -> None:
    """Tell of a point as soon as it is tried."""
    sys.stdout.write(f"{time.strftime('%T')} {line}\n")
    sys.stdout.flush()


def run(lab: LabHost, points: int, seed: int, verbs: Collection[str] = VERBS) -> Cuts:
    """Try so many points of each of these verbs on guests of their own."""
    guests = [Guest(number) for number in range(min(points, SIDE_BY_SIDE))]
    quota = {verb: points if verb in verbs else 0 for verb in VERBS}
    cuts = Cuts(LabWorld(lab), random.Random(seed), guests, quota)  # noqa: S311 - which points is no secret
    try:
        cuts.prepare()
        while cuts.round():
            pass
    finally:
        cuts.world.close()
    lab.run(["rm", "-f", *(guest.file for guest in guests)])
    return cuts


@contextmanager
def _lab() -> Iterator[LabHost]:
    """The host that the environment names, with a connection that is kept."""
    with tempfile.TemporaryDirectory(prefix="xentui-lab-", dir="/tmp") as folder:
        lab = LabHost(tuple(shlex.split(os.environ["XENTUI_LAB_SSH"])), Path(folder) / "ssh")
        try:
            yield lab
        finally:
            lab.disconnect()


def main(words: list[str]) -> int:
    """Run by hand; returns how many points went wrong.  Raises SystemExit for a verb there is none of."""
    unknown = [verb for verb in words[2:] if verb not in VERBS]
    if unknown:
        sys.exit(f"no such verb: {', '.join(unknown)}; there are {', '.join(VERBS)}")
    points, seed = int(words[0]) if words else 30, int(words[1]) if words[1:] else 1
    with _lab() as lab:
        cuts = run(lab, points, seed, words[2:] or VERBS)
    for line in (dict(cuts.points), dict(cuts.outcomes), f"losses: {len(cuts.losses)}", *cuts.losses):
        say(str(line))
    return len(cuts.losses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
