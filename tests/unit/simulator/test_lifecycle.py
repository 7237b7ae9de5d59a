"""What becomes of domains as time goes by: states, on_* actions, pauses, boot menus."""

from __future__ import annotations

import threading

import pytest

from tests.unit.simulator.conftest import Bench
from xentui.errors import HostError, NoSuchDomainError, UsageError
from xentui.simulator import control, guest_images, sample_host


def pygrub(bench: Bench, name: str, **settings: str) -> dict[str, str]:
    """The settings of a guest that boots through pygrub from an image with a menu of 8 seconds."""
    image = bench.work / f"{name}.img"
    image.write_bytes(guest_images.image(sample_host.MENU_LST))
    return {
        "kernel": "",
        "ramdisk": "",
        "bootloader": '"pygrub"',
        "disk": f"['file:{image},xvda,w']",
        **settings,
    }


def test_a_new_guest_boots_on_a_cpu_and_then_idles(slow_bench: Bench) -> None:
    slow_bench.ok("xl", "create", "-q", slow_bench.config("one"))
    assert slow_bench.letters("one") == "r-----"
    slow_bench.clock.sleep(2)
    seen = set()
    for _ in range(40):
        slow_bench.clock.sleep(1)
        seen.add(slow_bench.letters("one"))
    assert "-b----" in seen


def test_pygrub_holds_the_domain_paused_while_its_menu_counts_down(slow_bench: Bench) -> None:
    path = slow_bench.config("menu", **pygrub(slow_bench, "menu"))
    states: list[str] = []
    original = slow_bench.clock.sleep

    def sleep(seconds: float) -> bool:
        states.extend(
            guest.letters(slow_bench.clock.now)
            for guest in slow_bench.simulator.state.guests()
            if guest.name == "menu"
        )
        return original(seconds)

    slow_bench.simulator._sleep = sleep
    before = slow_bench.clock.now
    slow_bench.ok("xl", "create", "-q", path)
    assert set(states) == {"--p---"}
    assert slow_bench.clock.now - before == pytest.approx(8.4, abs=0.2)


def test_created_paused_stays_so_until_unpaused(bench: Bench) -> None:
    bench.ok("xl", "create", "-q", "-p", bench.config("held"))
    bench.clock.sleep(100)
    assert bench.letters("held") == "--p---"
    assert bench.ok("xl", "list", "held").split()[-1] == "0.0"
    bench.ok("xl", "unpause", "held")
    bench.clock.sleep(100)
    assert bench.letters("held")[2] == "-"


def test_pauses_are_counted(bench: Bench) -> None:
    bench.create("one")
    bench.ok("xl", "pause", "one")
    bench.ok("xl", "pause", "one")
    bench.ok("xl", "unpause", "one")
    assert bench.letters("one") == "--p---"
    bench.ok("xl", "unpause", "one")
    assert bench.letters("one")[2] == "-"


@pytest.mark.parametrize(
    ("event", "key"), [("poweroff", "on_poweroff"), ("reboot", "on_reboot"), ("crash", "on_crash")]
)
class TestActions:
    def stop(self, bench: Bench, event: str, key: str, action: str) -> int:
        number = bench.create("one", **{key: f'"{action}"'})
        getattr(control, event)(bench.simulator, "one")
        bench.clock.sleep(30)
        return number

    def test_destroy_leaves_nothing(self, bench: Bench, event: str, key: str) -> None:
        self.stop(bench, event, key, "destroy")
        assert bench.names() == []

    def test_restart_makes_it_anew_under_the_next_domid(self, bench: Bench, event: str, key: str) -> None:
        number = self.stop(bench, event, key, "restart")
        assert bench.ok("xl", "domid", "one").strip() == str(number + 1)

    def test_preserve_keeps_it_with_its_reason(self, bench: Bench, event: str, key: str) -> None:
        number = self.stop(bench, event, key, "preserve")
        letter = {"poweroff": "-", "reboot": "r", "crash": "c"}[event]
        assert bench.ok("xl", "domid", "one").strip() == str(number)
        assert bench.letters("one") == f"---s{letter}-"

    def test_rename_restart_sets_the_old_one_aside(self, bench: Bench, event: str, key: str) -> None:
        number = self.stop(bench, event, key, "rename-restart")
        old, new = bench.names()
        assert old.startswith("one-20")
        assert new == "one"
        rows = bench.ok("xl", "list", "-v").splitlines()[2:]
        assert rows[0].split()[1] == str(number)
        assert rows[0].split()[6] == rows[1].split()[6], "the hypervisor knows both by one uuid"
        machines = bench.ok("xenstore-ls", "-f", "/vm").splitlines()
        assert len([line for line in machines if line.endswith('/uuid = "' + line.split("/")[2] + '"')]) == 2


def test_a_crash_can_leave_the_memory_behind(bench: Bench) -> None:
    bench.create("one", on_crash='"coredump-destroy"')
    bench.ok("xl", "sysrq", "one", "c")
    bench.clock.sleep(30)
    assert bench.names() == []
    assert bench.simulator.host_path("/var/lib/xen/dump/one").is_file()


