"""``cpuid`` as libxl's JSON writes it: a policy for each leaf (libxl_cpuid.c of Xen 4.17).

xl refuses nothing here: what it cannot read it tells of, and goes on without.
"""

from __future__ import annotations

from collections.abc import Iterator

from xentui.config.libxl.cpuid_features import MSR, features
from xentui.config.libxl.devices import Json
from xentui.config.libxl.reader import Reader
from xentui.config.numbers import c_strtoul

_ANY = "x" * 32
_ANY_MSR = "x" * 64
_UINT32 = 1 << 32
_NO_LEAF = _NO_SUBLEAF = _UINT32 - 1
_REGISTERS = ("eax", "ebx", "ecx", "edx")
_OF_LIST = {
    1: "illegal leaf number",
    2: "illegal subleaf number",
    3: "missing colon",
    4: "invalid register name (must be e[abcd]x)",
    5: "policy string must be exactly 32 characters long",
}
_OF_TEXT = {
    1: 'missing "=" in key=value',
    2: "unknown CPUID flag name",
    3: "illegal CPUID value (must be: [0|1|x|k|s])",
}


class _Policy:
    """What was asked for so far."""

    def __init__(self) -> None:
        self.leaves: dict[tuple[int, int], dict[str, str]] = {}
        self.msrs: dict[int, str] = {}

    def json(self) -> Json | None:
        if not self.leaves and not self.msrs:
            return None
        leaves: list[Json] = []
        for (leaf, subleaf), registers in self.leaves.items():
            json: Json = {"leaf": leaf, **({} if subleaf == _NO_SUBLEAF else {"subleaf": subleaf})}
            leaves.append({**json, **{name: registers[name] for name in _REGISTERS if name in registers}})
        msrs: list[Json] = [{"index": index, "policy": text} for index, text in self.msrs.items()]
        return {"cpuid": leaves, "msr": msrs} if leaves or msrs else None


def policy(reader: Reader) -> Json | None:
    """Return the ``cpuid`` of a build, None for none."""
    made = _Policy()
    if (items := reader.scalars("cpuid", warn=False)) is not None:
        for item in items:
            if error := _line(made, item.text):
                reader.warn(f'while parsing CPUID line: "{item.text}":\n  error #{error}: {_OF_LIST[error]}')
    elif (text := reader.string("cpuid")) is not None:
        words = [word for word in text.split(",") if word]
        if words and words[0] != "host":
            reader.warn(f'while parsing CPUID string: "{text}":\n  error: first word must be "host"')
            return None
        for word in words[1:]:
            if error := _word(made, word):
                reader.warn(f'while parsing CPUID flag: "{word}":\n  error #{error}: {_OF_TEXT[error]}')
    return made.json()


def _word(made: _Policy, word: str) -> int:
    """Take ``NAME=VALUE``; the number of xl's complaint, 0 for none."""
    name, equals, value = word.partition("=")
    if not equals:
        return 1
    field = features().get(name)
    if field is None:
        return 2
    leaf, subleaf, register, bit, length = field
    if register == MSR:
        text = made.msrs.setdefault(leaf, _ANY_MSR)
        if len(value) != 1 or value not in "01xks":
            return 3
        made.msrs[leaf] = _placed(text, bit, "k" if value == "s" else value)
        return 0
    registers = made.leaves.setdefault((leaf, _NO_SUBLEAF if subleaf is None else subleaf), {})
    number, end = c_strtoul(value, 0)
    if end:
        bits = format(number % (1 << length), f"0{length}b")
    elif value[:1] and value[0] in "xks":
        bits = value[0] * length
    else:
        return 3
    text = registers.get(register, _ANY)
    for place, piece in _pieces(name, bit, bits, number):
        text = _placed(text, place, piece)
    registers[register] = text
    return 0


def _pieces(name: str, bit: int, bits: str, number: int) -> Iterator[tuple[int, str]]:
    """Lowest bit and text of what a value is written to: family and model are in two places each."""
    if name == "family" and number < 16:
        yield bit, bits[4:]
        yield 20, "0" * 8
    elif name == "family":
        yield bit, "1" * 4
        # xl writes seven of the eight bits anew; the first stays that of the number as given.
        yield 20, bits[0] + format((number - 15) % (1 << 7), "07b")
    elif name == "model":
        yield 16, bits[:4]
        yield bit, bits[4:]
    else:
        yield bit, bits


def _placed(text: str, bit: int, piece: str) -> str:
    """Return the text with a piece whose last character stands for ``bit``."""
    end = len(text) - bit
    return text[: end - len(piece)] + piece + text[end:]


def _line(made: _Policy, text: str) -> int:
    """Take xend's ``LEAF[,SUBLEAF]:REGISTER=POLICY,…``; the number of xl's complaint, 0 for none."""
    leaf, end = c_strtoul(text, 0)
    if not end:
        return 1
    subleaf = _NO_SUBLEAF
    if text[end : end + 1] == ",":
        start = end + 1
        subleaf, end = c_strtoul(text, 0, start)
        if end == start:
            return 2
    if text[end : end + 1] != ":":
        return 3
    key = (leaf % _UINT32, subleaf % _UINT32)
    # The leaf with all bits set ends libxl's list: the next entry takes its place.
    registers = {} if key[0] == _NO_LEAF else made.leaves.setdefault(key, {})
    rest = text[end + 1 :]
    while rest:
        name, equals, after = rest.partition("=")
        if rest[:1] != "e" or rest[2:3] != "x" or not equals or rest[1] not in "abcd":
            return 4
        value, comma, rest = after.partition(",")
        if len(value.encode()) != len(_ANY):
            return 5
        registers[f"e{name[1]}x"] = value
        if not comma:
            break
        rest = rest.lstrip(" \n")
    return 0
