"""The menu a grub.cfg makes: its scripts are run, and each entry's, as GRUB 2 does (grub-core/normal)."""

from __future__ import annotations

from xentui.bootmenu.files import Counted, Files, text_of
from xentui.bootmenu.grub_commands import commands, place
from xentui.bootmenu.grub_shell import BlockExit, GrubCall, GrubShell, StepBudget
from xentui.bootmenu.grub_test import number
from xentui.bootmenu.limits import ALL_STEPS, DEPTH, ENTRIES, ENTRY_STEPS, INITRDS, NOTES, WORD, BootMenuError
from xentui.bootmenu.menu import Menu, MenuEntry
from xentui.domuloader.tuples import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xentui.bootmenu.grub_parser import Statement

_KERNELS = (
    "linux", "linux16", "linuxefi", "multiboot", "multiboot2", "xen_hypervisor", "chainloader", "kfreebsd",
    "kopenbsd", "knetbsd", "ntldr", "plan9", "freedos",
)  # fmt: skip
_MODULES = ("initrd", "initrd16", "initrdefi", "module", "module2", "xen_module", "xen_linux", "xen_initrd")
_ENDS = ("fwsetup", "halt", "reboot", "exit")
_WITH_WORD = ("--class", "--users", "--hotkey", "--id", "--source")
_LEFT = "left"
"""How a script ends that boots, or leaves GRUB otherwise: nothing of it is run any more."""
_FEATURES = (
    "chainloader_bpb", "ntldr", "platform_search_hint", "default_font_path", "all_video_module", "menuentry_id",
    "menuentry_options", "200_final", "nativedisk_cmd", "timeout_style",
)  # fmt: skip


class Pending(NamedTuple):
    """An entry as it is met: what it does is looked at when all is read."""

    title: str
    ident: str
    parameters: list[str]
    body: tuple[Statement, ...] | None
    """None for one whose fields are there already: ``entry``."""
    entry: MenuEntry | None
    submenu: bool
    source: str
    first: int
    last: int


class _Level(NamedTuple):
    """The submenus one is in: their titles, and their numbers."""

    titles: tuple[str, ...]
    position: tuple[int, ...]


class _Loaded:
    """What an entry loads."""

    def __init__(self) -> None:
        self.loader = self.kernel = self.args = self.device = ""
        self.initrd: list[str] = []


class _Replaced(Exception):  # noqa: N818 - no error, but a way out
    """Another file's menu takes this one's place (``configfile``)."""

    def __init__(self, device: str, path: str) -> None:
        super().__init__(path)
        self.device, self.path = device, path


def read_menu(files: Files, device: str, path: str) -> Menu:
    """Return the menu of a grub.cfg.

    Raises BootMenuError where there is none: the file is missing, is not a script, or does too much.
    """
    return _Maker(files).menu(device, path)


