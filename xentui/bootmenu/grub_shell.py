"""GRUB's scripts run: control flow, variables and functions, within bounds (grub-core/script/execute.c)."""

from __future__ import annotations

from xentui.bootmenu.grub_parser import For, Function, GrubCommand, If, Loop, parse
from xentui.bootmenu.grub_words import expand
from xentui.bootmenu.limits import DEPTH, STEPS, VARIABLES, WORD, BootMenuError
from xentui.domuloader.tuples import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xentui.bootmenu.grub_lexer import Word
    from xentui.bootmenu.grub_parser import Statement

    Run = Callable[["GrubShell", "GrubCall"], int]

"""A command: returns its status, 0 for success."""


class GrubCall:
    """A command as it is called."""

    def __init__(self, words: list[str], command: GrubCommand) -> None:
        self.name = words[0]
        self.words = words[1:]
        self.block = command.block
        self.first, self.last = command.first, command.last


class BlockExit(Exception):  # noqa: N818 - no error, but a way out
    """``break``, ``continue`` and ``return`` on their way, or what leaves GRUB for good; ``levels`` of loops."""

    def __init__(self, kind: str, levels: int = 1) -> None:
        super().__init__(kind)
        self.kind, self.levels = kind, levels


class StepBudget:
    """How much more may be done."""

    def __init__(self, left: int) -> None:
        self.left = left


class GrubShell:
    """One run of scripts: what they set, and how much more they may do.

    ``commands`` are those there are besides functions; an unknown one fails, as in GRUB.  ``all_steps`` is shared by
    the runs of one menu, ``steps`` is what this one may do of it.
    """

    def __init__(
        self, commands: dict[str, Run], variables: dict[str, str], all_steps: StepBudget, steps: int = STEPS
    ) -> None:
        self.commands = commands
        self.variables = variables
        self.functions: dict[str, tuple[Statement, ...]] = {}
        self.parameters: list[str] | None = None
        """``$1`` and on; None outside of functions and entries, where GRUB knows not even ``$#``."""
        self.status = 0
        self.source = ""
        """The file that is run."""
        self.unknown: set[str] = set()
        """Commands that were called and are not known."""
        self._steps, self._all_steps = steps, all_steps
        self._depth = 0

    def inner(self, steps: int) -> GrubShell:
        """Return a shell that begins as this one is now, and changes nothing of it."""
        made = GrubShell(self.commands, dict(self.variables), self._all_steps, steps)
        made.functions = dict(self.functions)
        made.source = self.source
        made.unknown = self.unknown
        return made

    def run_text(self, text: str, source: str) -> int:
        """Run a file's text; raises BootMenuError where it cannot be read, or does too much."""
        script = parse(text)
        before, self.source = self.source, source
        try:
            return self.run(script)
        finally:
            self.source = before

    def run(self, script: Sequence[Statement]) -> int:
        """Run statements; returns the status of the last, 0 for none."""
        self._depth += 1
        if self._depth > DEPTH:
            raise BootMenuError(f"its scripts call each other more than {DEPTH} deep")
        try:
            status = 0
            for statement in script:
                status = self.status = self._statement(statement)
            return status
        finally:
            self._depth -= 1

    def call(self, name: str, arguments: list[str]) -> int:
        """Call a function that is known."""
        before, self.parameters = self.parameters, arguments
        try:
            return self.run(self.functions[name])
        except BlockExit as leave:
            if leave.kind != "return":
                raise
            return self.status
        finally:
            self.parameters = before

    def set(self, name: str, value: str) -> None:
        """Set a variable; raises BootMenuError beyond the bounds."""
        if len(value) > WORD:
            raise BootMenuError(f"the value of {name[:40]} has more than {WORD} characters")
        if name not in self.variables and len(self.variables) >= VARIABLES:
            raise BootMenuError(f"it sets more than {VARIABLES} variables")
        self.variables[name] = value

    def values(self, name: str) -> Sequence[str]:
        """Return what a variable stands for."""
        given = self.parameters
        if name in ("@", "*"):
            return given or ()
        if name == "#":
            return ("" if given is None else str(len(given)),)
        if name == "?":
            return (str(self.status),)
        if name.isdigit():
            number = int(name[:4])
            return (given[number - 1] if given and 0 < number <= len(given) else "",)
        return (self.variables.get(name, ""),)

    def words(self, words: Sequence[Word]) -> list[str]:
        """Words with their variables replaced."""
        return expand(words, self.values)

    # Statements

    def spend(self, steps: int, line: int = 0) -> None:
        """Count steps; raises BootMenuError where there are no more."""
        self._steps -= steps
        self._all_steps.left -= steps
        if self._steps < 0 or self._all_steps.left < 0:
            raise BootMenuError("its scripts run in an endless loop", line)

    def _statement(self, statement: Statement) -> int:
        if isinstance(statement, GrubCommand):
            return self._command(statement)
        self.spend(1)
        if isinstance(statement, If):
            return self._if(statement)
        if isinstance(statement, Loop):
            return self._loop(statement)
        if isinstance(statement, For):
            return self._for(statement)
        assert isinstance(statement, Function)  # noqa: S101 - there are no others
        if len(self.functions) >= VARIABLES:
            raise BootMenuError(f"it has more than {VARIABLES} functions")
        self.functions[statement.name] = statement.body
        return 0

    def _command(self, command: GrubCommand) -> int:
        words = self.words(command.words)
        self.spend(1 + sum(map(len, words)) // 1024, command.first)
        if not words:
            return 0
        negate = words[0] == "!"
        if negate:
            words = words[1:]
            if not words:
                return 1
        status = self._named(GrubCall(words, command))
        return int(status == 0) if negate else status

    def _named(self, call: GrubCall) -> int:
        if call.name in self.functions:
            return self.call(call.name, call.words)
        if call.name in self.commands:
            return self.commands[call.name](self, call)
        name, equals, value = call.name.partition("=")
        if equals and name:
            self.set(name, value)
            return 0
        if len(self.unknown) < VARIABLES:
            self.unknown.add(call.name[:40])
        return 1

    def _if(self, statement: If) -> int:
        for asked, then in statement.branches:
            if self.run(asked) == 0:
                return self.run(then)
        return self.run(statement.otherwise) if statement.otherwise else 0

    def _loop(self, loop: Loop) -> int:
        while True:
            status = self.run(loop.condition)
            if (status == 0) == loop.negated:
                return status
            self.spend(1)
            try:
                self.run(loop.body)
            except BlockExit as leave:
                if self._leaves(leave):
                    return self.status

    def _for(self, loop: For) -> int:
        status = 0
        for value in self.words(loop.words):
            self.spend(1)
            self.set(loop.name, value)
            try:
                status = self.run(loop.body)
            except BlockExit as leave:
                if self._leaves(leave):
                    break
        return status

    @staticmethod
    def _leaves(leave: BlockExit) -> bool:
        """Return whether a loop is left; False where its next turn follows."""
        if leave.kind not in ("break", "continue"):
            raise leave
        if leave.levels > 1:
            raise BlockExit(leave.kind, leave.levels - 1)
        return leave.kind == "break"
