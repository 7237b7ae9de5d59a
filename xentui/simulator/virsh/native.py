"""``domxml-from-native`` and ``domxml-to-native`` (xen_xl.c, xen_common.c), as far as they are used here.

Held to what the conversion of libvirt 9.0.0 answered (tests/recordings/libvirt/native.json): what it leaves out is left
out here too.
"""

from __future__ import annotations

import secrets
import uuid as uuids
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring
from xml.sax.saxutils import escape, quoteattr

from xentui import config as language
from xentui.model.devices import Access, Disk, Vif

_OSTYPE = {"pv": "linux", "pvh": "xenpvh", "hvm": "hvm"}
_TYPES = {"linux": "pv", "xenpvh": "pvh", "hvm": "hvm"}
_BOOT = {"c": "hd", "d": "cdrom", "n": "network", "a": "fd"}
_ENDS = (("on_poweroff", "destroy"), ("on_reboot", "restart"), ("on_crash", "restart"))
_HVMLOADER = "/usr/lib/xen-4.17/boot/hvmloader"
_NO_MAC = "00:00:00:00:00:00"


def from_native(text: str) -> str:
    """Return the XML for a configuration of xl's; raises ConfigError where that cannot be read."""
    document = language.parse(text)
    config = dict(language.to_libxl(document))
    kind = _kind(config)
    head = list(_head(document, config, kind))
    ends = [f"  <{key}>{escape(document.string(key) or default)}</{key}>" for key, default in _ENDS]
    lines = [
        "<domain type='xen'>",
        *head,
        *ends,
        "  <devices>",
        *_devices(document, kind),
        "  </devices>",
        "</domain>",
    ]
    return "\n".join(lines) + "\n"


def _kind(config: dict[str, Any]) -> str:
    return str(config["c_info"].get("type", "pv"))


def _head(document: language.Document, config: dict[str, Any], kind: str) -> Iterator[str]:
    build = config["b_info"]
    memory = _number(document, "memory", 32)
    most, vcpus = _number(document, "maxmem", memory), _number(document, "vcpus", 1)
    yield f"  <name>{escape(document.string('name') or '')}</name>"
    yield f"  <uuid>{document.string('uuid') or uuids.UUID(bytes=secrets.token_bytes(16), version=4)}</uuid>"
    yield f"  <memory unit='KiB'>{most * 1024}</memory>"
    yield f"  <currentMemory unit='KiB'>{memory * 1024}</currentMemory>"
    ceiling = _number(document, "maxvcpus", vcpus)
    pinned = f" cpuset={_attribute(document.string('cpus') or '')}" if document.string("cpus") else ""
    current = f" current='{vcpus}'" if ceiling != vcpus else ""
    yield f"  <vcpu placement='static'{pinned}{current}>{ceiling}</vcpu>"
    loader = document.string("bootloader")
    if loader:
        yield f"  <bootloader>{escape(loader)}</bootloader>"
    yield "  <os>"
    yield f"    <type arch='x86_64'>{_OSTYPE[kind]}</type>"
    if kind == "hvm":
        yield f"    <loader type='rom'>{_HVMLOADER}</loader>"
    for key, tag in (("kernel", "kernel"), ("ramdisk", "initrd"), ("cmdline", "cmdline")):
        if build.get(key):
            yield f"    <{tag}>{escape(str(build[key]))}</{tag}>"
    if kind == "hvm":
        yield from (
            f"    <boot dev='{_BOOT[each]}'/>" for each in document.string("boot") or "c" if each in _BOOT
        )
    yield "  </os>"
    if kind == "hvm":
        yield from ("  <features>", "    <acpi/>", "    <apic/>", "    <pae/>", "  </features>")
        yield "  <clock offset='variable' adjustment='0' basis='utc'/>"
    else:
        local = "localtime" if _number(document, "localtime", 0) else "utc"
        yield f"  <clock offset='{local}' adjustment='reset'/>"


def _devices(document: language.Document, kind: str) -> Iterator[str]:
    for spec in document.strings("disk"):
        yield from disk_lines(language.parse_disk(spec))
    yield "    <controller type='xenbus' index='0'/>"
    for spec in document.strings("vif"):
        yield from vif_lines(language.parse_vif(spec))
    if kind == "hvm" and document.string("serial"):
        yield from ("    <serial type='pty'>", "      <target port='0'/>", "    </serial>")
    console = "serial" if kind == "hvm" and document.string("serial") else "xen"
    if kind != "hvm" or console == "serial":
        yield from (
            "    <console type='pty'>",
            f"      <target type='{console}' port='0'/>",
            "    </console>",
        )
    bus = "ps2" if kind == "hvm" else "xen"
    yield from (f"    <input type='{each}' bus='{bus}'/>" for each in ("mouse", "keyboard"))
    yield "    <memballoon model='xen'/>"


def disk_lines(disk: Disk) -> Iterator[str]:
    """Yield the element of a disk: to libvirt every disk is QEMU's unless the text says phy (xenParseXLDisk)."""
    block = disk.backendtype == "phy"
    yield f"    <disk type='{'block' if block else 'file'}' device='{'cdrom' if disk.cdrom else 'disk'}'>"
    kind = "raw" if disk.format == "empty" else disk.format
    yield f"      <driver name='{'phy' if block else 'qemu'}' type='{kind}'/>"
    yield f"      <source {'dev' if block else 'file'}={_attribute(disk.target)}/>"
    ide = disk.vdev.startswith("hd") and not disk.cdrom
    yield f"      <target dev='{disk.vdev}' bus='{'ide' if ide else 'xen'}'/>"
    if disk.cdrom or disk.access is Access.READ:
        yield "      <readonly/>"
    yield "    </disk>"


