"""What the program that reads boot menus answers of an image: checked, and made plain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from xentui.errors import HostError, NotAllowedError
from xentui.model.boot_menu import BootEntry, BootMenu, BootPlace, PygrubEntry, PygrubMenu
from xentui.text import plain

NO_MENU = "there is no boot menu to show: "
"""What the reason why none was read begins with."""
_TEXT = 4096
_ENTRIES, _LISTED = 1000, 100


def menu_of(answer: dict[str, Any], path: str, *, running: bool) -> BootMenu:
    """Return the menu of the image ``path``, of which a guest may write meanwhile where it is ``running``.

    Raises NotAllowedError where the image holds none, HostError for an answer that makes no sense.
    """
    try:
        return _read(answer, path, running=running)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise HostError("the host's answer is not valid", subject=path) from error


def _read(answer: dict[str, Any], path: str, *, running: bool) -> BootMenu:
    if "error" in answer:
        words = plain(f"{NO_MENU}{answer['error']}", _TEXT)
        raise NotAllowedError(words, subject=path)
    menu = answer["menu"]
    places = [_place(each) for each in answer["places"][:_LISTED]]
    index = int(answer["place"])
    place = places[index]
    kernel_places = [int(each) for each in answer.get("kernel_places", ())]
    default = int(menu["default"])
    entries = tuple(
        _entry(each, default=number == default, place=_of(places, kernel_places, number))
        for number, each in enumerate(menu["entries"][:_ENTRIES])
    )
    timeout = menu["timeout"]
    unclean = bool(answer["places"][index]["unclean"])
    return BootMenu(
        plain(str(menu["loader"])),
        entries,
        timeout=None if timeout is None else float(timeout),
        disk=path,
        partition=place.partition,
        filesystem=place.filesystem,
        source=plain(str(menu["source"]), _TEXT),
        stale=running or unclean,
        kernels=tuple(texts(answer["kernels"])),
        notes=(*texts(answer["notes"]), *_staleness(running=running, unclean=unclean)),
        files={plain(str(name), _TEXT): str(text) for name, text in answer.get("files", {}).items()},
        pygrub=_pygrub(answer["pygrub"]) if "pygrub" in answer else None,
        changed=float(answer.get("changed", 0)),
    )


def _place(values: dict[str, Any]) -> BootPlace:
    device = str(values.get("device", ""))
    return BootPlace(
        int(values["partition"]),
        int(values.get("start", 0)),
        plain(str(values["kind"])),
        plain(device) if device.startswith("lvm/") else "",
    )


def _of(places: list[BootPlace], indices: list[int], number: int) -> BootPlace | None:
    """Return the file system with the kernel of an entry."""
    index = indices[number] if number < len(indices) else -1
    return places[index] if 0 <= index < len(places) else None


def _pygrub(values: dict[str, Any]) -> PygrubMenu:
    return PygrubMenu(
        plain(str(values["source"]), _TEXT),
        tuple(
            PygrubEntry(
                plain(str(each["title"]), _TEXT),
                plain(str(each["kernel"] or ""), _TEXT),
                plain(str(each["initrd"]), _TEXT),
                plain(str(each["args"]), _TEXT),
            )
            for each in values["entries"][:_ENTRIES]
        ),
        int(values["default"]),
        tuple(int(each) for each in values["numbers"][:_ENTRIES]),
        tuple(texts(values["notes"])),
    )


def _staleness(*, running: bool, unclean: bool) -> Iterator[str]:
    if running:
        yield "the guest runs: what it has written last may not be on its disk yet"
    elif unclean:
        yield "its file system was not left cleanly: what the guest wrote last may not be shown"


def _entry(values: dict[str, Any], *, default: bool, place: BootPlace | None) -> BootEntry:
    return BootEntry(
        plain(str(values["title"]), _TEXT),
        submenu=tuple(texts(values["submenu"])),
        kernel=plain(str(values["kernel"]), _TEXT),
        initrd=tuple(texts(values["initrd"])),
        args=plain(str(values["args"]), _TEXT),
        loader=plain(str(values["loader"])),
        default=default,
        source=plain(str(values["source"]), _TEXT),
        lines=(int(values["first"]), int(values["last"])),
        place=place,
    )


def texts(values: list[Any]) -> Iterator[str]:
    """Return texts of an answer, at most a hundred, made plain."""
    return (plain(str(value), _TEXT) for value in values[:_LISTED])
