"""Cut the power of the real Xen in the middle of suspend, resume, start and new, boot it again, and look what is left.

``eval "$(tests/lab/lab env)"; python -m tests.xen.power_cuts [ROUNDS] [SEED]``: each round has one of each verb under
way at once and cuts at a random moment (5 rounds: 20 verbs).  Prints a line a verb, and at the end what was lost.

The guests count: the number in a guest's memory goes up and is flushed to its disk each second.  So it is known whether
a guest that is continued is the same one, and whether a suspended one has run since, beside its image.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.xen.conftest import lab
from tests.xen.test_power_cut import documents

GUESTS = {"suspend": "power-s", "resume": "power-r", "start": "power-b"}
SECONDS = 300.0
BOOT_SECONDS = 900.0
COUNTING = "i=0; while :; do i=$((i+1)); echo $i >/dev/xvda; sync; sleep 1; done &"
TRUE_NOTICES = {
    "off": ("may have run", "whether it ran since is not known", "was interrupted"),
    "suspended": (),
}
"""What may be said of a domain in a state, besides nothing."""


@dataclass(slots=True)
class PowerCuts:
    """What was tried and what went wrong, by verb."""

    host: str
    chance: random.Random
    tries: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    losses: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    longest: float = 40.0
    """Seconds four verbs at once take here, about; measured by one alone."""

    # The host

    def xentui(self, *words: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        argv = self._argv(words)
        done = subprocess.run(argv, input=given, capture_output=True, text=True, check=False, timeout=SECONDS)
        assert done.returncode == 0 or not check, f"{shlex.join(words)}: {done.stdout}{done.stderr}"
        return done

    def _argv(self, words: tuple[str, ...]) -> list[str]:
        return [sys.executable, "-m", "xentui", "--host", self.host, *words]

    def on_host(self, script: str, given: str = "") -> str:
        """Run a line of shell on the host, past everything xentui does."""
        argv = [*shlex.split(os.environ["XENTUI_LAB_SSH"]), script]
        return subprocess.run(
            argv, input=given, capture_output=True, text=True, check=False, timeout=SECONDS
        ).stdout

    def shown(self) -> dict[str, dict[str, Any]]:
        """All domains by name, once no job goes on with any of them."""
        deadline = time.monotonic() + SECONDS
        while True:
            listed = json.loads(self.xentui("list", "--json").stdout)
            names = [item["name"] for item in listed if item["domid"] != 0]
            assert len(set(names)) == len(names), f"a name twice: {names}"
            told = self.xentui("shell", given="".join(f"show {name} --json\n" for name in names)).stdout
            found = {item["name"]: item for item in documents(told)}
            words = " ".join(item["notice"] or "" for item in found.values())
            if not ("on the host" in words or "being settled" in words) or time.monotonic() > deadline:
                return found
            time.sleep(2)

    # The guests

    def write(self, name: str) -> str:
        """Write a guest's configuration and disk on the host, and have them there for good; returns the file."""
        path, disk = f"/etc/xen/{name}.cfg", f"/srv/guests/{name}.img"
        text = (
            f'name = "{name}"\nmemory = 96\nkernel = "/srv/guests/vmlinuz"\n'
            f'ramdisk = "/srv/guests/guest-initrd.gz"\ndisk = ["file:{disk},xvda,w"]\n'
        )
        self.on_host(f"cat > {path}; cp -n /srv/guests/data.img {disk}; sync", text)
        return path

    def count(self, name: str) -> int:
        """How far a guest has counted, as it stands on its disk."""
        words = self.on_host(f"dd if=/srv/guests/{name}.img bs=64 count=1 status=none").split()
        return int(words[0]) if words and words[0].isdigit() else 0

    def counts(self, name: str, above: int) -> bool:
        """Whether a guest counts on beyond a number."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if above < self.count(name) < above + 1000:
                return True
            time.sleep(1)
        return False

    def begin_counting(self, name: str) -> None:
        """Boot a guest and have it count from one."""
        self.xentui("start", name)
        for _ in range(5):
            typed = f"{{ sleep 4; printf '\\n%s\\n' {shlex.quote(COUNTING)}; sleep 4; }}"
            # xenconsole says nothing to a pipe.
            self.on_host(f"{typed} | timeout 10 script -qec 'xl console {name}' /dev/null")
            if self.counts(name, 0):
                return
        raise AssertionError(f"{name} does not count")

    # A round

    def round(self) -> None:
        """Have the verbs under way, cut, boot, and hold what is there against what may be."""
        begun, before = time.monotonic(), self.shown()
        fresh = f"power-n{len(self.stored)}"
        file = self.write(fresh)
        for verb in ("suspend", "resume"):
            name = GUESTS[verb]
            if before[name]["state"] == "off":
                self.on_host(
                    f"printf '0%-62d\\n' 0 | dd of=/srv/guests/{name}.img conv=notrunc status=none; sync"
                )
                self.begin_counting(name)
        if self.shown()[GUESTS["resume"]]["state"] != "suspended":
            begins = time.monotonic()
            self.xentui("suspend", GUESTS["resume"])
            self.longest = 3 * (time.monotonic() - begins)
        kept = self.count(GUESTS["resume"])
        self.on_host("sync")
        say(f"ready after {time.monotonic() - begun:.0f} s")
        commands = {
            "suspend": ("suspend", GUESTS["suspend"]),
            "resume": ("resume", GUESTS["resume"]),
            "start": ("start", GUESTS["start"]),
            "new": ("new", file),
        }
        under_way = {
            verb: subprocess.Popen(
                self._argv(words),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
            )
            for verb, words in commands.items()
        }
        after = self.chance.uniform(1.0, self.longest)
        time.sleep(after)
        finished = {verb for verb, process in under_way.items() if process.poll() == 0}
        lab("cut", seconds=BOOT_SECONDS)
        said = {verb: process.communicate(timeout=SECONDS)[0] for verb, process in under_way.items()}
        found = self.shown()
        for verb in commands:
            name = GUESTS.get(verb, fresh)
            reported = verb in finished
            item = found.get(name)
            try:
                outcome = getattr(self, f"_after_{verb}")(item, reported, kept)
            except AssertionError as error:
                outcome = "WRONG"
                self.losses.append(f"{verb} after {after:.1f} s: {error}; it said: {said[verb]}")
            self.tries[verb] += 1
            self.outcomes[f"{verb}: {outcome}"] += 1
            notice = (item or {}).get("notice") or ""
            say(f"{verb:8} {after:5.1f} s  {'reported' if reported else 'cut off':9} {outcome:12} {notice}")
        self.stored.append(fresh)

    def _truth(self, item: dict[str, Any] | None, *states: str) -> str:
        assert item is not None, "it is not listed any more"
        assert item["state"] in states, f"it is {item['state']}"
        assert item["damaged"] is None, item["damaged"]
        notice = item["notice"] or ""
        assert not notice or any(words in notice for words in TRUE_NOTICES[item["state"]]), notice
        return str(item["state"])

    def _after_suspend(self, item: dict[str, Any] | None, reported: bool, _kept: int) -> str:
        state = self._truth(item, "off", "suspended")
        name = GUESTS["suspend"]
        if state == "off":
            assert not reported, "reported as suspended, and the memory is gone"
            self._boots(name)
            return "not begun"
        self._goes_on(name, self.count(name))
        return "suspended"

    def _after_resume(self, item: dict[str, Any] | None, reported: bool, kept: int) -> str:
        state = self._truth(item, "off", "suspended")
        name = GUESTS["resume"]
        if state == "off":
            self._boots(name)
            return "resumed"
        assert not reported, "reported as resumed, and its image is taken for good"
        now = self.count(name)
        assert now == kept, f"it has run since (from {kept} to {now}), and its image is taken for good"
        self._goes_on(name, now)
        return "suspended"

    def _after_start(self, item: dict[str, Any] | None, _reported: bool, _kept: int) -> str:
        self._truth(item, "off")
        self._boots(GUESTS["start"])
        return "off"

    def _after_new(self, item: dict[str, Any] | None, reported: bool, _kept: int) -> str:
        if item is None:
            assert not reported, "reported as stored, and gone"
            return "not stored"
        self._truth(item, "off")
        versions = json.loads(self.xentui("history", item["name"], "--json").stdout)
        assert [record["version"] for record in versions] == [1], versions
        return "stored"

    def _goes_on(self, name: str, last: int) -> None:
        """A suspended guest is continued where it was."""
        done = self.xentui("resume", name, check=False)
        assert done.returncode == 0, f"it cannot be resumed: {done.stdout}{done.stderr}"
        assert self.counts(name, last), (
            f"the guest is another one: it counted to {last}, now {self.count(name)}"
        )

    def _boots(self, name: str) -> None:
        """A domain that is off can be booted; the next round goes on from there."""
        done = self.xentui("start", "--yes", name, check=False)
        assert done.returncode == 0, f"it cannot be started: {done.stdout}{done.stderr}"
        self.xentui("destroy", "--yes", name)


def say(line: str) -> None:
    """Tell of a verb as soon as it is known how it ended."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(host: str, rounds: int, seed: int) -> PowerCuts:
    """Cut so many times."""
    cuts = PowerCuts(host, random.Random(seed))  # noqa: S311 - which moment is no secret
    known = cuts.shown()
    for name in GUESTS.values():
        if name not in known:
            cuts.xentui("new", cuts.write(name))
    for _ in range(rounds):
        cuts.round()
    return cuts


def main(words: list[str]) -> int:
    """Run by hand; returns how much went wrong."""
    rounds, seed = int(words[0]) if words else 5, int(words[1]) if words[1:] else 1
    cuts = run(os.environ["XENTUI_LAB_HOST"], rounds, seed)
    for line in (dict(cuts.tries), dict(cuts.outcomes), f"losses: {len(cuts.losses)}", *cuts.losses):
        say(str(line))
    return len(cuts.losses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