def vif_lines(vif: Vif) -> Iterator[str]:
    """Yield the element of an interface; one without an address gets zeros (xenParseXLVif)."""
    yield "    <interface type='bridge'>"
    yield f"      <mac address='{vif.mac or _NO_MAC}'/>"
    yield f"      <source bridge={_attribute(vif.bridge or 'xenbr0')}/>"
    if vif.ip:
        yield f"      <ip address={_attribute(vif.ip)} family='ipv4'/>"
    if vif.script:
        yield f"      <script path={_attribute(vif.script)}/>"
    if vif.vifname:
        yield f"      <target dev={_attribute(vif.vifname)}/>"
    if vif.model:
        yield f"      <model type={_attribute(vif.model)}/>"
    yield "    </interface>"


def to_native(xml: str) -> str:
    """Return the configuration of xl's for a document."""
    root = fromstring(xml)  # noqa: S314 - see the import
    kind = _TYPES.get(root.findtext("os/type") or "", "pv")
    lines = [
        f"name = {_string(root.findtext('name') or '')}",
        f"uuid = {_string(root.findtext('uuid') or '')}",
    ]
    lines += [f"maxmem = {_mib(root, 'memory')}", f"memory = {_mib(root, 'currentMemory')}"]
    vcpu = root.find("vcpu")
    if vcpu is not None:
        current = vcpu.get("current")
        lines += [f"maxvcpus = {vcpu.text}"] if current else []
        lines += [f"vcpus = {current or vcpu.text}"]
        if pinned := vcpu.get("cpuset"):
            lines += [f"cpus = {_string(pinned)}"]
    if kind == "hvm":
        lines += ["pae = 1", "acpi = 1", "apic = 1", "viridian = 0", "rtc_timeoffset = 0"]
    clock = root.find("clock")
    lines += [f"localtime = {int(clock is not None and clock.get('offset') == 'localtime')}"]
    lines += [f"{key} = {_string(root.findtext(key) or default)}" for key, default in _ENDS]
    if kind == "hvm":
        lines += ["sdl = 0", "vnc = 1", "vncunused = 1"]
    if vifs := [_vif(each) for each in root.iterfind("devices/interface")]:
        lines += [f"vif = [ {', '.join(map(_string, vifs))} ]"]
    if kind == "hvm":
        serial = root.find("devices/serial") is not None
        lines += ['parallel = "none"', f'serial = "{"pty" if serial else "none"}"', 'builder = "hvm"']
        named = {dev: letter for letter, dev in _BOOT.items()}
        order = "".join(named.get(each.get("dev", ""), "") for each in root.iterfind("os/boot"))
        lines += [f"boot = {_string(order)}"]
    elif kind == "pvh":
        lines += ['type = "pvh"']
    lines += [
        f"{key} = {_string(value)}"
        for key, path in (("bootloader", "bootloader"), ("kernel", "os/kernel"), ("ramdisk", "os/initrd"))
        if (value := root.findtext(path))
    ]
    if told := root.findtext("os/cmdline"):
        lines += [f"cmdline = {_string(told)}"]
    if disks := [_disk(each) for each in root.iterfind("devices/disk")]:
        lines += [f"disk = [ {', '.join(map(_string, disks))} ]"]
    return "\n".join(lines) + "\n"


def _disk(element: Element) -> str:
    driver, source, target = (element.find(tag) for tag in ("driver", "source", "target"))
    block = driver is not None and driver.get("name") == "phy"
    path = "" if source is None else source.get("dev") or source.get("file") or ""
    words = [f"format={'raw' if driver is None else driver.get('type', 'raw')}"]
    words += [f"vdev={'' if target is None else target.get('dev')}"]
    words += [f"access={'ro' if element.find('readonly') is not None else 'rw'}"]
    words += [f"backendtype={'phy' if block else 'qdisk'}"]
    words += ["devtype=cdrom"] if element.get("device") == "cdrom" else []
    return ",".join([*words, *([f"target={path}"] if path else [])])


def _vif(element: Element) -> str:
    def of(tag: str, attribute: str) -> str:
        found = element.find(tag)
        return "" if found is None else found.get(attribute, "")

    words = [f"mac={of('mac', 'address')}", f"bridge={of('source', 'bridge')}"]
    words += [f"ip={of('ip', 'address')}"] if of("ip", "address") else []
    words += [f"script={of('script', 'path') or 'vif-bridge'}"]
    words += [f"vifname={of('target', 'dev')}"] if of("target", "dev") else []
    words += [f"model={of('model', 'type')}"] if of("model", "type") else []
    return ",".join(words)


def _number(document: language.Document, key: str, default: int) -> int:
    told = document.string(key)
    return int(told) if told and told.isdecimal() else default


def _mib(root: Element, tag: str) -> int:
    return int(root.findtext(tag) or 0) // 1024


def _attribute(text: str) -> str:
    return quoteattr(text).replace('"', "'") if "'" not in text else quoteattr(text)


def _string(text: str) -> str:
    return f"'{text}'" if '"' in text else f'"{text}"'
