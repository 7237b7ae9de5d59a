"""Whether two hosts' block devices are one, by what is made of what, and the numbers disks have of their own.

The uuid of a volume alone proves nothing: hosts that were installed from one image, or a disk that was copied, have
the same.  What counts in the end are the disks below; DRBD's are each host's own, so there it is whom it is connected
to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from xentui.frozen import dataclass
from xentui.service.storage.drbd import WHOLE, Replica, Replicas
from xentui.service.storage.places import Layer, StoragePlace
from xentui.text import plain

_BOTTOMS = ("disk", "iscsi", "drbd", "rbd", "nbd", "loop", "zvol")
_CONTENT = {
    "lvm": ("the volume", ("uuid",)),
    "crypt": ("the encryption", ("uuid",)),
    "raid": ("the array", ("uuid",)),
    "part": ("the partition", ("part", "start", "size")),
    "mapped": ("the mapping", ("uuid",)),
}
_NOT_ITS_OWN = re.compile(
    r"QEMU.*QM0000\d|\A(?:0+|none|unknown|default)\Z|\A(?:naa\.)?60{15,16}e0|\ABEAF\d+\Z|\At10\.IET ",
    re.IGNORECASE,
)
"""Numbers that many disks have: QEMU's for a disk that was given none, tgt's, which are those of the target and LUN
(tgt 1.0.85: naa.60000000000000000e00000000010001 is LUN 1 of target 1 on every server)."""


@dataclass(frozen=True, slots=True)
class Judged:
    """``same`` is None where it cannot be told; ``why`` the end of a sentence."""

    same: bool | None
    why: str


def judge(
    ours: StoragePlace, theirs: StoragePlace, our_node: str, their_node: str, drbd: tuple[Replicas, Replicas]
) -> Judged:
    """Return whether two block devices are one."""
    tops, other_tops = _content(ours.layers), _content(theirs.layers)
    for layer, other in zip(tops, other_tops, strict=False):
        if layer.kind != other.kind:
            return Judged(False, f"here it is {_named(layer)}, there {_named(other)}")
        what, keys = _CONTENT[layer.kind]
        for key in keys:
            mine, its = layer.ids.get(key, ""), other.ids.get(key, "")
            if mine != its:
                return Judged(
                    False, f"{what} is another there ({key} {plain(mine, 80)}, not {plain(its, 80)})"
                )
    if len(tops) != len(other_tops):
        more = (tops if len(tops) > len(other_tops) else other_tops)[-1]
        return Judged(False, f"only one of them has {_named(more)} below")
    if _is_zvol(ours) and _is_zvol(theirs):
        # Two hosts that had one pool imported would destroy it (zpool-import(8)).
        return Judged(False, "each host has it in a ZFS pool of its own")
    found = _bottoms(ours.layers, theirs.layers, (our_node, their_node), drbd)
    if found.same and ours.size != theirs.size:
        return Judged(
            False, f"{found.why}, but its size is {ours.size} bytes here and {theirs.size} there: rescan it"
        )
    return found


def _is_zvol(place: StoragePlace) -> bool:
    """Return whether a device is a volume of ZFS in the end."""
    return {layer.kind for layer in place.layers if layer.kind in _BOTTOMS} == {"zvol"}


def _content(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers that have a meaning of their own: several ways to one disk have none."""
    return [layer for layer in layers if layer.kind in _CONTENT]


