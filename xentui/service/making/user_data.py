"""User-data for cloud-init: what kind a text is, and what can be told of it without running it."""

from __future__ import annotations

from xentui.errors import UsageError
from xentui.text import lines

LIMIT = 512 << 10
_KINDS = (
    ("#cloud-config-archive", "a cloud-config archive"),
    ("#cloud-config", "a cloud-config"),
    ("#cloud-boothook", "a boot hook"),
    ("#include", "a list of addresses"),
    ("## template: jinja", "a template"),
    ("#!", "a script"),
    ("Content-Type: multipart/", "a MIME archive"),
    ("MIME-Version:", "a MIME archive"),
)
"""How cloud-init tells them apart, by their beginning (cloudinit/handlers/__init__.py, INCLUSION_TYPES_MAP)."""


def kind(text: str) -> str:
    """Return what a text is to cloud-init; "" for nothing it knows."""
    return next((words for mark, words in _KINDS if text.lower().startswith(mark.lower())), "")


def checked(text: str) -> list[str]:
    """Return what is odd about user-data; raises UsageError for what cloud-init would leave aside, or cannot read."""
    if len(text.encode("utf-8", "replace")) > LIMIT:
        raise UsageError(f"has more than {LIMIT >> 10} KiB", subject="user-data", hint="make it smaller")
    found = kind(text)
    if not found:
        raise UsageError(
            "is not a file that cloud-init knows",
            subject="user-data",
            hint="it begins with #cloud-config, #! or is a MIME archive",
        )
    if "\0" in text or "\ufeff" in text[:1]:
        raise UsageError("has bytes that no text has", subject="user-data", hint="save it as plain UTF-8")
    odd = []
    if found == "a cloud-config":
        body = lines(text)[1:]
        for number, line in enumerate(body, 2):
            if line[: len(line) - len(line.lstrip())].count("\t"):
                raise UsageError(
                    f"line {number} is indented by a tab, which YAML does not allow",
                    subject="user-data",
                    hint="indent it by blanks",
                )
        if not any(line.strip() and not line.lstrip().startswith("#") for line in body):
            odd.append("the user-data say nothing")
    if "\r" in text:
        odd.append("the user-data have lines that end as on Windows: a script of them would not run")
    return odd
