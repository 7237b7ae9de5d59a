"""Keys for managed domains: new, create, delete, undelete, rename, autostart."""

from __future__ import annotations

from pathlib import Path

from textual.widgets import Checkbox, Input

from tests.unit.tui.stage import StageHost, stage
from xentui.tui.dialogs.field import Field
from xentui.tui.dialogs.form import FormDialog


async def test_new_stores_a_file_and_boots_nothing(host: StageHost) -> None:
    path = host.guest("shop")
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file as a managed domain", "/etc/xen/", "Nothing is booted")
        await it.fill(path)
        await it.shows("shop: stored")
        await it.until(lambda: it.state("shop") == "off")
        assert not [line for line in host.did if "create" in line]


async def test_new_completes_paths_on_the_host(host: StageHost) -> None:
    host.guest("shop")
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file")
        await it.type("sh", "tab")
        await it.shows("/etc/xen/shop.cfg")
        await it.press("enter")
        await it.shows("shop: stored")


async def test_a_name_that_is_taken_is_refused_unless_it_is_to_be_replaced(host: StageHost) -> None:
    async with stage(host) as it:
        path = host.guest("router", memory="512")
        await it.press("n")
        await it.shows("New: store a file")
        await it.fill(path)
        await it.shows("New: store a file", "router", "[ ] Replace a stored domain of that name", path)
        await it.until(lambda: it.app.focused is not None)
        it.app.screen.query_one(Checkbox).toggle()
        await it.press("enter")
        await it.shows("router: redefined as version 2")


