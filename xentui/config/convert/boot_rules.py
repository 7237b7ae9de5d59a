"""How the guest boots: builder, boot loader, and the kernel's command line (xm create.py, xl.cfg(5))."""

from __future__ import annotations

import shlex

from xentui.config.convert.rule_input import RuleInput, is_list
from xentui.config.guest_type import named_type, type_of
from xentui.config.quoting import quote

NO_SERVER = "127.0.255.255"
"""What xm named as NFS server where the file named none (xm create.py, ``dummy_nfs_server``)."""
_ADDRESS_KEYS = ("ip", "nfs_server", "gateway", "netmask", "hostname", "interface", "dhcp")


def builder(work: RuleInput) -> None:
    """``builder = 'linux'``, which xl >= 4.10 refuses (``Invalid domain type linux.``), and a variable ``type``."""
    linux = work.document.string("builder") == "linux"
    kind = work.document.string("type")
    # xm knew no type: a file of xm may have a variable of that name.
    variable = kind is not None and not named_type(kind)
    if variable and (linux or work.of_xm):
        work.comment_out("type", "only a variable of the file; xl's types are pv, pvh and hvm (xl.cfg(5))")
    if not linux:
        return
    if work.has("type") and not variable:
        work.comment_out("builder", "xl refuses this builder; type says it (xl.cfg(5))")
    else:
        work.turn_into(
            "builder", 'type = "pv"', "xl refuses the builder linux and has types instead (xl.cfg(5))"
        )


def firmware(work: RuleInput) -> None:
    """HVM guests: the path of hvmloader, which xl finds by itself and warns of."""
    document = work.document
    kernel = document.string("kernel") or ""
    if work.is_hvm and kernel.rstrip("/").rpartition("/")[2] == "hvmloader":
        work.comment_out(
            "kernel", "xl finds the firmware of an HVM guest by itself and ignores this (xl.cfg(5))"
        )
    if type_of(document) == "pv" and work.has("timer_mode"):
        work.comment_out("timer_mode", "xl refuses it for PV guests; xm used it for HVM only (xl.cfg(5))")


def loader(work: RuleInput) -> None:
    """The full path of pygrub."""
    path = work.document.string("bootloader") or ""
    if path.startswith("/") and path.rpartition("/")[2] == "pygrub":
        work.set("bootloader", "pygrub", "xl finds pygrub by itself; its place has moved (xl.cfg(5))")


def loader_arguments(work: RuleInput) -> None:
    """``bootargs``, which xl ignores, and the older ``bootentry``."""
    document = work.document
    for key in ("bootargs", "bootentry"):
        if not work.has(key) or is_list(document, key):
            continue
        text = document.string(key) or ""
        reason = "xl's name for it, and it is a list (xl.cfg(5); xm create.py split it into words)"
        words = [f"--entry={text}"] if key == "bootentry" and text else _words(text)
        if not work.as_xm:
            listed = ", ".join(quote(word) for word in words)
            does = f"; bootloader_args = [{listed}] does that" if words else ""
            work.comment_out(key, f"xl does not read it, xm gave it to the boot loader{does} (xl.cfg(5))")
        elif work.has("bootloader_args") or (key == "bootentry" and work.has("bootargs")):
            work.comment_out(key, "xl reads bootloader_args only (xl.cfg(5))")
        elif not words:
            work.comment_out(key, "it is empty; xl reads bootloader_args (xl.cfg(5))")
        else:
            listed = ", ".join(quote(word) for word in words)
            work.turn_into(key, f"bootloader_args = [{listed}]", reason)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def command_line(work: RuleInput) -> None:
    """``ip``, ``dhcp`` and their like, of which xm made the kernel's ``ip=``; NFS; ``root=`` written twice."""
    document = work.document
    root = document.string("root") or ""
    if work.as_xm and root.startswith("root="):
        work.set("root", root.removeprefix("root="), "xl writes root= itself (xl.cfg(5)); xm removed it")
    words: list[str] = []
    given = [key for key in _ADDRESS_KEYS if work.has(key)]
    values = {key: document.string(key) or "" for key in _ADDRESS_KEYS}
    addressed = bool(values["ip"]) or (work.has("dhcp") and values["dhcp"] != "off")
    if addressed:
        server = values["nfs_server"] or NO_SERVER
        interface = values["interface"] if work.has("interface") else "eth0"
        dhcp = values["dhcp"] if work.has("dhcp") else "off"
        ip = values["ip"].removeprefix("ip=")
        words.append(
            f"ip={ip}:{server}:{values['gateway']}:{values['netmask']}:{values['hostname']}:{interface}:{dhcp}"
        )
    exported = document.string("nfs_root")
    if exported and values["nfs_server"]:
        words.append(f"nfsroot={values['nfs_server']}:{exported}")
    kernel_takes = (
        work.as_xm and not work.is_hvm and not work.has("cmdline") and not is_list(document, "extra")
    )
    for key in (*given, *(["nfs_root"] if work.has("nfs_root") else [])):
        if words and not work.as_xm:
            why = f"xl does not read it; xm would have given the kernel {' '.join(words)}, which extra can do"
        elif not words:
            why = "xm used it together with ip or dhcp only; xl does not read it"
        elif kernel_takes:
            why = "xm turned it into the kernel's ip=, which is in extra now (xm create.py)"
        else:
            why = "xm turned it into a kernel parameter, which this guest does not get; xl does not read it"
        work.comment_out(key, why)
    extra = document.string("extra") or ""
    if words and kernel_takes:
        present = {word.partition("=")[0] for word in extra.split()}
        words = [word for word in words if word.partition("=")[0] not in present]
        if words:
            line = " ".join([*words, extra] if extra else words)
            work.set("extra", line, "the command line that xm gave the kernel (xm create.py, xl.cfg(5))")
