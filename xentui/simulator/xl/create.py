"""``xl create`` (xl_vmcontrol.c, main_create and create_domain)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xentui import config as language
from xentui.errors import ConfigError
from xentui.simulator import deterministic_random, host, loading, yajl
from xentui.simulator.call import Call, Exit
from xentui.simulator.files import exists, is_file
from xentui.simulator.guest import Guest, GuestPhase
from xentui.simulator.xl import admission
from xentui.simulator.xl.options import Parsed, parse

#: Seconds a console may take to come up; the menu's countdown begins when it is drawn.
_CURTAIN = 10.0
_LONG = {
    "defconfig": "f",
    "dryrun": "n",
    "quiet": "q",
    "vncviewer": "V",
    "vncviewer-autopass": "A",
    "ignore-global-affinity-masks": "i",
}


def create(call: Call, words: Sequence[str], *, dry: bool = False) -> int:
    """``xl create [-c] [-e] [-F] [-n] [-p] [-q] FILE [KEY=VALUE …]``; ``dry`` is xl's own ``-N``."""
    first = words[0] if words else ""
    named = first if first and "=" not in first and not first.startswith("-") else ""
    given = parse(call, "create", words[1:] if named else words, "Fnqf:pcdeVAi", 0, _LONG)
    path, settings = named or given.options.get("f", ""), list(given.arguments)
    if not path and settings and "=" not in settings[0]:
        path = settings.pop(0)
    if not path:
        raise call.fail("Config file not specified and none in save file", 6)
    config = read(call, path, settings, quiet="q" in given)
    if dry or "n" in given:
        call.out(yajl.render(_with_uuid(call, config)) + "\n")
        return 0
    return _boot(call, config, given)


def _with_uuid(call: Call, config: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration with a uuid made up where it has none, as xl does even for a dry run."""
    given = config["c_info"]
    if "uuid" in given:
        return config
    create: dict[str, Any] = {}
    for key, value in given.items():
        create[key] = value
        if key == "name":
            create["uuid"] = deterministic_random.uuid(
                int(call.state.get("seed", 1)), int(call.clock() * 1000)
            )
    return {**config, "c_info": create}


def read(call: Call, path: str, settings: Sequence[str], *, quiet: bool) -> dict[str, Any]:
    """Return a configuration file with settings added, as libxl's object.  Raises Exit where xl refuses it."""
    real = Path(call.real_path(path))
    if exists(real) and not is_file(real):
        call.err(
            f"libxl: error: libxl_utils.c:346:libxl_read_file_contents: {path} is not a plain file: Success\n"
        )
        raise call.fail(f"Failed to read config file: {path}: Inappropriate ioctl for device", 3)
    try:
        with real.open("rb") as file:
            data = file.read(1 << 20)
    except OSError as error:
        raise call.fail(f"Failed to read config file: {path}: {error.strerror}", 3) from None
    if not quiet:
        call.err(f"Parsing config from {path}\n")
    text = data + "".join(f"{word}\n" for word in settings).encode("utf-8", "surrogateescape")
    if settings and data and not data.endswith(b"\n"):
        text = data + b"\n" + text[len(data) :]
    return translate(call, text, path)


def translate(call: Call, text: bytes, source: str) -> dict[str, Any]:
    """libxl's object for the text of a configuration.  Raises Exit, after xl's own words, where xl refuses
    it.
    """
    try:
        translation = language.translate(
            language.parse(text, source=source), host_cpus=host.hardware(call.state).cpus
        )
    except ConfigError as error:
        lexical = f"{source}:{max(1, error.line)}: config parsing error near `': lexical error"
        for line in getattr(error, "words", ()) or (lexical, "Failed to parse config: Invalid argument"):
            call.err(f"{line}\n")
        raise Exit(int(getattr(error, "exit_code", 1))) from None
    call.err("".join(f"{line}\n" for line in translation.warnings))
    return dict(translation.config)


def _boot(call: Call, config: dict[str, Any], given: Parsed) -> int:
    with_console = "c" in given and call.attached
    guest = admit(call, config, given)
    if with_console:
        return _with_console(call, guest)
    code = built(call, guest)
    if code == 0 and "F" in given:
        call.wait_until(lambda: call.state.guest(guest.domid) is None)
    return code


def admit(call: Call, config: dict[str, Any], given: Parsed) -> Guest:
    """Let a new domain in.  Raises Exit where the host refuses it; its domid is used up all the same."""
    with call.state.change():
        try:
            now = call.now()
            admission.check(call, config)
        except Exit as end:
            refused = end
        else:
            return call.machine.introduce(
                config,
                now,
                watched="e" not in given,
                paused="p" in given,
                timeout=_countdown(call, config, given),
            )
    raise refused


def _countdown(call: Call, config: dict[str, Any], given: Parsed) -> float | None:
    """Return seconds the boot menu waits: as many as it says, from when it is seen, where somebody looks at it."""
    timeout = loading.menu_timeout(call.files, config)
    if timeout is None:
        return None
    shown = "c" in given and call.attached
    return timeout + _CURTAIN if shown else timeout * call.machine.pace


def built(call: Call, guest: Guest) -> int:
    """Wait until a new domain is built; the exit status is 3 where it goes away before."""
    domid = guest.domid

    def ready() -> bool:
        now = call.state.guest(domid)
        return now is None or now.phase not in (GuestPhase.MENU, GuestPhase.BUILDING)

    call.wait_until(ready)
    return 0 if call.state.guest(domid) is not None else 3


def _with_console(call: Call, guest: Guest) -> int:
    from xentui.simulator.console import client  # most attach to none

    return client.attach(call, guest.domid)
