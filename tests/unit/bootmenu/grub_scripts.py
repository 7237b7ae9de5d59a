"""Generated grub.cfg files, of what GRUB's scripts can do: the titles of their entries tell what was done."""

from __future__ import annotations

import random

_NAMES = ("a", "b", "c", "_d1", "default_")
_TEXTS = (
    "x",
    "two words",
    "",
    "0",
    "1",
    "10",
    "9",
    "a>b",
    "$a",
    "#no",
    "it's",
    'q"q',
    "back\\slash",
    "{b}",
    "  pad ",
    "é",
)


class Generator:
    """Scripts by number: the same number gives the same script."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same scripts each time
        self._entries = 0
        self._functions: list[str] = []

    def script(self) -> str:
        """A whole grub.cfg, which has at least one entry."""
        lines = ["set pager=0", *self._block(3)]
        lines.append(f"menuentry {self._word(quoted=True)}-end --id last {{ true; }}")
        if self._random.random() < 0.6:
            lines.append(f"set default={self._default()}")
        lines.append("set timeout=-1")
        return "\n".join(lines) + "\n"

    def _default(self) -> str:
        return self._random.choice(
            ["1", "0x1", "last", "id2", "'id1>id2'", "1>0", "7", "nothing", '"2>id3"', "' 1'"]
        ).replace("1>0", "'1>0'")

    def _block(self, depth: int) -> list[str]:
        return [line for _ in range(self._random.randint(1, 5)) for line in self._statement(depth)]

    def _statement(self, depth: int) -> list[str]:
        kinds = ["set", "set", "entry", "entry", "unset", "plain"]
        if depth:
            kinds += ["if", "if", "for", "while", "function", "call", "submenu"]
        return getattr(self, f"_{self._random.choice(kinds)}")(depth)  # type: ignore[no-any-return]

    def _name(self) -> str:
        return self._random.choice(_NAMES)

    def _word(self, *, quoted: bool = False) -> str:
        made = ""
        for _ in range(self._random.randint(1, 3)):
            kind = self._random.choice(["'", '"', '"', "$", "plain"] if not quoted else ["'", '"'])
            if kind == "'":
                made += "'" + self._random.choice(_TEXTS).replace("'", "") + "'"
            elif kind == '"':
                text = self._random.choice(_TEXTS).replace("\\", "\\\\").replace('"', '\\"')
                behind = self._random.choice(["", f"${self._name()}", f"${{{self._name()}}}", "\\$a"])
                made += f'"{text}{behind}"'
            elif kind == "$":
                made += self._random.choice(["$", "${"]) + self._name()
                made += "}" if "{" in made[made.rindex("$") :] else ""
                made += "'.'"
            else:
                made += self._random.choice(["w", "x1", "-a", "a.b", "\\ ", "\\$", "k=v", "1"])
        return made

    def _set(self, _depth: int) -> list[str]:
        return [f"set {self._name()}={self._word()}"]

    def _plain(self, _depth: int) -> list[str]:
        return [f"{self._name()}={self._word()}"]

    def _unset(self, _depth: int) -> list[str]:
        return [f"unset {self._name()}"]

    def _entry(self, _depth: int) -> list[str]:
        self._entries += 1
        title = f'"{self._entries}:"{self._word()}"<${self._name()}><$1><$#><$?>"'
        options = self._random.choice(["", "--class x", "--unrestricted", f"--id id{self._entries}"])
        return [f"menuentry {title} {options} {{", "  true", "}"]

    def _submenu(self, depth: int) -> list[str]:
        self._entries += 1
        return [
            f"submenu 's{self._entries}' --id id{self._entries} {{",
            *self._entry(0),
            *self._block(depth - 1),
            "}",
        ]

    def _test(self) -> str:
        one, two = f'"${self._name()}"', self._word(quoted=True)
        return self._random.choice(
            [
                f"[ {one} = {two} ]",
                f"[ x{one} != x{two} ]",
                f"test -n {one}",
                f"[ -z {one} -a x = x ]",
                f"[ {one} -lt 5 ]",
                f"[ {one} -ge {two} -o -n {two} ]",
                f"[ ! {one} = {two} ]",
                f"[ ( {one} = {two} ) -o ( -z {two} ) ]",
                f"[ {one} < {two} ]".replace("<", "'<'"),
                "true",
                "false",
                "! true",
                f"[ {one} ]",
                f"[ {one} -pgt {two} ]",
            ]
        )

    def _if(self, depth: int) -> list[str]:
        lines = [f"if {self._test()}; then", *self._block(depth - 1)]
        if self._random.random() < 0.3:
            lines += [f"elif {self._test()}", "then", *self._block(depth - 1)]
        if self._random.random() < 0.5:
            lines += ["else", *self._block(depth - 1)]
        return [*lines, "fi"]

    def _for(self, depth: int) -> list[str]:
        words = " ".join(self._word() for _ in range(self._random.randint(1, 3)))
        leave = self._random.choice(
            [[], [], [f"if {self._test()}; then break; fi"], [f"if {self._test()}; then continue; fi"]]
        )
        return [f"for {self._name()} in {words}; do", *leave, *self._block(depth - 1), "done"]

    def _while(self, depth: int) -> list[str]:
        name = f"w{depth}{self._random.randint(0, 9)}"
        word = self._random.choice(["while", "until"])
        operator = "!=" if word == "while" else "="
        return [
            f"set {name}=",
            f'{word} [ "${name}" {operator} iii ]; do',
            *self._block(depth - 1),
            f"set {name}=i${name}",
            "done",
        ]

    def _function(self, depth: int) -> list[str]:
        if depth < 3:
            return self._set(depth)
        name = f"f{len(self._functions)}"
        body = self._block(0)
        leave = self._random.choice(
            [[], [f"if {self._test()}; then return {self._random.randint(0, 2)}; fi"], ["shift"]]
        )
        self._functions.append(name)
        return [f"function {name} {{", *leave, *body, "}"]

    def _call(self, _depth: int) -> list[str]:
        if not self._functions:
            return self._set(0)
        return [f"{self._random.choice(self._functions)} {self._word()} {self._word()}"]
