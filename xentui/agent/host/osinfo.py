"""What osinfo-db tells of systems: the least and the usual memory, processors and room (data/schema/osinfo.rng there).

The files are data of a package, and an admin may add some; they are read as if somebody else had written them: no
document type, no entities, and bounds on files, bytes, elements and depth.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, List
from xml.parsers import expat

from xentui.agent.errors import AgentError
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import PATH
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import OsinfoAnswer, OsinfoSystem

_FOLDERS, _FILES, _BYTES, _ALL = 500, 4000, 512 << 10, 64 << 20
_ELEMENTS, _DEPTH, _TEXT = 20_000, 32, 200
_TOLD = ("short-id", "name", "distro", "family", "release-date")
_NUMBERS = ("n-cpus", "ram", "storage")
_ARCHITECTURES = ("all", "x86_64")


@host_operation("osinfo", path=PATH)
def osinfo(*, path: str) -> OsinfoAnswer:
    """Return the systems below a folder of osinfo-db (``…/osinfo/os``), and how many files of it could not be read.

    ``there`` is False where there is no such folder.  Sizes are in bytes, 0 for what is not told.
    """
    answer: OsinfoAnswer = {"there": True, "systems": [], "damaged": 0}
    try:
        vendors = sorted(os.listdir(path))[:_FOLDERS]
    except OSError:
        return {**answer, "there": False}
    left, files = _ALL, 0
    for vendor in vendors:
        folder = os.path.join(path, vendor)
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue  # a file beside the folders
        for name in names:
            if not name.endswith(".xml"):
                continue
            files += 1
            if files > _FILES or left <= 0:
                return answer
            try:
                data = fsio.read_bounded(os.path.join(folder, name), _BYTES)
                left -= len(data)
                found = system_of(data)
            except (OSError, AgentError, ValueError):
                answer["damaged"] += 1
                continue
            if found["id"]:
                answer["systems"].append(found)
    return answer


def system_of(data: bytes) -> OsinfoSystem:
    """Return the system a file describes; raises ValueError for what is no such file."""
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is not XML: {error}") from None
    return reader.system()


class _Reader:
    """The texts of one ``os`` element, by where they stand; the first of each counts."""

    def __init__(self) -> None:
        self._way: List[str] = []
        self._found: Dict[str, str] = {}
        self._pieces: List[str] = []
        self._counted = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.EntityDeclHandler = self._refuse

    @staticmethod
    def _refuse(*_given: object) -> None:
        raise ValueError("it declares a document type")

    def _start(self, name: str, attributes: Dict[str, str]) -> None:
        self._counted += 1
        if self._counted > _ELEMENTS or len(self._way) >= _DEPTH:
            raise ValueError("it is too large, or nested too deeply")
        if name == "resources" and attributes.get("arch", "all") not in _ARCHITECTURES:
            name = "other"  # another processor's
        if "xml:lang" in attributes:
            name = "other"  # a translation
        self._way.append(name)
        self._pieces = []

    def _data(self, text: str) -> None:
        if len(self._pieces) < _TEXT:
            self._pieces.append(text[:_TEXT])

    def _end(self, _name: str) -> None:
        self._found.setdefault("/".join(self._way), "".join(self._pieces).strip()[:_TEXT])
        self._way.pop()
        self._pieces = []

    def system(self) -> OsinfoSystem:
        """Return what was found; its ``id`` is "" where the file describes none."""
        told = {key: self._found.get(f"libosinfo/os/{key}", "") for key in _TOLD}
        least, usual = (
            {key: self._number(f"libosinfo/os/resources/{kind}/{key}") for key in _NUMBERS}
            for kind in ("minimum", "recommended")
        )
        return {
            "id": told["short-id"],
            "name": told["name"],
            "distro": told["distro"],
            "family": told["family"],
            "released": told["release-date"],
            "least": least,
            "usual": usual,
        }

    def _number(self, where: str) -> int:
        text = self._found.get(where, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
