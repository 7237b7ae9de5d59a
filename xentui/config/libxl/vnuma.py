"""``vnuma`` as libxl's JSON writes it: the nodes a guest is divided into (xl_parse.c of Xen 4.17)."""

from __future__ import annotations

from typing import NoReturn

from xentui.config.libxl.devices import Json
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.shared import C_SPACES, two_parts
from xentui.config.numbers import c_int, c_strtoul
from xentui.config.refusal import printable
from xentui.config.syntax import List, Scalar, Value

_ULONG = 1 << 64
_UINT32 = 1 << 32
_MANY = 1 << 20
"""No range of virtual CPUs is so long; xl would count for hours."""
_HINT = "Write [ 'pnode=0', 'size=MEBIBYTES', 'vcpus=0-1', 'vdistances=10,20' ] for each node."


def nodes(reader: Reader, b_info: Json, vcpus: int, host_cpus: int, host_nodes: int) -> int:
    """Fill in ``vnuma_nodes``, with ``max_memkb`` and ``numa_placement`` as they follow; the ``maxvcpus`` of it all.

    ``vcpus`` is the ``maxvcpus`` that was set, 0 for none.  Raises RefusedError for what xl refuses.
    """
    items = reader.list("vnuma", warn=False)
    if not items:
        return vcpus
    bits = ((vcpus if vcpus > 0 else host_cpus) + 7) // 8 * 8
    read = [_Node(reader, len(items), bits, host_nodes) for _ in items]
    for node, item in zip(read, items, strict=True):
        node.read(item)
    if any(node.placed for node in read):
        b_info["numa_placement"] = "False"
    total = sum(node.vcpus for node in read)
    if vcpus and vcpus % _ULONG != total:
        reader.refuse(
            f"the nodes of vnuma have {total} virtual CPUs, and maxvcpus is {vcpus}",
            "xl: vnuma vcpus and maxvcpus= mismatch",
            key="vnuma",
            hint="Make maxvcpus the number of all virtual CPUs of vnuma.",
        )
    if not vcpus and host_cpus < total:
        reader.refuse(
            "vnuma has more virtual CPUs than the host has processors",
            "xl: vnuma specifies more vcpus than pcpus, use maxvcpus= to override this check.",
            key="vnuma",
            hint=f"Add maxvcpus = {total} if that is intended.",
        )
    memory = sum(node.sizes for node in read) % _ULONG
    if b_info.get("max_memkb") not in (None, memory):
        reader.refuse(
            f"the nodes of vnuma have {memory // 1024} MiB, but maxmem is different",
            "xl: maxmem and vnuma memory size mismatch",
            key="vnuma",
            hint="Make maxmem the memory of all nodes, or leave it out.",
        )
    b_info["max_memkb"] = memory
    b_info["vnuma_nodes"] = [node.json() for node in read]
    return vcpus or c_int(total)


class _Node:
    """One node, read option by option."""

    def __init__(self, reader: Reader, count: int, bits: int, host_nodes: int) -> None:
        self._reader = reader
        self._bits = bits
        self._host_nodes = host_nodes
        self._distances = [0] * count
        self._pnode = 0
        self._cpus: set[int] = set()
        self.placed = False
        self.memory: int | None = None
        self.sizes = 0
        self.vcpus = 0

    def read(self, item: Value) -> None:
        if not isinstance(item, List):
            self._reader.warn(f"{self._reader.document.source}:{item.line}:0: warning: value is not a list")
            self._refuse(item, "a node of vnuma is not a list", "xl: cannot get vnode config option list")
        for option in item.items:
            if isinstance(option, Scalar):
                self._option(option)

    def _option(self, option: Scalar) -> None:
        pair = two_parts(option.text, "=")
        if pair is None:
            problem = f"'{printable(option.text)}' in vnuma is not KEY=VALUE"
            self._refuse(option, problem, f'xl: failed to split "{option.text}" into pair')
        key, value = (part.strip(C_SPACES) for part in pair)
        if key == "pnode":
            number = self._number(option, value)
            if number >= self._host_nodes:
                problem = f"the host has no NUMA node {number}"
                self._refuse(option, problem, f"xl: invalid pnode number: {number}")
            self._pnode, self.placed = number, True
        elif key == "size":
            self.memory = (self._number(option, value) << 10) % _ULONG
            self.sizes += self.memory
        elif key == "vcpus":
            for piece in self._pieces(option, value):
                self._range(option, piece)
        elif key == "vdistances":
            for index, piece in enumerate(self._pieces(option, value)):
                self._distance(option, index, self._number(option, piece))

    def _distance(self, option: Scalar, index: int, number: int) -> None:
        """Keep a distance.  xl writes those it has no node for behind the others, and over what lies there."""
        count = len(self._distances)
        if index < count:
            self._distances[index] = number % _UINT32
        elif 4 * index >= max(24, (4 * count + 23) // 16 * 16 - 8):
            problem = "a node of vnuma has far more distances than there are nodes"
            self._reader.crash(problem, key="vnuma", at=option, hint=_HINT)

    def _pieces(self, option: Scalar, value: str) -> list[str]:
        pieces = [piece for piece in value.split(",") if piece]
        if not pieces:
            self._reader.crash("a list in vnuma is empty", key="vnuma", at=option, hint=_HINT)
        return pieces

    def _range(self, option: Scalar, text: str) -> None:
        first, end = c_strtoul(text)
        last = first
        if end and text[end : end + 1] == "-":
            last = c_strtoul(text, 10, end + 1)[0]
        if last - first >= _MANY:
            self._refuse(option, f"'{printable(text)}' in vnuma is too large a range of virtual CPUs", "")
        span = range(first, last + 1)
        self.vcpus += len(span)
        self._cpus.update(range(min(first, self._bits), min(last + 1, self._bits)))

    def _number(self, option: Scalar, text: str) -> int:
        number, end = c_strtoul(text)
        if not end or number == _ULONG - 1:
            problem = f"'{printable(text)}' in vnuma is not a number"
            self._refuse(option, problem, f'xl: failed to convert "{text}" to number')
        return number

    def json(self) -> Json:
        """Return the node in libxl's order."""
        json: Json = {"memkb": self.memory, "distances": self._distances, "pnode": self._pnode}
        json["vcpus"] = sorted(self._cpus)
        return {key: value for key, value in json.items() if value or (key == "memkb" and value is not None)}

    def _refuse(self, at: Value, problem: str, words: str) -> NoReturn:
        self._reader.refuse(problem, words, key="vnuma", at=at, hint=_HINT)
