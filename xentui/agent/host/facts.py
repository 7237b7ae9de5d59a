"""What a host is made of, as its files, processes and package lists tell it: all that a check of it reads, in one turn.

Nothing is run for it, so it answers alike under any init system and package manager.  A file that is missing, too long
or cannot be read is told as such, and never a reason to tell nothing.
"""

from __future__ import annotations

import fnmatch
import glob
import itertools
import os
import sys
import time
from typing import TYPE_CHECKING, Dict, Iterator, List, Tuple

from xentui.agent.errors import AgentError, from_os_error
from xentui.agent.files import fsio
from xentui.agent.protocol.arguments import PATH, PATHS, WORD_LIST
from xentui.agent.protocol.operations import host_operation

if TYPE_CHECKING:
    from xentui.agent.protocol.answers import HostFactsAnswer

#: Bytes of one file, and of all of them.
FILE, ALL = 1 << 20, 8 << 20
#: Files that one pattern finds at most.
MATCHES = 256
#: Processes looked at, and characters kept of what one was started with.
_PROCESSES, _COMMAND = 32_768, 1_000
#: Bytes read of a list of packages, and packages told.
_LIST, _PACKAGES = 64 << 20, 200


@host_operation(
    "host_facts",
    texts=PATHS,
    there=PATHS,
    proc=PATH,
    daemons=WORD_LIST,
    dpkg=PATH,
    apk=PATH,
    packages=WORD_LIST,
)
def host_facts(
    *,
    texts: List[str],
    there: List[str],
    proc: str,
    daemons: List[str],
    dpkg: str,
    apk: str,
    packages: List[str],
) -> HostFactsAnswer:
    """``texts``: the text of each file that a path, or a pattern of a shell, of ``texts`` finds; ``troubles``: why one
    cannot be read; ``there``: what each pattern of ``there`` finds; ``processes``: of each of ``daemons`` that runs how
    it was started; ``packages``: the version of each installed one whose name fits a pattern of ``packages``;
    ``python`` the version that answers, ``time`` what the host takes for the time, in seconds since 1970.

    ``proc``, ``dpkg`` and ``apk`` are where processes and the two textual lists of packages lie.  A daemon is one of
    root, or of a user of the system (below 1000): anybody can give a process of his own such a name.
    """
    read: Dict[str, str] = {}
    troubles: Dict[str, str] = {}
    left = ALL
    for path in texts:
        for found in _found(path) or [path]:
            try:
                data = fsio.read_bounded(found, min(FILE, max(0, left)))
            except OSError as error:
                troubles[found] = from_os_error(error).message
            except AgentError as error:
                troubles[found] = error.message
            except ValueError:
                troubles[found] = "is not a path"
            else:
                left -= len(data)
                read[found] = data.decode("utf-8", "replace")
    return {
        "texts": read,
        "troubles": troubles,
        "there": {path: _found(path) for path in there},
        "processes": _daemons(proc, daemons),
        "packages": dict(itertools.islice(_installed(dpkg, apk, packages), _PACKAGES)),
        "python": ".".join(str(number) for number in sys.version_info[:3]),
        "time": time.time(),
    }


def _found(pattern: str) -> List[str]:
    try:
        return sorted(itertools.islice(glob.iglob(pattern), MATCHES))
    except (OSError, ValueError):
        return []


def _daemons(proc: str, wanted: List[str]) -> Dict[str, str]:
    found: Dict[str, str] = {}
    try:
        numbers = [name for name in os.listdir(proc) if name.isdigit()][:_PROCESSES]
    except OSError:
        return found
    for number in numbers:
        place = os.path.join(proc, number)
        try:
            owner = os.stat(place).st_uid
            if owner >= 1000 and owner != os.geteuid():
                continue
            name = _bytes(place, "comm", 64).decode("utf-8", "replace").rstrip("\n")
            if name in wanted and name not in found:
                words = _bytes(place, "cmdline", 4 * _COMMAND).rstrip(b"\0").replace(b"\0", b" ")
                found[name] = words.decode("utf-8", "replace")[:_COMMAND] or name
        except OSError:
            continue  # it has ended
    return found


def _bytes(place: str, name: str, limit: int) -> bytes:
    with open(os.path.join(place, name), "rb") as file:
        return file.read(limit)


def _installed(dpkg: str, apk: str, wanted: List[str]) -> Iterator[Tuple[str, str]]:
    """Name and version of the packages that dpkg (``Package:``) or apk (``P:``) has installed."""
    for path, name_key, version_key in ((dpkg, "Package: ", "Version: "), (apk, "P:", "V:")):
        name = version = ""
        installed = True
        for line in itertools.chain(_lines(path), [""]):
            if line.startswith(name_key):
                name = line[len(name_key) :].strip()
            elif line.startswith(version_key):
                version = line[len(version_key) :].strip()
            elif line.startswith("Status: "):
                installed = line.endswith(" installed")
            elif not line:
                if name and version and installed and any(fnmatch.fnmatchcase(name, each) for each in wanted):
                    yield name[:200], version[:200]
                name = version = ""
                installed = True


def _lines(path: str) -> Iterator[str]:
    left = _LIST
    try:
        fd, _status = fsio.open_regular(path)
        with open(fd, encoding="utf-8", errors="replace", newline="\n") as file:
            while left > 0:
                line = file.readline(1 << 16)
                if not line:
                    return
                left -= len(line)
                yield line.rstrip("\n")
    except (OSError, AgentError):
        return