class _Maker:
    def __init__(self, files: Files) -> None:
        self._files = Counted(files)
        self._pending: list[Pending] = []
        self._loaded = _Loaded()
        self._count = 0
        self._notes: list[str] = []

    def menu(self, device: str, path: str, *, replaced: int = 0) -> Menu:
        """Run a file, and what it names in its place."""
        data = self._files.read(device, path)
        if data is None:
            raise BootMenuError(f"{path} cannot be read")
        shell = self._shell(device, path)
        try:
            shell.run_text(text_of(data), path)
        except _Replaced as other:
            if replaced >= DEPTH:
                raise BootMenuError("its files include each other in an endless loop") from None
            return self.menu(other.device, other.path, replaced=replaced + 1)
        except BlockExit as left:
            if left.kind == _LEFT:
                entry = _with_loaded(MenuEntry("(boots at once, without a menu)", source=path), self._loaded)
                return Menu("grub2", path, (entry,), 0, 0.0, tuple(self._notes))
        except BootMenuError as error:
            # GRUB shows what it has met up to there.
            if not self._pending:
                raise
            self._note(f"line {error.line}: {error}" if error.line else str(error))
        return self._finished(shell, path)

    def _shell(self, device: str, path: str) -> GrubShell:
        variables = {f"feature_{name}": "y" for name in _FEATURES}
        variables["grub_platform"], variables["grub_cpu"] = "xen", "x86_64"
        variables["root"] = device
        variables["prefix"] = f"({device}){path.rpartition('/')[0]}" if device else path.rpartition("/")[0]
        variables["menuentry_id_option"] = "--id"
        known = commands(self._files)
        known.update(dict.fromkeys(("menuentry", "submenu"), self._entry))
        known.update(dict.fromkeys(_KERNELS, self._kernel))
        known.update(dict.fromkeys(_MODULES, self._module))
        known.update(dict.fromkeys(_ENDS, self._end))
        known.update({"configfile": self._configfile, "boot": self._boot, "blscfg": self._blscfg})
        return GrubShell(known, variables, StepBudget(ALL_STEPS))

    def _finished(self, shell: GrubShell, path: str) -> Menu:
        wanted = shell.variables.get("default", "")
        entries: list[MenuEntry] = []
        chosen = self._listed(shell, self._pending, _Level((), ()), wanted, entries)
        if not entries:
            raise BootMenuError(f"{path} has no entries")
        default = entries.index(chosen) if chosen is not None else -1
        timeout = _timeout(shell.variables.get("timeout"))
        if "blscfg" in shell.unknown:
            self._note("it uses BLS entries, which this loader does not know")
        return Menu(
            "grub2",
            path,
            tuple(entries),
            default,
            timeout,
            tuple(self._notes),
            bool(shell.variables.get("boot_once")),
        )

    def _listed(
        self,
        shell: GrubShell,
        pending: Sequence[Pending],
        level: _Level,
        wanted: str,
        entries: list[MenuEntry],
    ) -> MenuEntry | None:
        """Look at entries, those of submenus in their place; returns the one that is booted by default."""
        chosen, rest = _chosen(pending, wanted)
        default: MenuEntry | None = None
        for index, each in enumerate(pending):
            at = (*level.position, index)
            if len(entries) >= ENTRIES:
                self._note(f"it has more than {ENTRIES} entries")
                break
            if each.submenu:
                inner = self._submenu(shell, each, _Level((*level.titles, each.title), at), rest, entries)
                if index == chosen:
                    default = inner
                continue
            entry = each.entry or self._looked_at(shell, each)
            entries.append(entry._replace(submenu=level.titles, position=at))
            if index == chosen:
                default = entries[-1]
        return default

    def _looked_at(self, shell: GrubShell, pending: Pending) -> MenuEntry:
        """Return what an entry would boot."""
        self._loaded = _Loaded()
        self._run(shell.inner(ENTRY_STEPS), pending)
        entry = MenuEntry(
            pending.title, ident=pending.ident, source=pending.source, first=pending.first, last=pending.last
        )
        return _with_loaded(entry, self._loaded)

    def _submenu(
        self,
        shell: GrubShell,
        pending: Pending,
        level: _Level,
        wanted: str,
        entries: list[MenuEntry],
    ) -> MenuEntry | None:
        if len(level.titles) > DEPTH:
            self._note(f"its submenus are more than {DEPTH} deep")
            return None
        before, self._pending = self._pending, []
        inner = shell.inner(ENTRY_STEPS * 10)
        inner.variables["default"] = wanted
        self._run(inner, pending)
        found, self._pending = self._pending, before
        return self._listed(inner, found, level, inner.variables.get("default", ""), entries)

    def _run(self, shell: GrubShell, pending: Pending) -> None:
        shell.parameters = pending.parameters
        shell.source = pending.source
        shell.variables["chosen"] = pending.title
        try:
            shell.run(pending.body or ())
        except (_Replaced, BlockExit):
            pass
        except BootMenuError as error:
            self._note(f"{pending.title[:40]}: {error}")

    def _note(self, sentence: str) -> None:
        if len(self._notes) < NOTES:
            self._notes.append(sentence)

    # Commands that make a menu

    def _entry(self, shell: GrubShell, call: GrubCall) -> int:
        if call.block is None and "--source" not in call.words:
            return 1
        self._count += 1
        if self._count > ENTRIES * 2:
            raise BootMenuError(f"it has more than {ENTRIES} entries", call.first)
        words, ident = list(call.words), ""
        titles: list[str] = []
        while words:
            word = words.pop(0)
            if word in _WITH_WORD and words:
                value = words.pop(0)
                ident = value if word == "--id" else ident
            elif word.startswith("--id="):
                ident = word[len("--id=") :]
            elif not word.startswith("--") or titles:
                titles.append(word)
        if not titles:
            return 1
        self._pending.append(
            Pending(
                titles[0], ident or titles[0], titles[1:], call.block or (), None, call.name == "submenu",
                shell.source, call.first, call.last,
            )
        )  # fmt: skip
        return 0

    def _kernel(self, shell: GrubShell, call: GrubCall) -> int:
        words = call.words
        if call.name == "chainloader":
            words = [word for word in words if not word.startswith("--")]
        loaded = self._loads(call)
        if words:
            loaded.device, loaded.kernel = place(shell, words[0])
            loaded.args = " ".join(words[1:])[:WORD]
        return 0

    def _loads(self, call: GrubCall) -> _Loaded:
        """Forget what was loaded for what a command loads, which is returned to be told."""
        self._loaded = _Loaded()
        self._loaded.loader = call.name
        return self._loaded

    def _module(self, shell: GrubShell, call: GrubCall) -> int:
        words = [word for word in call.words if word != "--nounzip"]
        if call.name.startswith("initrd"):
            self._loaded.initrd = [place(shell, word)[1] for word in words]
        elif words:
            self._loaded.initrd.append(place(shell, words[0])[1])
        if len(self._loaded.initrd) > INITRDS:
            del self._loaded.initrd[INITRDS:]
            raise BootMenuError(f"it loads more than {INITRDS} files", call.first)
        return 0

    def _end(self, _shell: GrubShell, call: GrubCall) -> int:
        self._loads(call)
        raise BlockExit(_LEFT)

    def _boot(self, _shell: GrubShell, _call: GrubCall) -> int:
        if self._loaded.loader:
            raise BlockExit(_LEFT)
        return 1

    def _configfile(self, shell: GrubShell, call: GrubCall) -> int:
        if not call.words:
            return 1
        device, path = place(shell, call.words[0])
        if self._files.read(device, path) is None:
            return 1
        if not self._loaded.loader:
            self._loaded.loader, self._loaded.kernel, self._loaded.device = "configfile", path, device
        raise _Replaced(device, path)

    def _blscfg(self, shell: GrubShell, _call: GrubCall) -> int:
        from xentui.bootmenu import bls  # few menus have such files

        for entry in bls.entries(self._files, shell.variables.get("root", ""), shell.variables):
            self._pending.append(
                Pending(
                    entry.title, entry.ident, [], None, entry, False, entry.source, entry.first, entry.last
                )
            )
        return 0


