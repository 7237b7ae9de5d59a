"""Whether two hosts share a folder: a file that only one of them can have written is looked for on the other."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from xentui.errors import XentuiError
from xentui.frozen import dataclass
from xentui.hosts import operations
from xentui.text import plain

if TYPE_CHECKING:
    from xentui.hosts.base import Host
    from xentui.service.session import Session


@dataclass(frozen=True, slots=True)
class Sharing:
    """Whether a folder is ``shared``, None where that could not be tried, and ``why``.

    ``squashed`` are the hosts whose root the server takes for nobody.
    """

    shared: bool | None
    why: str
    squashed: tuple[str, ...] = ()


async def probe(ours: Session, theirs: Session, folder: str, their_folder: str) -> Sharing:
    """Leave a file in a folder of one host and look for it on the other; where the first may not write, the reverse.

    The file is readable to its owner alone and taken away again; where the line is cut before that, the next probe
    there does it.  A read-only session leaves none.
    """
    here, there = (ours, folder), (theirs, their_folder)
    found = Sharing(None, "both sessions are read-only: no file was left there to prove it")
    for (writer, place), (reader, other) in ((here, there), (there, here)):
        if writer.read_only:
            continue
        found = await _one_way(writer.host, place, reader.host, other)
        if found.shared is not None:
            break
    return found


async def _one_way(writer: Host, folder: str, reader: Host, their_folder: str) -> Sharing:
    place = writer.host_path(folder)
    try:
        left = await writer.call(operations.leave_probe, folder=place)
        name, data, own = str(left["name"]), str(left["data"]), left["own"] is True
    except XentuiError as error:
        return Sharing(
            None, f"nothing can be written into {plain(folder, 200)} on {writer.name}: {error.message}"
        )
    except (KeyError, TypeError) as error:
        return Sharing(None, f"the answer of {writer.name} is not valid ({error})")
    squashed = () if own else (writer.name,)
    try:
        seen = await reader.call(operations.find_probe, folder=reader.host_path(their_folder), name=name)
        found, text, why = seen["found"] is True, str(seen["data"]), str(seen["error"])
    except XentuiError as error:
        where = f"{plain(their_folder, 200)} on {reader.name}"
        return Sharing(None, f"{where} cannot be looked into: {error.message}", squashed)
    except (KeyError, TypeError) as error:
        return Sharing(None, f"the answer of {reader.name} is not valid ({error})", squashed)
    finally:
        await asyncio.shield(_removed(writer, place, name))
    told = f"a file written into {plain(folder, 200)} on {writer.name}"
    if found and not text:
        # The folder is one that nobody but root could have put a file of that name into.
        squashed = (*squashed, reader.name)
        told += f" is seen on {reader.name}, which may not read it ({plain(why, 80)})"
    elif found and text == data:
        told += f" was read on {reader.name}"
    else:
        told += f" is {'another' if found else 'not seen'} on {reader.name}"
        found = False
    return Sharing(found, told, squashed)


async def _removed(host: Host, folder: str, name: str) -> None:
    """Take the file away; what cannot be reached now the next probe takes."""
    with contextlib.suppress(XentuiError):
        await host.call(operations.remove_probe, folder=folder, name=name)