def test_nobody_acts_for_a_domain_created_without_a_waiting_process(bench: Bench) -> None:
    bench.ok("xl", "create", "-q", "-e", bench.config("one"))
    bench.clock.sleep(60)
    bench.ok("xl", "shutdown", "one")
    bench.clock.sleep(60)
    assert bench.letters("one") == "---s--"


def test_shutdown_waits_until_it_is_down(slow_bench: Bench) -> None:
    slow_bench.create("one")
    result = slow_bench.run("xl", "shutdown", "-w", "one")
    assert result.stderr.decode().splitlines() == [
        "Shutting down domain 1",
        "Waiting for 1 domains",
        "Domain 1 has been shut down, reason code 0",
    ]


def test_a_paused_guest_does_not_hear_a_shutdown(bench: Bench) -> None:
    bench.create("one")
    bench.ok("xl", "pause", "one")
    words = bench.refused("xl", "shutdown", "one")
    assert "guest didn't acknowledge control request" in words
    bench.ok("xl", "unpause", "one")
    bench.clock.sleep(60)
    assert bench.names() == ["one"], "the request was taken back"


def test_shutdown_of_all_leaves_only_domain_0(bench: Bench) -> None:
    for name in ("one", "two", "three"):
        bench.create(name)
    bench.ok("xl", "shutdown", "-a", "-w")
    bench.clock.sleep(10)
    assert bench.names() == []


def test_an_hvm_guest_without_drivers_needs_the_power_button(bench: Bench) -> None:
    bench.create("win", type='"hvm"', kernel="", ramdisk="")
    control.stubborn(bench.simulator, "win")
    assert 'Use "-F" to fallback' in bench.refused("xl", "shutdown", "win")


def test_the_same_past_whoever_looks_and_when(bench: Bench) -> None:
    """Events happen at their own times, not when somebody looks."""
    bench.create("one", on_reboot='"restart"')
    control.set_speed(bench.simulator, 1.0)
    bench.ok("xl", "reboot", "one")
    bench.clock.sleep(1000)
    uptime = bench.ok("xl", "uptime", "one").split()[-1]
    assert uptime == "0:16:36"


def test_cpu_seconds_stand_still_while_paused(bench: Bench) -> None:
    bench.create("one")
    bench.clock.sleep(1000)
    bench.ok("xl", "pause", "one")
    before = bench.ok("xl", "list", "one").split()[-1]
    bench.clock.sleep(1000)
    assert bench.ok("xl", "list", "one").split()[-1] == before
    assert float(before) > 1.0


def test_a_cancelled_command_ends_without_undoing_what_is_done(slow_bench: Bench) -> None:
    slow_bench.create("one")
    cancel = threading.Event()
    cancel.set()
    result = slow_bench.simulator.run(("xl", "shutdown", "-w", "one"), cancel=cancel)
    assert result.exit_code == 130
    slow_bench.clock.sleep(60)
    assert slow_bench.names() == []


class TestControl:
    def test_unknown_guests_are_refused(self, bench: Bench) -> None:
        for name in ("nosuch", "Domain-0", "0", "99"):
            with pytest.raises(NoSuchDomainError):
                control.crash(bench.simulator, name)

    def test_adding_a_guest(self, bench: Bench) -> None:
        number = control.add(bench.simulator, "extra", memory_mb=300, vcpus=2)
        row = bench.ok("xl", "list", "extra").splitlines()[1].split()
        assert row[:4] == ["extra", str(number), "300", "2"]
        with pytest.raises(UsageError, match="taken"):
            control.add(bench.simulator, "extra")

    def test_a_host_that_is_away_answers_nothing(self, bench: Bench) -> None:
        control.vanish(bench.simulator)
        with pytest.raises(HostError):
            bench.run("xl", "list")
        control.come_back(bench.simulator)
        bench.ok("xl", "list")

    def test_a_host_that_hangs_answers_late(self, bench: Bench) -> None:
        before = bench.clock.now
        control.hang(bench.simulator, 25.0)
        bench.ok("xl", "list")
        assert bench.clock.now >= before + 25

    def test_a_busy_guest_uses_its_cpu(self, bench: Bench) -> None:
        bench.create("one")
        control.busy(bench.simulator, "one", 1.0)
        before = float(bench.ok("xl", "list", "one").split()[-1])
        bench.clock.sleep(50)
        assert float(bench.ok("xl", "list", "one").split()[-1]) - before == pytest.approx(50, abs=0.2)

    @pytest.mark.parametrize("speed", [0.0, -1.0, float("nan")])
    def test_nonsense_speeds_are_refused(self, bench: Bench, speed: float) -> None:
        with pytest.raises(UsageError):
            control.set_speed(bench.simulator, speed)


@pytest.mark.parametrize(
    "command",
    [
        "create NAME",
        "create /etc/xen/NAME",
        "save one /srv/NAME",
        "restore /srv/NAME",
        "cd-insert one xvda /srv/NAME",
    ],
)
def test_a_name_longer_than_any_file_has_is_of_none(bench: Bench, command: str) -> None:
    bench.create("one")
    done = bench.run("xl", *command.replace("NAME", "n" * 300).split())
    assert done.exit_code != 0
    assert done.stderr
