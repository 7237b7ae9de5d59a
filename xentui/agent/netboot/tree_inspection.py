"""What a netboot tree is: where its kernel and initrd lie, how large they are, and the checksums it gives of them.

Fedora's and its kin's say it themselves (``.treeinfo``); of the others the places are known to whoever asks.  Checksums
are those of ``.treeinfo``, of Debian's and Ubuntu's ``SHA256SUMS``, which may lie in a folder above, and of SUSE's
``CHECKSUMS``.
"""

from __future__ import annotations

import configparser
import posixpath
import re
from typing import Any, Dict, List, Optional, Tuple

from xentui.agent.errors import AgentError
from xentui.agent.netboot import tree_sources
from xentui.agent.netboot.tree_names import plain, sound_path

_SMALL, _SUMS = 64 << 10, 4 << 20
_ABOVE = 4
_PAIRS = 40
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_SUM_LINE = re.compile(r"([0-9A-Fa-f]{64}) [ *]?(?:\./)?(\S.{0,400})\Z")


def look(tree: Any, pairs: List[Tuple[str, str]], arch: str) -> Dict[str, Any]:
    """Find kernel and initrd: of the tree's own word, else the first of ``pairs`` (initrd "" for none) that is there.

    Returns ``files``, a list of path, size (None where it is not told) and sha256 ("" where the tree gives none) each;
    ``address`` of each; ``family`` and ``version`` where the tree tells; and ``sums``, where checksums were found.
    Code ``missing`` where there is none of them, with what was looked for.
    """
    told = _treeinfo(tree, arch)
    tried: List[str] = []
    if told is not None:
        pairs = [told["pair"], *pairs]
    for pair in pairs[:_PAIRS]:
        found = [_file(tree, path) for path in pair if path]
        if all(each is not None for each in found):
            files = [each for each in found if each is not None]
            sums, where = (told["sums"], ".treeinfo") if told is not None else ({}, "")
            if not any(each["path"] in sums for each in files):
                sums, where = _sums(tree, files[0]["path"])
            for each in files:
                each["sha256"] = sums.get(each["path"], "")
            return {
                "files": files,
                "family": told["family"] if told is not None else "",
                "version": told["version"] if told is not None else "",
                "sums": where if any(each["sha256"] for each in files) else "",
            }
        tried.append(" with ".join(path for path in pair if path))
    raise AgentError(
        "missing",
        f"there is no kernel with its initrd: looked for .treeinfo, {', '.join(tried[:8])}",
        tree.spelt(""),
    )


def _file(tree: Any, path: str) -> Optional[Dict[str, Any]]:
    file = tree.open(path)
    if file is None:
        return None
    with file:
        return {"path": path, "size": file.size, "sha256": "", "address": tree.spelt(path)}


def _treeinfo(tree: Any, arch: str) -> Optional[Dict[str, Any]]:
    """Return what a tree says of itself; None where it says nothing that can be used."""
    data = tree_sources.read(tree, ".treeinfo", _SMALL)
    if data is None:
        return None
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    try:
        parser.read_string(data.decode("utf-8", "replace"))
    except configparser.Error:
        return None
    own = parser.get("tree", "arch", fallback=parser.get("general", "arch", fallback=arch))
    for section in ("images-xen", f"images-{own}", f"images-{arch}"):
        kernel = sound_path(parser.get(section, "kernel", fallback=""))
        ramdisk = sound_path(parser.get(section, "initrd", fallback=""))
        if kernel and ramdisk:
            break
    else:
        return None
    sums = {}
    for path, value in parser.items("checksums") if parser.has_section("checksums") else []:
        kind, _colon, digest = value.strip().partition(":")
        sound = sound_path(path)
        if sound and kind == "sha256" and _DIGEST.match(digest.lower()):
            sums[sound] = digest.lower()
    places = ("release", "product", "general")
    family = next(filter(None, (_said(parser, each, ("name", "family")) for each in places)), "")
    version = next(filter(None, (_said(parser, each, ("version",)) for each in places)), "")
    return {"pair": (kernel, ramdisk), "sums": sums, "family": family, "version": version}


def _said(parser: configparser.RawConfigParser, section: str, keys: Tuple[str, ...]) -> str:
    found = (parser.get(section, key, fallback="") for key in keys)
    return next((plain(value, 60) for value in found if value), "")


def _sums(tree: Any, kernel: str) -> Tuple[Dict[str, str], str]:
    """Checksums by path in the tree, and where they stand; a list that does not name the kernel is another's."""
    places = ["CHECKSUMS", *(f"{'../' * up}SHA256SUMS" for up in range(_ABOVE + 1))]
    folder = posixpath.dirname(kernel)
    if folder:
        places.append(f"{folder}/SHA256SUMS")
        parts = folder.split("/")
        places += ["/".join([*parts[:count], "SHA256SUMS"]) for count in range(1, len(parts))]
    for place in places:
        if place.startswith("../") and isinstance(tree, tree_sources.FolderTree):
            continue
        data = tree_sources.read(tree, place, _SUMS)
        found = _listed(data, place, tree.spelt("")) if data else {}
        if kernel in found:
            return found, place
    return {}, ""


def _listed(data: bytes, place: str, base: str) -> Dict[str, str]:
    """Return the checksums of a list, by path in the tree, wherever in or above it the list lies."""
    up = place.count("../")
    inside = posixpath.dirname(place[3 * up :])
    # Where the list lies above, its names begin with the folders between.
    below = "/".join(base.rstrip("/").split("/")[-up:]) + "/" if up else ""
    found = {}
    for line in data.decode("utf-8", "replace").splitlines()[:100_000]:
        match = _SUM_LINE.match(line.strip())
        if not match:
            continue
        name = match[2]
        if below:
            if not name.startswith(below):
                continue
            name = name[len(below) :]
        path = sound_path(posixpath.join(inside, name))
        if path:
            found[path] = match[1].lower()
    return found
