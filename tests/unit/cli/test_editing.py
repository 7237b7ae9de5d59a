"""``edit`` with an editor that is a script, and the verbs about versions."""

from __future__ import annotations

import fcntl
import io
import os
import re
import resource
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.test_verbs import Line, line
from xentui.commands import external_editor as editor, registry, run
from xentui.commands.completion import Vocabulary, candidates
from xentui.commands.context import Context
from xentui.commands.registry import verbs
from xentui.commands.suggestions import as_command_line
from xentui.errors import StoreCode, StoreError, XentuiError
from xentui.service.editing import Draft, SaveResult

__all__ = ["line"]


class Desk:
    """A user: what the editor does each time, and what is answered to each question."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line = line
        self.folder = folder
        self.edits: list[tuple[str, str]] = []
        self.answers: list[str] = []
        self.asked: list[str] = []
        self.modes: list[int] = []
        self.named_host = ""
        """What was named behind ``--host``."""

    def edit(self, path: Path, _held: int | None = None) -> None:
        """The editor: each time one replacement."""
        self.modes.append(stat.S_IMODE(path.stat().st_mode) | stat.S_IMODE(path.parent.stat().st_mode) & 0o77)
        old, new = self.edits.pop(0)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def ask(self, question: str, answers: str) -> str:
        """The answer to a question."""
        self.asked.append(question)
        answer = self.answers.pop(0)
        assert answer in answers
        return answer

    async def run(self, *words: str) -> int:
        """Run a verb as from a terminal."""
        self.line.out.clear()
        self.line.notes.clear()
        name, rest = registry.split(words)
        verb = run.find_verb(name)
        args = run.parse_verb(verb, rest)
        context = Context(
            self.line.hypervisor,
            self.line.out.append,
            self.line.notes.append,
            own_terminal=True,
            render=as_command_line(self.named_host),
        )
        return await run.run_verb(verb, args, context)

    @property
    def kept(self) -> list[Path]:
        """The texts that are kept."""
        return sorted(self.folder.glob("xentui-kept-*/*"))


@pytest.fixture
def desk(line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    made = Desk(line, folder)
    monkeypatch.setattr(editor, "run", made.edit)
    monkeypatch.setattr(editor, "ask", made.ask)
    monkeypatch.setattr(editor, "has_terminal", lambda: True)
    yield made
    assert not made.edits
    assert not made.answers


async def web(line: Line, extra: str = "") -> None:
    assert await line.run("new", line.guest("web", extra)) == 0


async def text(line: Line) -> str:
    return await line.hypervisor.history.text(await line.hypervisor.inventory.find("web"))


async def test_edit_shows_what_it_means_asks_and_stores(line: Line, desk: Desk) -> None:
    await web(line)
    desk.edits, desk.answers = [("= 128", "= 160")], ["s"]
    assert await desk.run("edit", "web", "--reason", "it swaps") == 0
    assert "+memory = 160" in line.out
    assert "memory: 128 MiB → 160 MiB" in line.out
    assert "at the next start: memory" in line.out
    assert line.notes[-1] == "web: stored as version 2"
    assert desk.modes == [0o600]
    assert not desk.kept
    await line.run("history", "web")
    assert "it swaps" in line.out[-1]


async def test_an_unchanged_text_asks_nothing(line: Line, desk: Desk) -> None:
    await web(line)
    desk.edits = [("128", "128")]
    assert await desk.run("edit", "web") == 0
    assert line.notes == ["web: nothing changed"]
    assert (desk.asked, desk.kept) == ([], [])


async def test_a_refused_text_is_edited_again_or_kept(line: Line, desk: Desk) -> None:
    await web(line)
    desk.edits, desk.answers = [("= 128", "= "), ("= \n", "= 200\n")], ["e", "s"]
    assert await desk.run("edit", "web") == 0
    assert "memory = 200" in await text(line)
    desk.edits, desk.answers = [("= 200", "= ")], ["g"]
    desk.named_host = "xen1"
    assert await desk.run("edit", "web") == 1
    assert "[s]tore" not in desk.asked[-1]
    (kept,) = desk.kept
    told = f"the text is kept in {kept}; `xentui --host xen1 edit web --text {kept}` continues with it"
    assert line.notes[-1] == told
    desk.edits, desk.answers = [("memory = \n", "memory = 210\n")], ["s"]
    assert await desk.run("edit", "web", "--text", str(kept)) == 0
    assert "memory = 210" in await text(line)


async def test_giving_up_a_good_text_keeps_it_too(line: Line, desk: Desk) -> None:
    await web(line)
    desk.edits, desk.answers = [("= 128", "= 160")], ["g"]
    assert await desk.run("edit", "web") == 1
    assert "128" in await text(line)
    assert "160" in desk.kept[0].read_text()


async def test_a_conflict_can_be_written_over(
    line: Line, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web(line)
    real = desk.edit

    def edit(path: Path, _held: int | None = None) -> None:
        real(path)
        config = next(Path(line.host.store_root).glob("domains/*/config.cfg"))
        config.write_text(config.read_text() + "# by hand\n")

    monkeypatch.setattr(editor, "run", edit)
    desk.edits, desk.answers = [("= 128", "= 160")], ["s", "o"]
    assert await desk.run("edit", "web") == 0
    assert "[o]verwrite" in desk.asked[-1]
    assert any("by hand" in note for note in line.notes)
    assert "160" in await text(line)


async def test_whatever_fails_the_text_is_kept(
    line: Line, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web(line)

    async def full(draft: Draft, text: str, **_: object) -> SaveResult:
        raise StoreError("no room", code=StoreCode.FULL)

    monkeypatch.setattr(line.hypervisor.editing, "store", full)
    monkeypatch.setattr(editor, "has_terminal", lambda: False)
    desk.edits = [("= 128", "= 160")]
    assert await desk.run("edit", "web") == 1
    assert "160" in desk.kept[0].read_text()


async def test_without_a_terminal_a_good_text_is_stored_and_a_bad_one_kept(
    line: Line, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await web(line)
    monkeypatch.setattr(editor, "has_terminal", lambda: False)
    desk.edits = [("= 128", "= 160")]
    assert await desk.run("edit", "web") == 0
    desk.edits = [("160", "")]
    assert await desk.run("edit", "web") == 1
    assert "160" in await text(line)
    assert len(desk.kept) == 1


async def test_what_can_be_made_live_is_offered(line: Line, desk: Desk) -> None:
    await web(line, "maxmem = 256\n")
    await line.run("start", "web")
    desk.edits, desk.answers = [("= 128", "= 192")], ["s", "y"]
    assert await desk.run("edit", "web") == 0
    assert any(line.startswith("now: set memory to 192 MiB: xl mem-set") for line in line.out)
    assert line.notes[-1] == "web: set memory to 192 MiB: done"
    assert (await line.hypervisor.inventory.find("web")).memory_mib == 192
    desk.edits, desk.answers = [("= 192", "= 200")], ["s"]
    assert await desk.run("edit", "web", "--live") == 0
    assert (await line.hypervisor.inventory.find("web")).memory_mib == 200


async def test_once_boots_the_text_and_stores_nothing(line: Line, desk: Desk) -> None:
    await web(line)
    desk.edits, desk.answers = [("= 128", "= 160")], ["b"]
    assert await desk.run("edit", "web", "--once", "--paused") == 0
    found = await line.hypervisor.inventory.find("web")
    assert (found.one_off, found.memory_mib, found.version) == (True, 160, 1)
    assert "160" in desk.kept[0].read_text(), "it is stored nowhere"


async def test_the_prompt_of_a_screen_has_no_editor(line: Line, desk: Desk) -> None:
    await web(line)
    assert await line.run("edit", "web") == 2


async def test_a_read_only_session_opens_no_editor(line: Line, desk: Desk) -> None:
    await web(line)
    line.hypervisor.session.read_only = True
    assert await desk.run("edit", "web") == 1
    assert not desk.kept


def test_the_editor_is_visual_then_editor_then_vi() -> None:
    assert editor.command({"VISUAL": "code --wait", "EDITOR": "nano"}) == ["code", "--wait"]
    assert editor.command({"VISUAL": " ", "EDITOR": "nano"}) == ["nano"]
    assert editor.command({}) == ["vi"]
    with pytest.raises(XentuiError):
        editor.command({"EDITOR": "'"})


@pytest.mark.parametrize(("value", "words"), [("/no/editor", "cannot be run"), ("false", "status 1")])
def test_an_editor_that_fails_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, words: str
) -> None:
    monkeypatch.setenv("VISUAL", value)
    with pytest.raises(XentuiError, match=words):
        editor.run(tmp_path / "x.cfg")


def test_a_real_editor_changes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("VISUAL", "sed -i s/a/b/")
    work = editor.Workspace("../we b", "a\n")
    assert re.fullmatch(r"[A-Za-z0-9_.:+-]+", work.path.name)
    editor.run(work.path)
    assert work.read() == "b\n"
    work.path.write_bytes(b"a\n\xff")
    with pytest.raises(XentuiError, match="line 2"):
        work.read()
    work.close()
    assert not list(tmp_path.glob("xentui-edit-*"))


def test_what_a_killed_editor_left_is_swept_once_nobody_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    long_ago = time.time() - editor.STALE - 1

    def old(path: Path) -> Path:
        for entry in (*path.iterdir(), path):
            os.utime(entry, (long_ago, long_ago))
        return path

    used, kept, young = (editor.Workspace(name, "a\n") for name in ("used", "kept", "young"))
    kept.keep()
    left, outlived, fresh = (tmp_path / f"xentui-edit-{name}" for name in ("left", "outlived", "fresh"))
    for folder in (left, outlived, fresh):
        folder.mkdir(0o700)
        (folder / "web.cfg").write_text("x\n")
    link = tmp_path / "xentui-edit-link"
    link.symlink_to(kept.path.parent)
    for folder in (used.path.parent, kept.path.parent, left, outlived):
        old(folder)
    lock = os.open(outlived, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    editor.Workspace("next", "").close()
    assert not left.exists()
    assert outlived.exists(), "an editor that has outlived xentui works there"
    os.close(lock)
    editor.Workspace("next", "").close()
    assert not outlived.exists()
    assert all(work.path.exists() for work in (used, kept, young))
    assert fresh.exists()
    assert link.is_symlink()


def test_the_editor_holds_its_folder_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    work = editor.Workspace("web", "a\n")
    program = tmp_path / "editor"
    program.write_text(f"#!/bin/sh\nls -l /proc/$$/fd > {tmp_path}/open\n")
    program.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(program))
    work.edit()
    assert str(work.path.parent) in (tmp_path / "open").read_text()
    work.close()


def test_a_question_is_asked_until_it_is_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x\nGive up\n\n"))
    assert editor.ask("? ", "seg") == "g"
    assert editor.ask("? ", "seg") == "s", "the first is the default"
    assert editor.ask("? ", "seg") == "g", "who is gone gives up"
    assert capsys.readouterr().err == "? " * 4
    assert not editor.has_terminal()


def test_a_file_that_is_gone_or_huge_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    work = editor.Workspace("web", "")
    work.write("x" * (editor.LIMIT + 1))
    with pytest.raises(XentuiError, match="longer"):
        work.read()
    work.path.unlink()
    with pytest.raises(XentuiError, match="cannot be read"):
        work.read()
    kept = work.keep()
    assert "/xentui-kept-" in kept
    work.close()
    assert list(tmp_path.iterdir()) == [Path(kept).parent]


async def test_what_the_store_refuses_is_edited_again(line: Line, desk: Desk) -> None:
    await web(line)
    await line.run("new", line.guest("db"))
    desk.edits, desk.answers = [('"web"', '"db"'), ('"db"', '"www"')], ["s", "e", "s"]
    assert await desk.run("edit", "web") == 0
    assert any("already" in note for note in line.notes)
    assert line.notes[-1] == "www: stored as version 2"
    desk.edits, desk.answers = [('"www"', '"db"')], ["s", "g"]
    assert await desk.run("edit", "www") == 1
    assert len(desk.kept) == 1
    assert await desk.run("edit", "www", "--console") == 2
    assert await desk.run("edit", "www", "--text", "/no/file") == 1


async def test_a_huge_file_is_refused_before_it_is_read(line: Line, desk: Desk, tmp_path: Path) -> None:
    await web(line)
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(1 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert await desk.run("edit", "web", "--text", str(tmp_path / "huge")) == 1
    assert any("longer than 1 MiB" in note for note in line.notes)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (64 << 10)


async def test_a_transient_domain_is_told_and_becomes_managed(line: Line, desk: Desk) -> None:
    await line.running("web")
    desk.edits, desk.answers = [("= 128", "= 128\non_crash = 'restart'")], ["s"]
    assert await desk.run("edit", "web") == 0
    assert "transient" in line.notes[0]
    assert (await line.hypervisor.inventory.find("web")).managed


async def test_diff_and_undo(line: Line) -> None:
    await web(line)
    assert await line.run("diff", "web") == 0
    assert line.out == []
    await line.run("mem-set", "web", "100")
    await line.run("mem-set", "web", "90")
    assert await line.run("diff", "web") == 0
    assert line.out[:2] == ["--- version 2", "+++ now"]
    assert "-memory = 100" in line.out
    await line.run("diff", "web", "1")
    assert line.out[:2] == ["--- version 1", "+++ now"]
    await line.run("diff", "web", "1", "2")
    assert line.out[:2] == ["--- version 1", "+++ version 2"]
    assert await line.run("diff", "web", "1", "2", "3") == 2
    assert await line.run("diff", "web", "0") == 2
    assert await line.run("undo", "web") == 0
    assert line.notes == ["web: version 2 is current again, as version 4"]


async def test_drift_is_shown_and_settled(line: Line) -> None:
    await web(line, "maxmem = 256\n")
    await line.run("start", "web")
    found = await line.hypervisor.inventory.find("web")
    await line.hypervisor.session.change(["xl", "mem-set", str(found.domid), "192m"], subject="web")
    assert await line.run("drift", "web") == 0
    assert line.out[0] == "running differs in memory: 128 MiB → 192 MiB"
    assert await line.run("drift", "web", "--take", "running") == 0
    assert line.notes == ["web: taken over: version 2 is current"]
    assert await line.run("drift", "web", "--write") == 0
    assert await line.run("drift", "web") == 0
    assert line.notes == ["web: nothing differs"]
    line.guest("web", "vcpus = 2\n")
    assert await line.run("drift", "web", "--take", "file") == 0
    assert "vcpus = 2" in await text(line)
    assert await line.run("drift", "web", "--take", "file", "--write") == 2


async def test_a_changed_file_is_not_written_over_unasked(line: Line) -> None:
    await web(line)
    path = line.guest("web", "vcpus = 2\n")
    theirs = Path(line.host.host_path(path)).read_text()
    assert await line.run("drift", "web", "--write") == 2
    assert "/etc/xen/web.cfg says now is lost" in line.notes[1]
    assert Path(line.host.host_path(path)).read_text() == theirs
    assert await line.run("drift", "web", "--write", "--yes") == 0
    assert "vcpus" not in Path(line.host.host_path(path)).read_text()


async def test_what_new_has_added_is_no_drift(line: Line) -> None:
    await line.run("new", line.guest("plain"))
    assert await line.run("drift", "plain") == 0
    assert any("uuid = " in said for said in line.out)
    assert line.notes[-1] == "plain: that is no drift: it was added when the file was stored"


async def test_a_transient_domain_is_compared_with_nothing(line: Line) -> None:
    await line.run("create", line.guest("temp"))
    assert await line.run("drift", "temp") == 1
    assert "temp: cannot compare: it is transient, nothing of it is stored" in line.notes[0]
    assert "`xentui edit temp` makes it managed" in line.notes[-1]
    assert await line.run("drift", "temp", "--take", "running") == 1
    assert line.notes[0].endswith(
        "temp: cannot take over what runs: it is transient, nothing of it is stored"
    )
    assert await line.run("drift", "Domain-0") == 1
    assert line.notes[0].endswith("Domain-0: cannot compare: it is Domain-0, the control domain")


async def test_bulk_set_shows_makes_and_undoes(line: Line) -> None:
    for name in ("a1", "a2"):
        await line.run("new", line.guest(name))
    await line.run("create", line.guest("temp"))
    line.hypervisor.session.dry_run = True
    assert await line.run("bulk-set", "on_crash", "restart", "a1", "a2") == 0
    assert line.out.count('+on_crash = "restart"') == 2
    assert len([said for said in line.out if said.startswith("# xentui-store put")]) == 2
    line.hypervisor.session.dry_run = False
    assert await line.run("bulk-set", "on_crash", "restart", "a1", "a2", "temp") == 1
    assert "a2: version 2" in line.notes
    assert any("temp: left out: it is transient" in note for note in line.notes)
    undo = re.search(r"bulk-undo (bulk-[-0-9a-f]+)", line.notes[-1])
    assert undo is not None
    assert await line.run("bulk-set", "on_crash", "restart", "a1") == 0, "so already is no failure"
    assert await line.run("bulk-undo", undo[1]) == 0
    assert line.notes == ["a1: version 3", "a2: version 3"]
    assert await line.run("bulk-undo", "nothing") == 2
    assert await line.run("bulk-remove", "ramdisk", "a1") == 0
    assert await line.run("bulk-set", "--bridge", "a", "b", "a1") == 0
    assert await line.run("bulk-set", "name", "x", "a1") == 2


async def test_parameters_and_domains_complete(line: Line) -> None:
    await web(line)

    class Host:
        async def domains(self) -> object:
            return (await line.hypervisor.inventory.poll()).domains

        async def paths(self, prefix: str) -> list[str]:
            return []

        def hosts(self) -> list[str]:
            return []

    async def found(*words: str) -> list[str]:
        return [item.text for item in await candidates(Vocabulary(verbs()), words, Host())]  # type: ignore[arg-type]

    assert "on_crash" in await found("bulk-set", "on_")
    assert await found("bulk-set", "on_crash", "restart", "") == ["web"]
    assert await found("drift", "web", "--take", "") == ["running", "file"]
    assert await found("undo", "") == ["web"]
