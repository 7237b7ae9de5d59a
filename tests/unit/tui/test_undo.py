"""Ctrl-Z in the list: the last change of this session, whatever made it, and whatever it was."""

from __future__ import annotations

import pytest

from tests.unit.tui.stage import Stage, StageHost, stage


async def undo(it: Stage, question: str) -> None:
    """Undo what the screen names."""
    await it.quiet()
    await it.press("ctrl+z")
    await it.shows(f"Undo {question}?")
    await it.press("enter")
    await it.quiet()


async def test_a_key_and_a_typed_command_are_undone_in_turn(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        await it.press("r")
        await it.shows("Rename backup")
        await it.fill("spare")
        await it.until(lambda: it.state("spare") == "off")
        await it.command("pause web1")
        await it.until(lambda: it.state("web1") == "paused")
        await undo(it, "web1: pause")
        await it.until(lambda: it.state("web1") == "running")
        await undo(it, "backup: rename to spare")
        await it.until(lambda: it.state("backup") == "off")
        await it.press("ctrl+z")
        await it.shows("nothing to undo")


async def test_what_was_done_to_the_marked_domains_is_one_change(host: StageHost) -> None:
    async with stage(host) as it:
        await it.mark("web1", "web2")
        await it.press("p")
        await it.shows("Pause 2 domains?")
        await it.press("y")
        await it.until(lambda: it.state("web1") == it.state("web2") == "paused")
        await undo(it, "2 domains: pause")
        await it.until(lambda: it.state("web1") == it.state("web2") == "running")
        assert it.app.undos.last is None


async def test_new_and_import_are_undone(host: StageHost) -> None:
    paths = [host.guest("one"), host.guest("two")]
    async with stage(host) as it:
        await it.command(f"import {' '.join(paths)}")
        await it.until(lambda: it.state("one") == it.state("two") == "off")
        await it.shows("2 imported")
        await it.press("escape")
        await it.until(lambda: it.in_list)
        await undo(it, f"2 domains: import {paths[0]} and import {paths[1]}")
        await it.until(lambda: it.state("one") == it.state("two") == "gone")


async def test_what_was_stored_in_the_form_is_undone(host: StageHost) -> None:
    async with stage(host) as it:
        await it.go("backup")
        domain = it.domain("backup")
        assert domain is not None
        hypervisor = it.app.here.hypervisor
        draft = await hypervisor.editing.open(domain)
        await hypervisor.editing.store(draft, draft.text + "# mine\n")
        await undo(it, "backup: edit")
        await it.until(lambda: it.notice.startswith(" note  backup: undone: edit"))
        assert await hypervisor.history.text(domain) == draft.text


async def test_what_cannot_be_undone_says_why_and_lets_the_one_before_be_undone(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("pause web1")
        await it.until(lambda: it.state("web1") == "paused")
        await it.go("backup")
        await it.press("s")
        await it.until(lambda: it.state("backup") == "running")
        await it.quiet()
        await it.press("ctrl+z")
        await it.shows("backup: start cannot be undone: the guest has booted")
        assert "Ctrl-Z again undoes web1: pause" in it.notice
        await undo(it, "web1: pause")
        await it.until(lambda: it.state("web1") == "running")
        assert it.state("backup") == "running"


async def test_what_somebody_has_changed_since_stays_and_is_said(host: StageHost) -> None:
    async with stage(host) as it:
        await it.command("mem-set web1 700")
        await it.until(lambda: (found := it.domain("web1")) is not None and found.target_mib == 700)
        domain = it.domain("web1")
        assert domain is not None
        store = it.app.here.hypervisor.session.store
        entry = await store.read(domain.uuid)
        await store.put(
            domain.uuid, "web1", (entry.text or "") + "#\n", user="bob@x", reason="", expect=entry
        )
        await undo(it, "web1: mem-set 700")
        await it.shows("not undone: its configuration was changed since, by bob@x")
        assert (await store.read(domain.uuid)).text == (entry.text or "") + "#\n"


@pytest.mark.parametrize("answer", ["escape", "n"])
async def test_who_thinks_better_of_it_can_undo_it_later(host: StageHost, answer: str) -> None:
    async with stage(host) as it:
        await it.command("pause web1")
        await it.until(lambda: it.state("web1") == "paused")
        await it.quiet()
        await it.press("ctrl+z")
        await it.shows("Undo web1: pause?")
        await it.press(answer)
        await it.until(lambda: it.in_list)
        assert it.state("web1") == "paused"
        await undo(it, "web1: pause")
        await it.until(lambda: it.state("web1") == "running")


async def test_a_read_only_session_undoes_nothing(host: StageHost) -> None:
    async with stage(host, read_only=True) as it:
        await it.press("ctrl+z")
        await it.shows("cannot undo: this session is read-only")
