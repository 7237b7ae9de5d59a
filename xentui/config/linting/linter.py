"""Checks of a configuration that need nothing but its text.

Errors are what xl refuses (found by the same code that translates for libxl); warnings are what xl silently
ignores or takes otherwise than it reads.  A file that does not even parse never gets here: its one error
comes from parsing.
"""

from __future__ import annotations

from collections.abc import Callable

from xentui.config.document import Document
from xentui.config.identities import NO_NAME, check_name, check_uuid
from xentui.config.libxl import build, translation
from xentui.config.libxl.affinity import ANY_HOST, ANY_NODES
from xentui.config.libxl.build import NO_BOOT_SOURCE
from xentui.config.libxl.reader import Reader
from xentui.config.libxl.resources import resources
from xentui.config.linting.devices import check_disks, check_frame_buffers, check_interfaces
from xentui.config.linting.families import FAMILIES, check_xl_warnings
from xentui.config.linting.problems import Findings, Problem
from xentui.config.linting.ranges import check_ranges
from xentui.config.refusal import RefusedError, printable
from xentui.config.schema import BOOLEAN, BOOLEAN_OR_LIST, LIST, NUMBER, STRING, Key, schema
from xentui.config.syntax import List, Scalar
from xentui.errors import ConfigError
from xentui.model.sizes import mebibytes

_TRUE, _FALSE = ("true", "yes", "on", "enabled"), ("false", "no", "off", "disabled")
_NESTED = ("vnuma", "vsnd")
_HARMLESS = ("description",)
"""What xl does not read and nobody expects it to: a note for people, which the form shows."""
_MODES = ("tsc_mode", "timer_mode")


def lint(document: Document, *, own_lines: int | None = None) -> tuple[Problem, ...]:
    """Return every problem of a configuration, in the order of the file.

    Lines past ``own_lines`` were added to override the file's own, and are no duplicates.
    """
    findings = Findings(document)
    for key in document.keys():  # noqa: SIM118 - not a dict
        _check_key(findings, key)
    _check_duplicates(findings, own_lines)
    _check_whole(findings)
    check_ranges(findings)
    check_disks(findings)
    check_interfaces(findings)
    check_frame_buffers(findings)
    check_xl_warnings(findings)
    _check_traps(findings)
    return findings.sorted()


def _check_key(findings: Findings, name: str) -> None:
    key = schema().get(name)
    if key is None:
        nearest = findings.nearest(
            name, [known for known, entry in schema().items() if entry.toolstack != "xm"]
        )
        hint = f"Did you mean {nearest}?" if nearest else "Check the spelling against xl.cfg(5)."
        findings.warning(name, f"xl knows no parameter '{printable(name)}' and ignores it", hint)
    elif name in _HARMLESS:
        pass
    elif key.toolstack == "xm":
        hint = f"For xl write {key.instead}." if key.instead else "xl has no replacement for it."
        findings.warning(name, f"'{name}' has a meaning for xm only; xl ignores it", hint)
    else:
        _check_kind(findings, key)


def _check_kind(findings: Findings, key: Key) -> None:
    document = findings.document
    parts = document.parts(key.name)
    value = parts[-1].value
    if isinstance(value, List):
        if key.kind in (STRING, NUMBER, BOOLEAN):
            hint = f"Write {key.name} = {'1' if key.kind == BOOLEAN else '…'} without brackets."
            findings.warning(
                key.name, f"'{key.name}' takes a single value; xl ignores the list", hint, at=value
            )
        elif key.name not in _NESTED:
            for item in document.items(key.name):
                if not isinstance(item, Scalar):
                    findings.warning(
                        key.name,
                        f"xl stops reading '{key.name}' at this inner list",
                        "Write the items as strings, without inner brackets.",
                        at=item,
                    )
                    break
    elif key.kind == LIST:
        findings.warning(
            key.name,
            f"'{key.name}' takes a list; xl ignores the single value",
            f"Write {key.name} = [ … ].",
            at=value,
        )
    elif key.kind in (NUMBER, BOOLEAN, BOOLEAN_OR_LIST) and document.number(key.name) is None:
        _not_a_number(findings, key, value)


