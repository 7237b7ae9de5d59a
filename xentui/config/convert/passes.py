"""The rules of a conversion, and how often each is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from xentui.config.convert import boot_rules, device_rules, key_rules, screen_rules, value_rules
from xentui.config.convert.ide_disks import far_disks
from xentui.config.convert.records import Conversion, ConvertedLine
from xentui.config.convert.rewriting import Rewriting
from xentui.config.convert.rule_input import RuleInput
from xentui.config.document import Document, parse
from xentui.config.secrets import is_secret, masked, without

_MEANT = (value_rules.sums, far_disks)
"""What the other rules must see done: they ask for values, and each rule's edits are of one and the same text."""
_PASSES = 4
"""What one rule has made may be for another: a renamed number, say."""
_RULES = (
    boot_rules.builder,
    boot_rules.firmware,
    boot_rules.loader,
    boot_rules.loader_arguments,
    boot_rules.command_line,
    device_rules.disks,
    device_rules.drives,
    device_rules.interfaces,
    device_rules.tpms,
    screen_rules.frame_buffers,
    screen_rules.of_no_use,
    key_rules.events,
    key_rules.processors,
    key_rules.backends,
    key_rules.renamed,
    key_rules.only_of_xm,
    key_rules.numbers,
    value_rules.processors,
    value_rules.uuid,
    key_rules.name,
    key_rules.defaults,
)


def converted(draft: Rewriting, document: Document, *, name: str = "", as_xm: bool) -> Conversion:
    """Return what the rules make of a draft that is in xl's grammar."""
    for rules in (_MEANT, *[_RULES] * _PASSES):
        work = RuleInput(document, name, as_xm, draft.of_xm)
        for rule in rules:
            rule(work)
        work.finish(draft)
        if draft.text != document.text:
            document = parse(draft.text, source=document.source)
        elif rules is _RULES:
            break
    return Conversion(document, _in_order(draft.changes, document))


def _in_order(changes: list[ConvertedLine], document: Document) -> tuple[ConvertedLine, ...]:
    """By line, without passwords; what belongs to no line is last."""
    secrets = frozenset(_secrets(document))

    def quiet(text: str) -> str:
        return without(masked(text), secrets)

    told = (
        replace(change, before=quiet(change.before), after=quiet(change.after), reason=quiet(change.reason))
        for change in changes
    )
    return tuple(sorted(told, key=lambda change: (not change.line, change.line)))


def _secrets(document: Document) -> Iterator[str]:
    """Yield the passwords of a configuration: parameters of their own, and words of frame buffers."""
    for key in document.keys():  # noqa: SIM118 - not a dict
        if is_secret(key):
            yield document.string(key) or ""
    for item in document.strings("vfb"):
        for word in item.split(","):
            name, _, value = word.partition("=")
            if is_secret(name.strip()):
                yield value.strip()
