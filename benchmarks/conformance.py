"""The terminal emulator under esctest2, Thomas Dickey's conformance tests, which are not part of this project.

Run as ``python -m benchmarks.conformance PATH``, the path of a checkout of https://github.com/ThomasDickey/esctest2
(GPL-2: it is run here, never copied); ``-v`` tells why tests fail.  Exits 1 where the limit is missed: 215 passed of
the 251 core tests, or the same share of those a checkout has.

The tests run in this process, each on a fresh emulator: what they write is fed to it, what they read are its
answers, and an answer that is missing fails a test at once.  The emulator answers neither checksums of rectangles
nor sizes of windows, as no guest may ask that; the harness does, from the emulator's cells.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xentui.terminal import Emulator

COLUMNS, LINES = 80, 25
"""What esctest2 resizes a terminal to before each test."""
CELL_WIDTH, CELL_HEIGHT = 8, 16
LIMIT, CORE_TESTS = 215, 251
_CHECKSUM = 1000
"""Of an xterm new enough to sum up characters as they are."""
_CORE = (
    "ANSIRC APC BS CBT CHA CHT CNL CPL CR CUB CUD CUF CUP CUU DA2 DA DCH DCS DECALN DECDSR DECID DECRC DECSED "
    "DECSEL DECSET DECSTBM DECSTR DL ECH ED EL FF HPA HPR HTS HVP ICH IL IND LF NEL PM REP RIS RI RM SD SM SOS SU "
    "TBC VPA VPR VT"
)
"""Functions of VT100 to VT220 and xterm that guests use; not colours, rectangles, columns and other VT420 business,
reports of modes, titles, window operations."""
CORE = frozenset(_CORE.split(" "))
_QUERY = re.compile(
    r"(?:\x1b\[|\x9b)(?:(?P<id>\d+);\d*(?:;(?P<rectangle>\d+;\d+;\d+;\d+))?\*y|(?P<window>1[4-9](?:;\d+)?)t)"
)


class Harness:
    """Stands for the terminal: esctest2's ``escio`` writes to it and reads from it."""

    def __init__(self, encode: Callable[[str], bytes]) -> None:
        self._encode = encode
        self.reset()

    def reset(self) -> None:
        """Begin with a fresh emulator."""
        self.emulator = Emulator(COLUMNS, LINES, history=100)
        self._answers = ""

    def write(self, text: str, sideChannelOk: bool = True) -> None:  # noqa: N803 - as esctest2 names it
        """Feed what a test writes, and answer what only the harness does."""
        del sideChannelOk
        at = 0
        for query in _QUERY.finditer(text):
            self._feed(text[at : query.start()])
            at = query.end()
            self._answers += self._answer(query)
        self._feed(text[at:])

    def read(self, count: int) -> str:
        """The next characters of the answers."""
        if len(self._answers) < count:
            raise EOFError("no answer")
        taken, self._answers = self._answers[:count], self._answers[count:]
        return taken

    def _feed(self, text: str) -> None:
        self.emulator.feed(self._encode(text))
        self._answers += self.emulator.replies().decode("latin-1")

    def _answer(self, query: re.Match[str]) -> str:
        columns, lines = self.emulator.columns, self.emulator.lines
        if query["id"]:
            rectangle = query["rectangle"] or f"1;1;{lines};{columns}"
            top, left, bottom, right = map(int, rectangle.split(";"))
            return f"\x1bP{query['id']}!~{self._checksum(top, left, bottom, right):04X}\x1b\\"
        pixels = f"{lines * CELL_HEIGHT};{columns * CELL_WIDTH}"
        answers = {
            "14": f"4;{pixels}",
            "15": f"5;{pixels}",
            "16": f"6;{CELL_HEIGHT};{CELL_WIDTH}",
            "18": f"8;{lines};{columns}",
            "19": f"9;{lines};{columns}",
        }
        answer = answers.get(query["window"].partition(";")[0])
        return f"\x1b[{answer}t" if answer else ""

    def _checksum(self, top: int, left: int, bottom: int, right: int) -> int:
        total = 0
        for line in range(max(top, 1), min(bottom, self.emulator.lines) + 1):
            for column in range(max(left, 1), min(right, self.emulator.columns) + 1):
                total += sum(map(ord, self.emulator.cell(line - 1, column - 1).text or " "))
        return total & 0xFFFF


@dataclass
class Count:
    """How tests ended."""

    passed: int = 0
    known: int = 0
    failed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All that were run."""
        return self.passed + self.known + len(self.failed)

    def __str__(self) -> str:
        return f"{self.passed:4} passed {self.known:4} known failures {len(self.failed):4} failed of {self.total}"


class Suite:
    """A checkout of esctest2, its modules read, and a harness in the place of its terminal."""

    def __init__(self, checkout: Path) -> None:
        folder = next(
            (each for each in (checkout / "esctest", checkout) if (each / "escio.py").is_file()), None
        )
        if folder is None:
            raise SystemExit(f"{checkout} is no checkout of esctest2")
        sys.path.insert(0, str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]  # this project's
        arguments: Any = importlib.import_module("escargs")
        words = ["--expected-terminal", "xterm", "--max-vt-level", "4", "--logfile", os.devnull, "--v", "0"]
        arguments.args = arguments.parser.parse_args(words)
        arguments.args.xterm_checksum = _CHECKSUM
        level: Any = importlib.import_module("esc")
        level.vtLevel = arguments.args.max_vt_level
        self._io: Any = importlib.import_module("escio")
        self._types: Any = importlib.import_module("esctypes")
        importlib.import_module("esccmd")  # it and escutil import each other, and only this order works
        self._util: Any = importlib.import_module("escutil")
        self.harness = Harness(importlib.import_module("escoding").to_binary)
        vars(self._io).update(Write=self.harness.write, read=self.harness.read)
        self._classes: list[Any] = importlib.import_module("tests").tests

    def tests(self) -> Iterator[tuple[str, str, Callable[[], object]]]:
        """Group, name and method of each test."""
        for made in self._classes:
            group = made.__name__.removesuffix("Tests")
            for name, method in inspect.getmembers(made(), inspect.ismethod):
                if name.startswith("test_"):
                    yield group, name, method

    def run(self, method: Callable[[], object]) -> str | None:
        """Run one test: "" where it passes, None for a known failure, else what went wrong."""
        self.harness.reset()
        self._io.use8BitControls = False
        self._util.gHaveAsserted = False
        try:
            method()
            self._util.AssertAssertionAsserted()
        except (self._types.KnownBug, self._types.InsufficientVTLevel):
            return None
        except Exception as error:  # noqa: BLE001 - whatever a test raises is its failure
            return f"{type(error).__name__}: {error}"
        return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conformance")
    parser.add_argument("checkout", type=Path, help="where esctest2 is")
    parser.add_argument("-v", action="store_true", help="tell why tests fail")
    options = parser.parse_args()
    suite = Suite(options.checkout)
    every, core = Count(), Count()
    for group, name, method in suite.tests():
        outcome = suite.run(method)
        for count in (every, core) if group in CORE else (every,):
            count.passed += outcome == ""
            count.known += outcome is None
            if outcome:
                count.failed.append(f"{group}.{name}: {outcome}")
    print(f"all   {every}\ncore  {core}; limit {LIMIT} of {CORE_TESTS}")
    if options.v:
        print("\n".join(core.failed))
    return int(not core.total or core.passed / core.total < LIMIT / CORE_TESTS)


if __name__ == "__main__":
    sys.exit(main())
