"""What guests run, what they would boot, and when their disks are looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from xentui.errors import HostError, NotAllowedError, XentuiError
from xentui.hosts.base import Host
from xentui.hosts.local import LocalHost
from xentui.model.boot_menu import BootEntry, BootMenu, PygrubEntry, PygrubMenu
from xentui.model.configuration import DomainConfig
from xentui.model.domain import Domain
from xentui.model.state import DomainState
from xentui.service import boot_menu, kernels
from xentui.service.kernels import READ_AGAIN, GuestKernel, GuestKernels, of_menu, release

OLD, NEW = "/boot/vmlinuz-6.1.0-50", "/boot/vmlinuz-6.1.0-56"
MENU = BootMenu(
    "grub2", (BootEntry("new", kernel=NEW, default=True), BootEntry("old", kernel=OLD)), changed=1000.0
)
UP = Domain(
    "web1", "u1", DomainState.RUNNING, 5, running=DomainConfig("web1", bootloader="pygrub"), managed=True
)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/boot/vmlinuz-6.1.0-56-amd64", "6.1.0-56-amd64"),
        ("/vmlinuz-5.14.0-427.13.1.el9_4.x86_64", "5.14.0-427.13.1.el9_4.x86_64"),
        ("/0123abcd/6.5.6-300.fc39.x86_64/linux", "6.5.6-300.fc39.x86_64"),
        ("/boot/vmlinuz", "vmlinuz"),
        ("", ""),
    ],
)
def test_a_release_is_in_the_name_of_its_kernel(path: str, said: str) -> None:
    assert release(path) == said


@pytest.mark.parametrize(
    ("booted", "runs", "expected"),
    [
        (2000.0, "", GuestKernel("6.1.0-56", "6.1.0-56")),  # by this menu
        (500.0, "", GuestKernel("", "6.1.0-56")),  # by another, who knows which
        (500.0, "6.1.0-50", GuestKernel("6.1.0-50", "6.1.0-56")),  # as was seen before
        (0.0, "", GuestKernel("", "6.1.0-56")),  # nobody knows when
    ],
)
def test_what_runs_is_told_by_when_the_menu_was_written(
    booted: float, runs: str, expected: GuestKernel
) -> None:
    assert of_menu(UP, MENU, booted, runs) == expected
    assert expected.waits is (expected.runs == "6.1.0-50")


def test_a_guest_that_is_off_runs_nothing_and_a_one_off_boot_may_be_of_anything() -> None:
    assert of_menu(replace(UP, domid=None, state=DomainState.OFF), MENU, 2000.0) == GuestKernel(
        "", "6.1.0-56"
    )
    assert of_menu(replace(UP, one_off=True), MENU, 2000.0) == GuestKernel("", "6.1.0-56")


def test_what_pygrub_boots_counts_and_the_stored_choice_before_it() -> None:
    seen = PygrubMenu("/g", (PygrubEntry("new", NEW), PygrubEntry("old", OLD)), 1, (0, 1))
    assert of_menu(UP, replace(MENU, pygrub=seen)).boots == "6.1.0-50"
    chosen = replace(UP.config, bootloader_args=("--entry=new",))
    assert of_menu(replace(UP, stored=chosen), replace(MENU, pygrub=seen)).boots == "6.1.0-56"
    assert of_menu(UP, replace(MENU, pygrub=replace(seen, default=-1))).boots == ""


def test_a_kernel_of_the_host_is_the_one_that_runs() -> None:
    config = DomainConfig("web1", kernel=OLD)
    direct = replace(UP, running=config, stored=replace(config, kernel=NEW))
    assert of_menu(direct, BootMenu("direct kernel", ())) == GuestKernel("6.1.0-50", "6.1.0-56")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> dict[str, BootMenu | XentuiError]:
    """What disks say, by the domain's name."""
    disks: dict[str, BootMenu | XentuiError] = {"web1": MENU}

    async def of_all(
        _host: Host, domains: Sequence[Domain], _known: object
    ) -> AsyncIterator[tuple[Domain, BootMenu | XentuiError]]:
        for domain in domains:
            yield domain, disks[domain.name]

    monkeypatch.setattr(boot_menu, "of_all", of_all)
    return disks


async def test_an_update_is_noticed_while_the_guest_runs(
    read: dict[str, BootMenu | XentuiError], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = GuestKernels(LocalHost())
    await known.read(known.due([UP]))
    # When it was booted may become known later.
    assert known.of(UP) == GuestKernel("", "6.1.0-56")
    read["web1"] = replace(MENU, entries=(BootEntry("old", kernel=OLD, default=True),))
    assert known.due([UP]) == []
    monkeypatch.setattr(kernels, "READ_AGAIN", -1.0)
    await known.read(known.due([UP]))
    assert known.of(UP, 2000.0) == GuestKernel("6.1.0-50", "6.1.0-50")
    read["web1"] = replace(MENU, changed=3000.0)
    await known.read(known.due([UP]))
    assert known.of(UP, 2000.0) == GuestKernel("6.1.0-50", "6.1.0-56")
    again = replace(UP, domid=6)
    assert known.of(again, 4000.0) == GuestKernel("6.1.0-56", "6.1.0-56")


async def test_whom_to_look_at(read: dict[str, BootMenu | XentuiError]) -> None:
    control = Domain("Domain-0", "u0", DomainState.RUNNING, 0)
    read["bad"] = NotAllowedError("nothing", subject="bad")
    bad = replace(UP, name="bad", uuid="u2")
    known = GuestKernels(LocalHost())
    everybody = [control, UP, bad, replace(UP, name="copy", uuid="u3", copy_of="web1")]
    due = known.due(everybody)
    assert due == [UP, bad]
    await known.read(due)
    assert known.due(everybody) == []
    assert known.of(bad, 5.0) == GuestKernel()
    assert known.due([replace(UP, domid=9)]) == [replace(UP, domid=9)]
    many = [replace(UP, uuid=f"m{number}") for number in range(100)]
    assert len(known.due(many)) == 25


async def test_what_was_read_stays_while_the_host_cannot_be_asked_and_is_read_soon_behind_it(
    read: dict[str, BootMenu | XentuiError], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that is cut for a moment costs no ten minutes."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    known = GuestKernels(LocalHost())
    other = replace(UP, name="web2", uuid="u2")
    read["web2"] = HostError("the connection was cut", subject="xen1")
    await known.read(known.due([UP, other]))
    assert known.menu(UP) is MENU and isinstance(known.menu(other), HostError)
    read["web1"] = read["web2"]
    now[0] += READ_AGAIN
    await known.read([UP])
    assert known.menu(UP) is MENU
    assert known.due([UP, other]) == [other]
    now[0] += 20.0
    assert known.due([UP, other]) == [UP, other]
    read["web1"] = read["web2"] = MENU
    await known.read([UP, other])
    assert known.menu(other) is MENU
    now[0] += 20.0
    assert known.due([UP, other]) == []
