"""The real Xen of the lab for the tests in this folder.

``eval "$(tests/lab/lab env)"`` sets ``XENTUI_LAB_SSH`` (an ssh command line with its host; without it every
test here is skipped), ``XENTUI_LAB_NAME``, which the host is to the lab, and ``XENTUI_SSH`` and
``XENTUI_LAB_HOST``, by which xentui reaches it.  With ``XENTUI_LAB_HOSTS="a b"`` and
``-n 2 --dist loadscope --no-loadscope-reorder`` each worker has a host of its own, and takes the next test, or module
of tests that share what they have made, when it has done one.  With ``XENTUI_LAB_ALL=1`` the tests marked ``long`` run
too.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
LAB = HERE.parent / "lab" / "lab"
# Emulated: a command that takes a second on real hardware may take ten here.
COMMAND_SECONDS = 120.0
TOGETHER = ("test_screen", "test_convert", "test_installed", "test_migration")
"""The modules whose tests share what one of them, or a fixture, has made on the host."""
LONGEST = (
    "test_screen",
    "an_installer_ends_and_what_is_stored_comes_up",
    "test_disks_grow_under_their_guest_and_go_with_it",
    "test_a_cut_line_loses_no_guest_and_no_image",
    "managed_domain_from_new_to_delete",
    "test_power_is_cut_in_the_middle_of_new",
    "test_convert",
    "test_installed",
    "a_cloud_image_runs_with_what_it_is_told_beside_it",
    "test_a_system_of_an_archive_boots_by_its_own_menu",
    "saved_and_restored",
    "boot_menus_are_read_without_booting",
    "reboot_and_crash_follow_their_actions",
)
"""The modules and tests that take minutes: they begin first, so that no host waits long for another's end."""
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
    name = item.name.partition("[")[2].removesuffix("]") or item.name
    return order.index(next((each for each in (item.path.stem, name) if each in order), ""))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have a worker take one test at a time, but for those that belong together."""
    if config.getvalue("dist") != "loadscope":
        return None
    made = import_module("xdist.scheduler").LoadScopeScheduling(config, log)
    made._split_scope = _scope
    return made


def _scope(nodeid: str) -> str:
    module = nodeid.partition("::")[0]
    return module if Path(module).stem in TOGETHER else nodeid


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
