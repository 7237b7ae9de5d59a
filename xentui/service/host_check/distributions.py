"""What makes a machine a Xen host: packages and steps of the distributions that have them.

Sources: Debian's xen-system-amd64 (its ``xen.cfg`` makes Xen the default), openSUSE's patterns xen_server and
xen_tools, Fedora's xen, Alpine's setup-xen-dom0 (alpine-conf).
"""

from __future__ import annotations

from xentui.service.host_check.facts import XEN_IMAGES, Facts

_LAST = ("reboot", "xl info    # answers once Xen runs; `uname -r` shows the kernel of Domain-0")
_STEPS: dict[str, tuple[str, ...]] = {
    "debian": ("apt install xen-system-amd64", "update-grub    # makes Xen the default", *_LAST),
    "suse": (
        "zypper install -t pattern xen_server xen_tools",
        "grub2-mkconfig -o /boot/grub2/grub.cfg",
        'grub2-set-default "the entry with Xen"    # its title, as /boot/grub2/grub.cfg has it',
        *_LAST,
    ),
    "fedora": (
        "dnf install xen",
        "grub2-mkconfig -o /boot/grub2/grub.cfg",
        'grub2-set-default "the entry with Xen"    # its title, as /boot/grub2/grub.cfg has it',
        "systemctl enable xendomains",
        *_LAST,
    ),
    "alpine": (
        "apk add xen xen-hypervisor",
        "setup-xen-dom0    # modules, and the services xenstored, xenconsoled and xenqemu",
        "grub-mkconfig -o /boot/grub/grub.cfg    # where GRUB is the boot loader",
        *_LAST,
    ),
}
_ALIKE = {
    "ubuntu": "debian",
    "opensuse": "suse",
    "opensuse-leap": "suse",
    "opensuse-tumbleweed": "suse",
    "sles": "suse",
}
_INSTALLERS = {
    "debian": "apt install",
    "suse": "zypper install",
    "fedora": "dnf install",
    "alpine": "apk add",
}


def family(facts: Facts) -> str:
    """Return the distribution whose packages are meant: ``debian``, ``suse``, ``fedora``, ``alpine``, or "" for
    another.
    """
    ids = {_ALIKE.get(word, word) for word in facts.distribution}
    return next((name for name in _STEPS if name in ids), "")


def steps(facts: Facts) -> tuple[str, ...]:
    """Return what makes this machine a Xen host, as commands in order; of an unknown distribution what all have in
    common.

    What is installed already is left out.
    """
    all_of_them = _STEPS.get(family(facts)) or (
        "install the hypervisor and its tools: often one package, xen",
        "rebuild the boot menu, with an entry of Xen as its default",
        *_LAST,
    )
    return all_of_them[1:] if facts.found(XEN_IMAGES) else all_of_them


def installer(facts: Facts) -> str:
    """Return the command that installs a package, without its name."""
    return _INSTALLERS.get(family(facts), "install")