def _not_a_number(findings: Findings, key: Key, value: Scalar) -> None:
    text = findings.document.string(key.name) or ""
    ignored = f"xl ignores it and uses the default{f' ({key.default})' if key.default else ''}"
    if findings.document.parts(key.name)[-1].operator == "+=":
        message, hint = (
            f"xl does not add to numbers: '{key.name} +=' leaves the default",
            f"Write {key.name} = ….",
        )
    elif key.kind != NUMBER:
        message = f"'{printable(text)}' is neither 0 nor 1; {ignored}"
        word = text.strip().lower()
        hint = f"Write {key.name} = {'1' if word in _TRUE else '0' if word in _FALSE else '0 or 1'}."
    else:
        message = f"'{printable(text)}' is not a number; {ignored}"
        hint = f"Write {key.name} = NUMBER."
        if key.is_size and (size := mebibytes(text)) is not None:
            hint = f"The unit is MiB: write {key.name} = {size}."
    findings.warning(key.name, message, hint, at=value)


def _check_duplicates(findings: Findings, own_lines: int | None) -> None:
    lines: dict[str, int] = {}
    for assignment in findings.document.assignments:
        if own_lines is not None and assignment.line > own_lines:
            break
        if assignment.operator == "=" and assignment.key in lines:
            findings.at(
                assignment.key,
                assignment.line,
                assignment.column,
                f"'{assignment.key}' is set on line {lines[assignment.key]} already; this value is used",
                "Remove one of the two.",
            )
        lines[assignment.key] = assignment.line


_MISSING = {NO_NAME: "name", NO_BOOT_SOURCE: "kernel"}
"""What is missing has no place in the text; the parameter that would mend it."""


def _check_whole(findings: Findings) -> None:
    """Everything xl refuses: first each point by itself, then the translation as a whole for the rest."""
    document = findings.document
    checks: list[tuple[str, Callable[[Reader], object]]] = [
        ("", translation.create_info),
        ("type", translation.domain_type),
        ("uuid", _check_uuid),
        ("", lambda reader: resources(reader, {}, ANY_HOST, ANY_NODES)),
        ("", build.boot_source),
        *((key, lambda reader, key=key: translation.action(reader, key)) for key in translation.ON_KEYS),
        *FAMILIES,
        ("", lambda reader: translation.translate(reader.document)),
    ]
    for key, check in checks:
        try:
            check(Reader(document))
        except RefusedError as error:
            findings.error(key or _key_at(document, error) or _MISSING.get(error.message, ""), error)


def _check_uuid(reader: Reader) -> None:
    uuid = reader.string("uuid")
    if uuid is not None:
        check_uuid(reader.document, uuid)


def _key_at(document: Document, error: ConfigError) -> str:
    return next((assignment.key for assignment in document.assignments if assignment.line == error.line), "")


def _check_traps(findings: Findings) -> None:
    document = findings.document
    name = document.string("name")
    if name is not None:
        try:
            check_name(name)
        except ConfigError as error:
            findings.warning("name", error.message, error.plain_hint)
    memory, maximum = document.number("memory"), document.number("maxmem")
    if memory is None and not document.parts("memory"):
        findings.at(
            "memory", 0, 0, "no memory is given; xl gives the domain 32 MiB", "Add memory = NUMBER, in MiB."
        )
    if memory is not None and maximum is not None and 0 < maximum < memory:
        findings.warning("maxmem", "maxmem is less than memory; xm refuses this", "Raise maxmem to memory.")
    _check_bootloader(findings)
    if document.string("cmdline") is not None:
        for key in ("root", "extra"):
            if document.string(key) is not None:
                findings.warning(key, f"xl ignores '{key}' next to cmdline", "Put it into cmdline.")
    for key in _MODES:
        if document.number(key) is not None:
            findings.warning(key, f"a number for '{key}' is deprecated", "Write the name of the mode.")


def _check_bootloader(findings: Findings) -> None:
    document = findings.document
    if isinstance(document.get("bootloader_args"), str):
        findings.warning(
            "bootloader_args", "arguments in one string are deprecated", 'Write a list: ["--quiet", "…"].'
        )
    bootloader = document.string("bootloader") or ""
    if bootloader.rpartition("/")[2] == "pygrub":
        for key in ("kernel", "ramdisk"):
            if document.string(key) is not None:
                findings.warning(
                    key,
                    f"next to pygrub, '{key}' is looked for inside the guest, and its boot menu is skipped",
                    f"Remove {key}, or remove bootloader to boot it from the host.",
                )
        if "/" in bootloader:
            findings.warning(
                "bootloader",
                "xl finds pygrub by itself and warns about a full path",
                'Write bootloader = "pygrub".',
            )
