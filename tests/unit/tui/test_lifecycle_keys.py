"""Keys that start and stop domains: each does it, says so, and says why where it cannot."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.unit.tui.stage import NARROW, StageHost, stage
from tests.unit.tui.test_keys import CHANGING
from xentui.hosts.base import Completed
from xentui.tui.keys import BY_ID, KEYS

DONE = [
    ("s", "backup", "xl create", "running", "backup: started"),
    ("S", "web1", "xl shutdown", "off", "web1: has shut down"),
    ("p", "web1", "xl pause", "paused", "web1: paused"),
    ("u", "test-pvh", "xl unpause", "running", "test-pvh: runs on"),
    ("z", "web1", "xl save", "suspended", "web1: suspended"),
    ("Z", "lab", "xl restore", "running", "lab: resumed"),
]
REFUSED = [
    ("s", "web1", "web1: cannot start: it is running"),
    ("s", "lab", "lab: cannot start: it is suspended (resume it, or destroy it to drop the saved memory)"),
    ("b", "build", "build: cannot boot: it is running"),
    ("S", "backup", "backup: cannot shutdown: it is off"),
    ("S", "test-pvh", "test-pvh: cannot shutdown: it is paused"),
    ("R", "scratch", "scratch: cannot reboot: it has crashed and is kept (destroy removes it)"),
    ("p", "test-pvh", "test-pvh: cannot pause: it is paused"),
    ("u", "web1", "web1: cannot unpause: it is running"),
    ("z", "build", "build: cannot suspend: it is transient"),
    ("Z", "web1", "web1: cannot resume: it is running"),
    ("w", "backup", "backup: cannot save to file: it is off"),
    ("X", "backup", "backup: cannot destroy: it is off"),
    ("X", "Domain-0", "Domain-0: cannot destroy: it is Domain-0, the control domain"),
    ("S", "Domain-0", "Domain-0: cannot shutdown: it is Domain-0, the control domain"),
]


@pytest.mark.parametrize("case", DONE, ids=lambda case: f"{case[0]} {case[1]}")
async def test_a_key_does_it_and_says_so(host: StageHost, case: tuple[str, ...]) -> None:
    key, name, command, state, notice = case
    async with stage(host) as it:
        await it.go(name)
        await it.press(key)
        await it.shows(notice)
        await it.until(lambda: it.state(name) == state)
        ran = [shlex.join(done.argv) for job in it.app.jobs.all for done in job.commands]
        assert [done for done in ran if done.startswith(command)]
        assert notice in it.notice


async def test_what_is_not_possible_says_why_and_does_nothing(host: StageHost) -> None:
    async with stage(host) as it:
        for key, name, reason in REFUSED:
            await it.go(name)
            await it.press(key)
            await it.shows(reason)
            assert it.in_list
        assert not it.app.jobs.all
        assert host.did == []


async def test_a_reboot_ends_under_another_domid(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("R")
        await it.shows("web1: has rebooted")
        await it.until(lambda: it.number("web1") == 10)
        assert it.current == "web1"


async def test_destroying_asks_for_the_name(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("X")
        await it.shows("web1: ends at once", "its configuration stays", "Type the name to go on: web1")
        await it.type("web2", "enter")
        await it.shows("that is not web1")
        assert host.did == []
        await it.press(*["backspace"] * 4)
        await it.type("web1", "enter")
        await it.shows("web1: destroyed")
        await it.until(lambda: it.state("web1") == "off")
        assert host.did == ["xl destroy 1"]


async def test_leaving_the_question_destroys_nothing(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("build")
        await it.press("X")
        await it.shows(
            "build: transient, lost when stopped",
            "Keep its configuration, then destroy",
            "Destroy, and lose it",
        )
        await it.press("down", "enter")
        await it.shows("build: ends at once", "is lost: it is transient")
        await it.type("build")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_destroying_a_suspended_domain_drops_its_memory(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("lab")
        await it.press("X")
        await it.shows("its saved memory is discarded; the next start boots it afresh")
        await it.type("lab", "enter")
        await it.shows("lab: its saved memory is discarded")
        await it.until(lambda: it.state("lab") == "off")


async def test_several_are_asked_about_once_and_each_has_a_result(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2", "mail")
        await it.press("S")
        await it.shows("Shut down 3 domains?", "mail, web1, web2")
        await it.press("y")
        await it.shows("3 domains: shutdown done")
        await it.until(lambda: [it.state(name) for name in ("web1", "web2", "mail")] == ["off"] * 3)
        await it.press("L")
        await it.shows(
            "shutdown web1  has shut down", "shutdown web2  has shut down", "shutdown mail  has shut down"
        )


async def test_what_to_type_is_in_sight_however_many_are_meant(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.press("*", "X")
        await it.shows("Keep their configurations")
        await it.press("enter")
        await it.shows("Type the number of domains to go on: ", "Destroy")
        listed = it.app.screen.query_one(".dialog-report")
        assert listed.max_scroll_y > 0
        await it.press("pagedown")
        await it.until(lambda: listed.scroll_y > 0)
        await it.type("1", "enter")
        await it.shows("that is not ")


async def test_a_refusal_too_long_for_the_line_can_be_read(host: StageHost) -> None:
    async with stage(host, size=NARROW) as it:
        await it.go("scratch")
        await it.press("c")
        await it.shows("scratch: cannot open the console: it has crashed", "(E tells more)")
        await it.press("E")
        await it.shows("What went wrong", " warning", "(destroy removes it)")


async def test_of_several_those_that_fail_are_named(host: StageHost) -> None:
    host.answer = lambda argv: failing(argv) if argv[:2] == ["xl", "pause"] and argv[2] == "2" else None
    async with stage(host) as it:
        await it.mark("web1", "web2", "db1")
        await it.press("p", "y")
        await it.shows("pause: 2 done, 1 failed")
        await it.press("E")
        await it.shows("pause: 2 done, 1 failed", "web2: ", "Unable to pause", "the log (L) has the details")


def failing(argv: Sequence[str]) -> Completed:
    return Completed(tuple(argv), 1, b"", b"libxl: error: Unable to pause\n")


async def test_no_means_no_for_several(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2")
        for no in ("n", "escape"):
            await it.press("R")
            await it.shows("Reboot 2 domains?")
            await it.press(no)
            await it.until(lambda: it.in_list)
        assert host.did == []
        assert it.marked == ["web1", "web2"]


async def test_to_destroy_several_their_number_is_typed(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "build")
        await it.press("X")
        await it.shows("build: transient, lost when stopped")
        await it.press("down", "enter")
        await it.shows("Type the number of domains to go on: 2")
        await it.type("web1", "enter")
        await it.shows("that is not 2")
        await it.press(*["backspace"] * 4)
        await it.type("2", "enter")
        await it.shows("destroy done")
        await it.until(lambda: (it.state("web1"), it.state("build")) == ("off", "gone"))


async def test_those_it_is_not_possible_on_are_left_out_and_that_is_said(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "backup", "router")
        await it.press("s")
        await it.shows("Start 2 domains?", "backup, router")
        assert host.did == []
        await it.press("y")
        await it.shows("start done")
        assert [line for line in host.did if "create" in line] != []
        assert it.state("web1") == "running"


async def test_marks_held_back_by_the_filter_are_not_acted_on(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2", "mail")
        await it.press("/")
        await it.type("web", "enter")
        await it.until(lambda: it.in_list and it.names == ["web1", "web2"])
        await it.press("p")
        await it.shows("Pause 2 domains?", "web1, web2")
        await it.press("y")
        await it.shows("pause done")
        assert it.state("mail") == "running"


async def test_a_domain_is_saved_to_a_file_and_continued_from_it(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("build")
        await it.press("w")
        await it.shows("Save build to a file", "/var/lib/xen/save/build")
        await it.fill("/srv/build.saved")
        await it.shows("build: saved to /srv/build.saved")
        await it.until(lambda: it.state("build") == "gone")
        await it.press("W")
        await it.shows("Restore a saved domain")
        await it.fill("/srv/build.saved")
        await it.shows("restored")
        await it.until(lambda: it.state("build") == "running")


async def test_a_read_only_session_refuses_every_change(host: StageHost) -> None:
    async with stage(host, read_only=True) as it:
        await it.go("web1")
        for name in CHANGING:
            await it.press(KEYS[name].keys)
            await it.shows(f"cannot {BY_ID[name].phrase}: this session is read-only")
            assert it.in_list
        assert host.did == []
        assert not it.app.jobs.all


async def test_a_read_only_session_shows_a_configuration_and_opens_no_form(host: StageHost) -> None:
    async with stage(host, read_only=True) as it:
        await it.go("web1")
        await it.press("e")
        await it.shows("web1: this session is read-only", 'name = "web1"')
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_a_transient_domain_can_be_kept_before_it_is_shut_down(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("build")
        await it.press("S")
        await it.shows("build: transient, lost when stopped", "Keep its configuration, then shut down")
        await it.press("enter")
        await it.shows("build: has shut down")
        await it.until(lambda: it.state("build") == "off")


async def test_who_thinks_better_of_it_loses_no_transient_domain(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("build")
        await it.press("S")
        await it.shows("build: transient, lost when stopped")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []


async def test_a_transient_domain_may_be_lost_on_purpose(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("build")
        await it.press("S")
        await it.shows("Shut down, and lose it")
        await it.press("down", "enter")
        await it.until(lambda: it.state("build") == "gone")


async def test_enter_alone_agrees_to_no_loss(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press(":")
        await it.type("destroy web1", "enter")
        await it.shows("Destroy web1?")
        await it.press("enter")
        await it.shows("cancelled, nothing was done")
        assert host.did == []


async def test_the_command_line_of_the_screen_asks_too(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press(":")
        await it.type("destroy web1", "enter")
        await it.shows("Destroy web1?", "web1: ends at once")
        assert host.did == []
        await it.press("n")
        await it.shows("cancelled, nothing was done")
        await it.press(":")
        await it.type("destroy web1 --yes", "enter")
        await it.until(lambda: it.state("web1") == "off")


async def test_stopped_copies_are_let_go_of_with_one_key(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("web1")
        await it.press("x")
        await it.shows("web1: cannot clear copies: it has no stopped copy that xl keeps")
        assert host.did == []


async def test_a_dry_run_shows_the_command_and_runs_nothing(host: StageHost) -> None:
    async with stage(host, dry_run=True) as it:
        await it.shows("[dry run]")
        await it.go("web1")
        await it.press("p")
        await it.shows("would run: xl pause 1")
        assert host.did == []


async def test_what_failed_says_what_why_and_what_to_do(host: StageHost) -> None:
    async with stage(host) as it:
        Path(host.host_path("/srv/xen/router.img")).unlink()
        await it.go("router")
        await it.press("s")
        await it.until(lambda: " error " in it.notice and "→ create it" in it.notice)
        await it.press("E")
        await it.shows("What went wrong", "the disk /srv/xen/router.img does not exist", "→ create it")
        await it.press("escape")
        await it.until(lambda: it.in_list)


async def test_an_event_is_chosen_and_sent(host: StageHost) -> None:
    """The dialog is made of the command's declaration; what may be lost asks."""
    async with stage(host) as it:
        await it.go("win10")
        await it.press("t")
        await it.shows("Trigger win10", "nmi", "s3resume")
        await it.press("down", "down", "enter")
        await it.shows("win10: sleep sent")
        sent = host.did
        assert [words.split()[-1] for words in sent] == ["sleep"]
        await it.press("t")
        await it.shows("Trigger win10")
        await it.press("down", "enter")
        await it.shows("Send power to win10?", "its power button is pressed")
        await it.press("n")
        await it.hides("Send power to win10?")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == sent


async def test_an_event_its_guest_does_not_take_cannot_be_chosen(host: StageHost) -> None:
    """A PV guest has no buttons; the dialog says so."""
    async with stage(host) as it:
        await it.go("web1")
        await it.until(lambda: (web1 := it.domain("web1")) and web1.running)
        await it.press("t")
        await it.shows("Trigger web1", "nmi", "power")
        await it.shows("it is a PV guest: only an HVM guest has buttons")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        assert host.did == []