async def test_a_file_that_is_not_there_is_said(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file")
        await it.fill("/etc/xen/nothing.cfg")
        await it.shows("/etc/xen/nothing.cfg", "New: store a file")
        await it.until(lambda: it.app.screen.query_one(Input).has_class("-refused"))


async def test_a_whole_path_may_be_typed_behind_the_folder_that_stands_there(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file")
        line = it.app.screen.query_one(Input)
        assert line.value == "/etc/xen/"
        await it.type("/srv/my.cfg")
        await it.until(lambda: line.value == "/srv/my.cfg")
        await it.type("/")
        await it.until(lambda: line.value == "/srv/my.cfg/")
        await it.type("/x")
        await it.until(lambda: line.value == "/srv/my.cfg//x")
        await it.press("enter")
        await it.until(lambda: line.has_class("-refused"))
        assert line.value == "/srv/my.cfg//x"


async def test_a_path_that_stood_there_is_replaced_by_a_typed_one(host: StageHost) -> None:
    async with stage(host) as it:
        field = Field("path", "Path", "/srv//my.img", path=True)
        it.app.push_screen(FormDialog("A path", [field], "OK"))
        await it.shows("A path")
        line = it.app.screen.query_one(Input)
        await it.until(lambda: line.has_focus)
        await it.type("/a", "home", "end", "b")
        await it.until(lambda: line.value == "/ab")


async def test_an_empty_field_is_refused_in_the_form(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file")
        await it.fill("")
        await it.shows("Configuration file: must not be empty")
        height = it.app.screen.query_one(".dialog").size.height
        await it.type("/")
        await it.hides("must not be empty")
        assert it.app.screen.query_one(".dialog").size.height == height
        await it.press("backspace", "enter")
        await it.shows("Configuration file: must not be empty")
        assert not it.app.jobs.all


async def test_create_boots_a_file_of_an_unknown_name_as_a_transient_domain(host: StageHost) -> None:
    path = host.guest("guest9")
    async with stage(host) as it:
        await it.press("C")
        await it.shows("Create: boot a file", "A new name becomes a transient domain")
        await it.fill(path, "memory=256")
        await it.shows("guest9: created (transient)")
        await it.until(lambda: it.state("guest9") == "running")
        domain = it.domain("guest9")
        assert domain is not None
        assert (domain.managed, domain.maxmem_mib) == (False, 256)


async def test_create_boots_a_managed_domain_just_this_once(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("C")
        await it.shows("Create: boot a file")
        await it.fill("/etc/xen/backup.cfg", "memory=256")
        await it.shows("backup: created")
        await it.until(lambda: it.domain("backup").one_off)  # type: ignore[union-attr]
        await it.go("backup")
        await it.shows("runs another configuration; the next start boots the stored one")


async def test_delete_asks_for_the_name_and_undelete_brings_it_back(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("D")
        await it.shows("router: deleted; its file, disks and images are kept", "Undelete (U)")
        await it.type("rooter", "enter")
        await it.shows("that is not router")
        await it.press(*["backspace"] * 6)
        await it.type("router", "enter")
        await it.shows("router: deleted; U restores it")
        await it.until(lambda: it.state("router") == "gone")
        await it.press("U")
        await it.shows("Undelete", "by root@desk")
        await it.press("enter")
        await it.shows("router: restored")
        await it.until(lambda: it.state("router") == "off")
        await it.press("L")
        await it.shows("router  xentui-store undelete")


async def test_delete_of_what_runs_says_why_not(host: StageHost) -> None:
    async with stage(host) as it:
        for name, reason in (
            ("web1", "it is running"),
            ("lab", "it is suspended"),
            ("build", "it is transient (storing an edit makes it managed)"),
        ):
            await it.go(name)
            await it.press("D")
            await it.shows(f"{name}: cannot delete: {reason}")
        assert it.in_list


async def test_what_was_started_while_the_question_stood_open_is_not_deleted(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("D")
        await it.shows("router: deleted; its file")
        router = it.domain("router")
        assert router is not None
        path = it.app.here.hypervisor.session.store.config_path(router.uuid)
        assert (await host.run(["xl", "create", path])).exit_code == 0
        await it.type("router", "enter")
        await it.shows("router: cannot delete: it is running")
        await it.until(lambda: it.state("router") == "running")


async def test_undelete_with_nothing_deleted_says_so(host: StageHost) -> None:
    async with stage(host) as it:
        await it.press("U")
        await it.shows("there is no deleted domain to restore")


async def test_rename(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("r")
        await it.shows("Rename backup")
        await it.fill("vault")
        await it.shows("backup: is called vault now")
        await it.until(lambda: it.state("vault") == "off")
        assert it.state("backup") == "gone"
        await it.until(lambda: it.current == "vault")


async def test_a_name_that_is_taken_cannot_be_given(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("r")
        await it.shows("Rename backup")
        await it.fill("router")
        await it.shows("there is a domain router already → choose another", "Rename backup")
        await it.fill("no name")
        await it.shows("New name: the name 'no name'", "Rename backup")
        await it.fill("vault")
        await it.until(lambda: it.state("vault") == "off")


async def test_autostart_is_switched_on_and_off(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("a")
        await it.shows("router: starts with the host")
        await it.until(lambda: it.domain("router").autostart)  # type: ignore[union-attr]
        await it.press("a")
        await it.shows("router: no longer starts with the host")
        await it.until(lambda: not it.domain("router").autostart)  # type: ignore[union-attr]


async def test_a_place_in_the_order_is_given(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("router")
        await it.press("A")
        await it.shows("Start router with the host")
        await it.fill("10")
        await it.shows("router: starts with the host, order 10")
        await it.until(lambda: it.domain("router").autostart_order == 10)  # type: ignore[union-attr]
        await it.press("a")
        await it.until(lambda: not it.domain("router").autostart)  # type: ignore[union-attr]


async def test_several_are_made_alike(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "router")
        await it.press("a")
        await it.shows("Turn autostart on for 2 domains?")
        await it.press("enter")
        await it.shows("autostart done")
        await it.until(lambda: it.domain("router").autostart and it.domain("web1").autostart)  # type: ignore[union-attr]


async def test_a_file_of_this_machine_is_completed_and_stored(host: StageHost, tmp_path: Path) -> None:
    (tmp_path / "mine.cfg").write_text('name = "mine"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n')
    async with stage(host) as it:
        await it.press("n")
        await it.shows("New: store a file")
        await it.type(f"local:{tmp_path}/mi", "tab")
        line = it.app.screen.query_one("#field-path", Input)
        await it.until(lambda: line.value == f"local:{tmp_path}/mine.cfg")
        await it.press("enter")
        await it.shows("mine: stored")
        await it.command("new -")
        await it.shows("there is no standard input to read here")