def _bottoms(
    ours: Sequence[Layer], theirs: Sequence[Layer], nodes: tuple[str, str], drbd: tuple[Replicas, Replicas]
) -> Judged:
    mine, its = ([layer for layer in layers if layer.kind in _BOTTOMS] for layers in (ours, theirs))
    if {layer.kind for layer in (*mine, *its)} == {"drbd"}:
        return _drbd(mine, its, nodes, drbd)
    here, there = ([_numbers(layer) for layer in layers] for layers in (mine, its))
    if not here or not there or not all(here) or not all(there):
        bare = next((layer for layer in (*mine, *its) if not _numbers(layer)), None)
        what = f"{_named(bare)} has no number of its own" if bare else "what lies below is not known"
        return Judged(None, f"{what}: a copy of the disk would look the same")
    given = next(
        (each for each in here for other in there if each & other and _only_serial(each & other)), None
    )
    if given:
        return Judged(
            None,
            f"the disk below has the same {sorted(given)[0]}, which whoever makes a virtual disk gives it",
        )
    if all(any(each & other for other in there) for each in here) and all(
        any(each & other for other in here) for each in there
    ):
        # What the disk has by itself comes before the name of its target.
        number = max(here[0] & next(other for other in there if here[0] & other))
        if number.startswith("LUN ") and (apart := _portals(mine, its)):
            return Judged(None, f"it is {plain(number, 120)} on both, {apart}: two servers may use one name")
        return Judged(True, f"the disk below is the same ({plain(number, 120)})")
    return Judged(
        False,
        f"the disk below is {plain(sorted(here[0])[0], 120)} here and {plain(sorted(there[0])[0], 120)} there",
    )


def _numbers(layer: Layer) -> frozenset[str]:
    """Return what a disk is known by anywhere; any one in common is proof, for several ways to it need not tell all."""
    ids = layer.ids
    found = {f"{key} {' '.join(ids[key].split())}" for key in ("wwid", "serial", "image") if ids.get(key)}
    found = {each for each in found if not _NOT_ITS_OWN.search(each.partition(" ")[2])}
    if any(each.startswith("wwid ") for each in found):
        found = {each for each in found if not each.startswith("serial ")}
    if ids.get("iqn") and ids.get("lun"):
        found.add(f"LUN {ids['lun']} of {ids['iqn']}")
    return frozenset(found)


def _portals(mine: Sequence[Layer], its: Sequence[Layer]) -> str:
    """Return by which addresses two hosts reach a target, where none of them is the same."""
    here, there = (
        sorted({layer.ids["portal"] for layer in layers if layer.ids.get("portal")}) for layers in (mine, its)
    )
    if not here or not there or set(here) & set(there):
        return ""
    return f"reached at {plain(here[0], 80)} here and at {plain(there[0], 80)} there"


def _only_serial(numbers: frozenset[str]) -> bool:
    return all(number.startswith("serial ") for number in numbers)


def _drbd(
    mine: Sequence[Layer], its: Sequence[Layer], nodes: tuple[str, str], drbd: tuple[Replicas, Replicas]
) -> Judged:
    for told in drbd:
        if told.why:
            return Judged(None, f"DRBD does not say whom it is connected to: {told.why}")
    names, others = (
        {told.resource(each) for each in side} for told, side in zip(drbd, (mine, its), strict=True)
    )
    if ("", "") in names | others:
        return Judged(None, "which resource of DRBD it is, is not known")
    if names != others:
        return Judged(False, "it is another resource of DRBD there")
    for resource, _volume in names:
        here, there = (told.found.get(resource) for told in drbd)
        if here is None or there is None or not _meet(here, there, nodes):
            return Judged(
                None,
                f"DRBD resource {plain(resource, 80)} is not connected from {plain(nodes[0], 80)} to "
                f"{plain(nodes[1], 80)} with both sides up to date: the copies may differ",
            )
    return Judged(
        True, f"both sides of DRBD resource {plain(sorted(names)[0][0], 80)} are connected and up to date"
    )


def _meet(here: Replica, there: Replica, nodes: tuple[str, str]) -> bool:
    """Return whether two sides are connected to each other, both with whole data.

    Module 8.4 names no node: there the ends of the connection tell, seen from the other side.
    """
    if here.disk != WHOLE or there.disk != WHOLE:
        return False
    mine, its = ([peer for peer in side.peers if peer.whole] for side in (here, there))
    if any(peer.name for peer in (*mine, *its)):
        return nodes[1] in [peer.name for peer in mine] and nodes[0] in [peer.name for peer in its]
    ours, theirs = here.ends
    return bool(mine and its and ours and theirs) and there.ends == (theirs, ours)


def _named(layer: Layer) -> str:
    words = {
        "lvm": "a volume of LVM",
        "crypt": "an encrypted device",
        "raid": "an array",
        "part": "a partition",
        "zvol": "a volume of ZFS",
    }
    return f"{words.get(layer.kind, layer.kind)} ({plain(layer.name, 80)})"
