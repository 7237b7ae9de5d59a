"""Options of xm's command line that a file may set as well (xm's create.py of 4.4)."""

from __future__ import annotations

from xentui.config.schema.key import BOOLEAN, STRING, XM, Key


def _option(name: str, kind: str, what: str, *, term: str = "", instead: str = "") -> Key:
    doc = f"An option of the command line: {what}."
    return Key(name, kind, toolstack=XM, term=term or what, doc=doc, instead=instead)


OPTIONS: tuple[Key, ...] = (
    _option("help", BOOLEAN, "help"),
    _option("help_config", BOOLEAN, "help on parameters"),
    _option("quiet", BOOLEAN, "say less"),
    _option("path", STRING, "where files are looked for"),
    _option("defconfig", STRING, "file of the configuration"),
    _option("config", STRING, "s-expression of the configuration"),
    _option("load", STRING, "saved memory to go on with", instead="xl restore"),
    _option("dryrun", BOOLEAN, "only say what would be done", instead="xl create -n"),
    _option("xmldryrun", BOOLEAN, "only print XML"),
    _option("skipdtd", BOOLEAN, "check no XML"),
    _option("paused", BOOLEAN, "stay paused after the start", instead="xl create -p"),
    _option("console_autoconnect", BOOLEAN, "connect to the console", instead="xl create -c"),
)