def _with_loaded(entry: MenuEntry, loaded: _Loaded) -> MenuEntry:
    return entry._replace(
        loader=loaded.loader,
        kernel=loaded.kernel,
        initrd=tuple(loaded.initrd),
        args=loaded.args,
        device=loaded.device,
    )


def _timeout(text: str | None) -> float | None:
    """Return seconds until the default boots; None where GRUB waits for ever."""
    seconds = _unsigned(text or "")
    return None if seconds is None else float(min(seconds, 1 << 20))


def _unsigned(text: str) -> int | None:
    """Return the number a text begins with; None for none, and for one with a sign (``grub_strtoul``)."""
    return None if text.lstrip()[:1] in ("+", "-") else number(text)


def _chosen(pending: Sequence[Pending], wanted: str) -> tuple[int, str]:
    """Return the number of the entry that ``default`` names, and what it says of the submenu there (menu.c)."""
    here, rest = _cut(wanted)
    chosen = _unsigned(wanted)
    if chosen is None:
        chosen = next((index for index, each in enumerate(pending) if here in (each.title, each.ident)), 0)
    return (chosen if chosen < len(pending) else 0), rest


def _cut(wanted: str) -> tuple[str, str]:
    """Return what stands before the first single ``>``, where ``>>`` is a ``>`` of a title, and what stands behind."""
    made, at = [], 0
    while at < len(wanted):
        if wanted.startswith(">>", at):
            made.append(">")
            at += 2
        elif wanted[at] == ">":
            return "".join(made), wanted[at + 1 :]
        else:
            made.append(wanted[at])
            at += 1
    return "".join(made), ""
