"""Cut the line to the real Xen at random points of suspend, resume, save and restore, and look at what is left.

``eval "$(tests/lab/lab env)"; python -m tests.xen.cuts [POINTS] [SEED]``: so many points of each verb (30), half of
them with the client killed as well.  Prints a line a point, and at the end points and losses of each verb.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shlex
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.xen.line import Line

NAME, FILE = "cut1", "/srv/guests/cut1.save"
GUEST = {
    "name": f'"{NAME}"',
    "memory": "96",
    "kernel": '"/srv/guests/vmlinuz"',
    "ramdisk": '"/srv/guests/guest-initrd.gz"',
    "disk": '["file:/srv/guests/data.img,xvda,w"]',
}
VERBS = {
    "suspend": (["suspend", NAME], {"running": "begins", "suspended": "done"}),
    "resume": (["resume", NAME], {"suspended": "begins", "running": "done"}),
    "save": (["save", NAME, FILE], {"running": "begins", "off": "done"}),
    "restore": (["restore", FILE], {"off": "begins", "running": "done"}),
}
"""What each verb is asked for by, and the states its domain may be in afterwards: as before it, or as after it."""
SETTLING = 240.0


@dataclass(slots=True)
class Cuts:
    """Points tried and what went wrong, by verb."""

    host: str
    chance: random.Random
    points: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    longest: float = 25.0
    """Seconds a verb takes here, about; as long as the guest's start, which is measured."""

    def xentui(self, *words: str, host: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "xentui", "--host", host or self.host, *words]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=SETTLING, stdin=subprocess.DEVNULL
        )

    def prepare(self) -> None:
        """Have a small guest of its own running, and nothing else by its name."""
        lab = shlex.split(os.environ["XENTUI_LAB_SSH"])
        guest = "".join(f"{key} = {value}\n" for key, value in GUEST.items())
        script = f"xl destroy {NAME} 2>/dev/null; rm -f {FILE}; cat > /etc/xen/{NAME}.cfg"
        subprocess.run([*lab, script], input=guest, text=True, check=True, timeout=SETTLING)
        for words in (["new", "--replace", f"/etc/xen/{NAME}.cfg"], ["start", NAME]):
            began = time.monotonic()
            done = self.xentui(*words)
            assert done.returncode == 0, done.stderr
            self.longest = time.monotonic() - began

    def state(self) -> tuple[str, str]:
        """The domain's state and notice, once nothing goes on with it any more."""
        deadline = time.monotonic() + SETTLING
        while True:
            done = self.xentui("show", NAME, "--json")
            assert done.returncode == 0, done.stderr
            shown = json.loads(done.stdout)
            notice = shown.get("notice") or ""
            if not ("on the host" in notice or "cut short; what" in notice) or time.monotonic() > deadline:
                word = shown["state"]
                return ("running" if word in ("running", "blocked") else word), notice
            time.sleep(1)

    def cut(self, verb: str) -> None:
        """Ask for a verb, cut its line somewhere, and hold what became of the domain against what may have."""
        words, fair = VERBS[verb]
        line = Line(urlsplit(self.host).port or 22)
        after, dies = self.chance.uniform(0.5, self.longest), self.chance.random() < 0.5
        command = [sys.executable, "-m", "xentui", "--host", f"ssh://root@127.0.0.1:{line.port}", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        line.cut()
        if dies:
            process.kill()
        said, _ = process.communicate(timeout=SETTLING)
        line.close()
        state, notice = self.state()
        self.points[verb] += 1
        outcome = fair.get(state, "LOST")
        # Of a domain that is saved to a file it is said that it is, and where.
        told = notice and not (
            verb in ("save", "restore") and state == "off" and f"saved to {FILE}" in notice
        )
        if told or outcome == "LOST":
            self.losses.append(f"{verb} after {after:.1f} s: {state}, {notice}; it said: {said}")
        self.outcomes[f"{verb}: {outcome}"] += 1
        how = "client killed" if dies else f"status {process.returncode}"
        first = said.strip().splitlines()[:1]
        say(f"{verb:8} {after:5.1f} s  {how:14} {state:10} {outcome} {notice} {first}")
        while state != next(word for word, end in fair.items() if end == "done"):
            done = self.xentui(*words)
            assert done.returncode == 0, f"{verb} could not be done after a cut: {done.stdout}{done.stderr}"
            state, _ = self.state()


def say(line: str) -> None:
    """Tell of a point as soon as it is tried."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(host: str, points: int, seed: int) -> Cuts:
    """Try so many points of each verb on a domain of its own."""
    cuts = Cuts(host, random.Random(seed))  # noqa: S311 - which points is no secret
    cuts.prepare()
    for _ in range(points):
        for verb in VERBS:
            cuts.cut(verb)
    return cuts


def main(words: list[str]) -> int:
    """Run by hand; returns how many points went wrong."""
    points, seed = int(words[0]) if words else 30, int(words[1]) if words[1:] else 1
    cuts = run(os.environ["XENTUI_LAB_HOST"], points, seed)
    for line in (dict(cuts.points), dict(cuts.outcomes), f"losses: {len(cuts.losses)}", *cuts.losses):
        say(str(line))
    return len(cuts.losses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
