"""What a domain is called, and what happens when it ends (xl.cfg(5))."""

from __future__ import annotations

from xentui.config.schema.key import BOTH, STRING, XL, Key

ACTIONS = (
    "destroy",
    "restart",
    "rename-restart",
    "preserve",
    "coredump-destroy",
    "coredump-restart",
    "soft-reset",
)
IDENTITY: tuple[Key, ...] = (
    Key(
        "name", STRING, toolstack=BOTH, term="name", doc="The domain's name, unique on the host; xl needs it."
    ),
    Key(
        "uuid",
        STRING,
        default="random",
        toolstack=BOTH,
        term="uuid",
        doc="The domain's lasting identity; without it every start makes a new one.",
    ),
    Key(
        "type",
        STRING,
        default="pv",
        values=("pv", "pvh", "hvm"),
        toolstack=XL,
        term="type",
        doc="How the guest is virtualised.",
    ),
    Key(
        "builder",
        STRING,
        default="generic",
        values=("hvm", "generic"),
        toolstack=BOTH,
        term="builder",
        doc="The older spelling of type; xl refuses xm's 'linux'.",
    ),
)
LIFE: tuple[Key, ...] = (
    Key(
        "on_poweroff",
        STRING,
        default="destroy",
        values=ACTIONS,
        toolstack=BOTH,
        term="on power-off",
        doc="What happens when the guest powers off.",
    ),
    Key(
        "on_reboot",
        STRING,
        default="restart",
        values=ACTIONS,
        toolstack=BOTH,
        term="on reboot",
        doc="What happens when the guest reboots.",
    ),
    Key(
        "on_crash",
        STRING,
        default="destroy",
        values=ACTIONS,
        toolstack=BOTH,
        term="on crash",
        doc="What happens when the guest crashes.",
    ),
    Key(
        "on_watchdog",
        STRING,
        default="destroy",
        values=ACTIONS,
        toolstack=XL,
        term="on watchdog",
        doc="What happens when the guest's watchdog fires.",
    ),
    Key(
        "on_soft_reset",
        STRING,
        default="soft-reset",
        values=ACTIONS,
        toolstack=XL,
        term="on soft reset",
        doc="What happens when the guest asks for a soft reset.",
    ),
)
