"""Values that xl reads otherwise than Python did, or not at all (xm create.py, opts.py, xl.cfg(5))."""

from __future__ import annotations

from xentui.config.convert.rule_input import RuleInput, is_list
from xentui.config.identities import UUID_DIGITS, dashed
from xentui.config.numbers import c_long
from xentui.config.quoting import quote
from xentui.config.schema import BOOLEAN, NUMBER, schema
from xentui.config.syntax import Scalar


def sums(work: RuleInput) -> None:
    """``memory += 256``: xl does not add to numbers, and takes its default then; Python did."""
    if not work.as_xm:
        return
    for key in work.document.keys():  # noqa: SIM118 - not a dict
        known = schema().get(key)
        parts = work.document.parts(key)
        if known is None or known.kind not in (NUMBER, BOOLEAN) or len(parts) < 2 or parts[0].operator != "=":
            continue
        values = [part.value for part in parts if isinstance(part.value, Scalar)]
        if len(values) < len(parts):
            continue
        written = _sum(values)
        if written:
            reason = "xl ignores += for numbers and uses its default (xl.cfg(5)); xm added them"
            work.turn_into(key, f"{key} = {written}", reason)


def _sum(values: list[Scalar]) -> str:
    """Return what Python made of the values: a sum of numbers, texts joined; "" where it had none, or xl has none."""
    if all(value.quoted for value in values):
        text = "".join(value.text for value in values)
        return "" if c_long(text) is None else quote(text)
    numbers = [c_long(value.text) for value in values if not value.quoted]
    known = [number for number in numbers if number is not None]
    total = str(sum(known))
    return total if len(known) == len(values) and c_long(total) is not None else ""


def processors(work: RuleInput) -> None:
    """``cpus = ""``, by which xm meant any CPU."""
    if (
        work.has("cpus")
        and not is_list(work.document, "cpus")
        and not (work.document.string("cpus") or "").strip()
    ):
        work.comment_out(
            "cpus",
            "for xm it meant any CPU, which is the default (xm create.py); for xl it means none (xl.cfg(5))",
        )


def uuid(work: RuleInput) -> None:
    """A uuid with its dashes elsewhere than xl wants them, or without; xm passed over them."""
    text = work.document.string("uuid") or ""
    if not is_list(work.document, "uuid") and UUID_DIGITS.fullmatch(text):
        new = dashed(text)
        if new != text:
            work.set("uuid", new, "xl reads a uuid of 8-4-4-4-12 digits only (xl.cfg(5))")
