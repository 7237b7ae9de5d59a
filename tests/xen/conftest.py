"""The real Xen of the lab for the tests in this folder.

``eval "$(tests/lab/lab env)"`` sets ``XENTUI_LAB_SSH`` (an ssh command line with its host; without it every
test here is skipped), ``XENTUI_LAB_NAME``, which the host is to the lab, and ``XENTUI_SSH`` and
``XENTUI_LAB_HOST``, by which xentui reaches it.  With ``XENTUI_LAB_HOSTS="a b"`` and
``-n 2 --dist loadscope --no-loadscope-reorder`` each worker has a host of its own.  With ``XENTUI_LAB_ALL=1`` the
tests marked ``long`` run too.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LAB = HERE.parent / "lab" / "lab"
# Emulated: a command that takes a second on real hardware may take ten here.
COMMAND_SECONDS = 120.0
LONGEST = ("test_screen", "test_scenarios", "test_cuts", "test_power_cut", "test_installed")
"""The modules that take minutes: they begin first, so that no host waits long for another's end."""
LAST = ("test_whole_machine",)


def own_host() -> None:
    """Take the host that is this worker's, where there is one for each."""
    worker, hosts = os.environ.get("PYTEST_XDIST_WORKER", ""), os.environ.get("XENTUI_LAB_HOSTS", "").split()
    if worker and hosts:
        name = hosts[int(worker.removeprefix("gw"))]
        told = subprocess.run([LAB, "env", name], capture_output=True, text=True, check=True).stdout
        for word in shlex.split(told):
            key, _, value = word.partition("=")
            if value:
                os.environ[key] = value


def lab(command: str, *, seconds: float = 900.0) -> None:
    """Have the lab do something with the host: ``up``, ``down``, ``cut``; AssertionError with its words if it fails."""
    argv = [str(LAB), command, os.environ["XENTUI_LAB_NAME"]]
    done = subprocess.run(
        argv, capture_output=True, text=True, errors="replace", timeout=seconds, check=False
    )
    assert done.returncode == 0, f"{shlex.join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}"


own_host()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder ``xen``, the longest first; skip them where no lab is named."""
    items.sort(key=_turn)
    missing = not os.environ.get("XENTUI_LAB_SSH")
    skip = pytest.mark.skip(
        reason="XENTUI_LAB_SSH is not set: run `tests/lab/lab build && tests/lab/lab up`, "
        'then `eval "$(tests/lab/lab env)"`'
    )
    long = pytest.mark.skip(reason="takes minutes: XENTUI_LAB_ALL is not set")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xen)
            if missing:
                item.add_marker(skip)
            elif item.get_closest_marker("long") and not os.environ.get("XENTUI_LAB_ALL"):
                item.add_marker(long)


def _turn(item: pytest.Item) -> int:
    """When a test's turn is: 0 for the first."""
    order = (*LONGEST, "", *LAST)
    return order.index(item.path.stem if item.path.stem in order else "")


@dataclass(frozen=True, slots=True)
class LabHost:
    """A dom0 reached by plain ssh, past everything xentui does: what is really so on the host.

    ``control`` is the socket of a connection that is kept: an emulated host takes two seconds for a login.
    """

    ssh: tuple[str, ...]
    control: Path

    def run(
        self, command: str | Sequence[str], *, stdin: str = "", check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the host.

        ``command`` is an argv list, or a line for the host's shell.  With ``check``, AssertionError with the
        command's own words when its exit status is not 0.
        """
        line = command if isinstance(command, str) else shlex.join(command)
        self._connect()
        done = subprocess.run(
            [*self._through(), line],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if check:
            assert done.returncode == 0, f"{line}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def _through(self, *options: str) -> list[str]:
        program, *rest = self.ssh
        return [program, "-o", f"ControlPath={self.control}", *options, *rest]

    def _connect(self) -> None:
        """Keep a connection, and make it anew when the host has been away; without one each command logs in."""
        if not self.control.exists():
            subprocess.run(
                self._through("-o", "ControlMaster=yes", "-f", "-N"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=COMMAND_SECONDS,
                check=False,
            )

    def disconnect(self) -> None:
        """Let the kept connection go."""
        subprocess.run(self._through("-O", "exit"), capture_output=True, check=False)

    def write(self, path: str, text: str) -> None:
        """Write a file on the host."""
        self.run(f"mkdir -p {shlex.quote(os.path.dirname(path))} && cat > {shlex.quote(path)}", stdin=text)

    def domains(self) -> dict[str, tuple[int, str]]:
        """What ``xl list`` shows but Domain-0: the domid and the state letters of each name."""
        found = {}
        for row in self.run(["xl", "list"]).stdout.splitlines()[1:]:
            # A name may hold spaces; the five columns after it may not.
            name, domid, _memory, _vcpus, state, _seconds = row.rsplit(None, 5)
            if domid != "0":
                found[name.strip()] = (int(domid), state)
        return found

    def clean(self) -> None:
        """Destroy every guest and forget what xentui stored, so that a test finds an empty host.

        The source of the agent stays: it says nothing of a guest, and to send it anew takes each test two seconds.
        """
        # A guest created a moment ago may have no name yet: numbers are sure.
        self.run(
            "for d in $(xl list | awk 'NR > 1 { print $(NF - 4) }'); do"
            ' [ "$d" = 0 ] || xl destroy "$d"; done;'
            ' while [ "$(xl list | wc -l)" -gt 2 ]; do sleep 0.2; done;'
            " find /var/lib/xentui -mindepth 1 -maxdepth 1 ! -name agent -exec rm -rf {} + 2>/dev/null;"
            " rm -rf /etc/xen/auto"
        )


@pytest.fixture(scope="session")
def lab_host() -> Iterator[LabHost]:
    """A host of the lab, which answers ``xl list``, left clean at the end.

    Fails when the lab is named but does not answer.
    """
    # Short: the path of a socket may have 104 characters only.
    with tempfile.TemporaryDirectory(prefix="xentui-lab-", dir="/tmp") as folder:
        host = LabHost(tuple(shlex.split(os.environ["XENTUI_LAB_SSH"])), Path(folder) / "ssh")
        host.run(["xl", "list"])
        yield host
        host.clean()
        host.disconnect()


@pytest.fixture
def clean_host(lab_host: LabHost) -> LabHost:
    """The host with no guest and no stored domain."""
    lab_host.clean()
    return lab_host
