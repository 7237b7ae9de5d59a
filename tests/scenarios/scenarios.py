"""What an admin does, step by step; every step checked against plain ``xl list`` too."""

from __future__ import annotations

import re
from collections.abc import Callable

import pexpect

from tests.scenarios.world import World

PVH_GRUB = "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"
DOWN = "\x1bOB"
"""The arrow key in application mode, which pygrub's curses sets."""


def managed_domain_from_new_to_delete(world: World) -> None:
    """The wiki's story: new, start with console, a disk on the fly, shutdown, an experiment, start, delete."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/extra.img")
    path = world.guest("alpha", vif="['bridge=xenbr0']")
    world.run("new", path)
    stored = world.domain("alpha")
    assert (stored["managed"], stored["state"], stored["domid"]) == (True, "off", None)
    assert "alpha" not in world.xl_rows()
    assert "already" in world.run("new", path, status=1)

    child = world.spawn("start", "alpha", "-c")
    world.boot_to_prompt(child)
    world.type_command(child, "echo m$((40+2))k", "m42k")
    world.leave(child)
    running = world.domain("alpha")
    assert running["uuid"] == stored["uuid"]
    assert running["state"] in ("running", "blocked")
    assert world.xl_rows()["alpha"][0] == running["domid"]
    assert running["drift"] == []

    world.run("block-attach", str(running["domid"]), "file:/srv/guests/extra.img", "/dev/xvdb", "w")
    assert "51728" in world.xl("block-list", "alpha")
    assert world.domain("alpha")["drift"] == ["file"]
    assert "xvdb" in world.told("config", "alpha")
    assert "xvdb" not in world.read(path)
    assert "running" in world.run("delete", "alpha", status=1)

    world.run("shutdown", "-w", "alpha")
    world.wait_state("alpha", "off")
    assert "alpha" not in world.xl_rows()
    assert "xvdb" in world.told("config", "alpha")

    world.write(path, world.read(path).replace("memory = 128", "memory = 160"))
    world.run("create", path)
    world.xl("pause", "alpha")  # that it boots was seen
    assert world.domain("alpha")["memory_mib"] == 160
    assert world.domain("alpha")["uuid"] == stored["uuid"]
    assert "one-off" in world.told("list", "alpha")
    assert "memory = 128" in world.told("config", "alpha")
    world.run("destroy", "--yes", "alpha")
    assert world.domain("alpha")["state"] == "off"

    world.run("start", "alpha")
    assert world.domain("alpha")["memory_mib"] == 128
    assert "one-off" not in world.run("list", "alpha")
    assert "51728" in world.xl("block-list", "alpha")
    assert "running" in world.run("start", "alpha", status=1)
    world.run("destroy", "--yes", "alpha")
    world.run("delete", "alpha")
    assert "alpha" not in world.domains()
    world.run("show", "alpha", status=3)
    assert "memory = 160" in world.read(path)


def transient_domain_vanishes(world: World) -> None:
    """What ``create`` boots is listed as transient, obeys, and is forgotten when it ends."""
    path = world.guest("beta", maxmem=160)
    world.run("create", path, "vcpus=1", "memory=144")
    listed = world.domain("beta")
    assert (listed["managed"], listed["memory_mib"]) == (False, 144)
    world.run("pause", "beta")
    assert world.domain("beta")["state"] == "paused"
    assert world.xl_rows()["beta"][1][2] == "p"
    world.run("pause", "beta", status=1)
    world.run("unpause", "beta")
    assert world.domain("beta")["state"] in ("running", "blocked")
    world.xl("pause", "beta")  # nothing below is of its boot
    world.run("create", path, status=1)
    world.run("rename", "beta", "gamma")
    assert "gamma" in world.xl_rows()
    world.run("destroy", "--yes", "gamma")
    assert "gamma" not in world.domains()
    world.run("destroy", "gamma", status=3)


def saved_and_restored(world: World) -> None:
    """``save``/``restore`` with a file, ``suspend``/``resume`` with the store's own checkpoint."""
    world.run("new", world.guest("delta"))
    child = world.spawn("start", "-c", "delta")
    world.boot_to_prompt(child)
    world.type_command(child, "echo still > /mark; echo wr$((1+1))tten", "wr2tten")
    world.leave(child)

    world.run("save", "delta", "/srv/guests/delta.save")
    assert world.domain("delta")["state"] == "off"
    world.run("restore", "/srv/guests/delta.save")
    assert world.domain("delta")["state"] in ("running", "blocked")

    world.run("suspend", "delta")
    assert world.domain("delta")["state"] == "suspended"
    assert "delta" not in world.xl_rows()
    assert "suspended" in world.run("start", "delta", status=1)
    assert "suspended" in world.run("delete", "delta", status=1)
    world.run("resume", "delta")
    assert world.domain("delta")["state"] in ("running", "blocked")

    child = world.spawn("console", "delta")
    child.expect("Ctrl-]")
    world.wake(child)
    world.type_command(child, "cat /mark", "still")
    world.leave(child)
    world.run("destroy", "--yes", "delta")
    assert "off" in world.run("resume", "delta", status=1)
    world.run("delete", "delta")


def reboot_and_crash_follow_their_actions(world: World) -> None:
    """on_reboot gives a new domid; a crash is kept with ``preserve`` and cleared away without."""
    world.run("new", world.guest("epsilon", on_reboot="restart", on_crash="preserve"))
    child = world.spawn("start", "-c", "epsilon")
    world.boot_to_prompt(child)
    world.leave(child)
    first = world.domain("epsilon")
    world.run("reboot", "-w", "epsilon")
    second = world.domain("epsilon")
    assert second["domid"] > first["domid"]
    assert second["uuid"] == first["uuid"]

    child = world.spawn("console", "epsilon")
    world.wake(child)
    child.send("echo c > /proc/sysrq-trigger\r")
    child.expect("panic")
    world.wait_state("epsilon", "crashed")
    child.close(force=True)
    assert world.xl_rows()["epsilon"][1][3:5] == "sc"
    assert "crashed" in world.run("delete", "epsilon", status=1)
    assert "crashed" in world.run("console", "epsilon", status=1)
    world.run("destroy", "--yes", "epsilon")
    assert world.domain("epsilon")["state"] == "off"
    world.run("delete", "epsilon")


def pygrub_entry_chosen_by_arrow(world: World) -> None:
    """The boot menu on the terminal: down, Enter, and the second entry boots."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/zeta.img")
    world.write(
        "/etc/xen/zeta.cfg",
        'name = "zeta"\nmemory = 128\nbootloader = "pygrub"\ndisk = [\'file:/srv/guests/zeta.img,xvda,w\']\n',
    )
    world.run("new", "zeta.cfg")
    child = world.spawn("start", "zeta", "-c")
    child.expect("Will boot selected entry in")
    child.send(DOWN)
    child.send("\r")
    child.expect("guest up: ")
    child.expect("entry=rescue")
    world.leave(child)
    assert world.domain("zeta")["drift"] == []
    world.run("destroy", "--yes", "zeta")
    world.run("delete", "zeta")


def boot_menus_are_read_without_booting(world: World) -> None:
    """What a guest would boot, off and running, and what boots then; and of an image, and of a kernel of the host."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/nu.img")
    world.copy_image("/srv/guests/guest-grubcfg.img", "/srv/guests/xi.img")
    for name in ("nu", "xi"):
        disk = f"disk = ['file:/srv/guests/{name}.img,xvda,w']"
        world.write(f"/etc/xen/{name}.cfg", f'name = "{name}"\nmemory = 128\nbootloader = "pygrub"\n{disk}\n')
        world.run("new", f"{name}.cfg")
    off = world.asked("boot-entries", "nu")
    assert (off["loader"], off["default"], off["timeout"]) == ("grub-legacy", "Tiny Linux (normal)", 8)
    assert (off["source"]["path"], off["stale"], off["notes"]) == ("/boot/grub/menu.lst", False, [])
    first, second = off["entries"]
    assert (first["default"], second["default"]) == (True, False)
    assert (second["title"], second["kernel"]) == ("Tiny Linux (rescue)", "/boot/vmlinuz")
    assert second["initrd"] == ["/boot/initrd"]
    assert "entry=rescue" in second["args"]
    assert world.asked("boot-entries", "/srv/guests/nu.img") == off
    grub2 = world.asked("boot-entries", "xi")
    assert (grub2["loader"], grub2["default"], grub2["timeout"]) == ("grub2", "Tiny Linux", 10)
    assert [entry["submenu"] for entry in grub2["entries"]] == [[], ["Advanced options"]]

    child = world.spawn("start", "nu", "-c")
    child.expect("Will boot selected entry in")
    child.send("\r")
    child.expect("guest up: ")
    child.expect("entry=normal")
    world.leave(child)
    now = world.asked("boot-entries", "nu")
    assert (now["entries"], now["stale"]) == (off["entries"], True)
    assert "the guest runs" in now["notes"][0]
    world.run("destroy", "--yes", "nu")
    world.run("delete", "nu")
    world.run("delete", "xi")

    world.run("new", world.guest("omicron", extra="console=hvc0 single"))
    (kernel,) = world.asked("boot-entries", "omicron")["entries"]
    assert (kernel["kernel"], kernel["args"]) == ("/srv/guests/vmlinuz", "console=hvc0 single")
    world.run("delete", "omicron")
    assert "no boot menu" in world.run("boot-entries", "/srv/guests/data.img", status=1)
    assert "No such file" in world.run("boot-entries", "/srv/guests/nothere.img", status=1)


def boot_entry_chosen_by_title(world: World) -> None:
    """A wrong title is refused before anything is made; a right one, and arguments behind it, boot just this once."""
    for name, image in (("eta", "menulst"), ("theta", "grubcfg")):
        world.copy_image(f"/srv/guests/guest-{image}.img", f"/srv/guests/{name}.img")
        loader = 'bootloader = "pygrub"' if name == "eta" else f'type = "pvh"\nkernel = "{PVH_GRUB}"'
        disk = f"disk = ['file:/srv/guests/{name}.img,xvda,w']"
        world.write(f"/etc/xen/{name}.cfg", f'name = "{name}"\nmemory = 128\n{loader}\n{disk}\n')
        world.run("new", f"{name}.cfg")
    assert "no entry" in world.run("start", "eta", "--entry", "Tiny Linux (rescuE)", status=1)
    assert "eta" not in world.xl_rows()

    world.run("start", "eta", "--entry", "Tiny Linux (rescue)")
    _sees(world, "eta", "root=/dev/xvda ro console=hvc0 single entry=rescue")
    assert "one-off" in world.run("list", "eta")
    world.run("destroy", "--yes", "eta")

    rescue = "Advanced options>Tiny Linux (rescue)"
    world.run("start", "theta", "--entry", rescue, "--add-args", "seen=pvh")
    _sees(world, "theta", "root=/dev/xvda ro console=hvc0 single entry=grub-rescue seen=pvh")
    world.run("destroy", "--yes", "theta")

    world.run("boot-entry", "eta", "1")
    world.run("start", "eta")
    _sees(world, "eta", "root=/dev/xvda ro console=hvc0 single entry=rescue")
    assert "one-off" not in world.run("list", "eta")
    world.run("destroy", "--yes", "eta")
    for name in ("eta", "theta"):
        world.run("delete", name)


def _sees(world: World, name: str, line: str) -> None:
    """The guest's own kernel was given a command line."""
    child = world.spawn("console", name)
    child.expect("guest up: ")
    child.send("\r")
    child.expect(world.prompt)
    world.type_command(child, "cat /proc/cmdline", re.escape(line))
    world.leave(child)


def a_script_logs_in_and_asks_for_the_kernel(world: World) -> None:
    """Steps of expect and send on a console: the secret is the environment's, and the exit status tells how it went."""
    login = "timeout 120\nsend\nexpect login: ?$\nsend root\nexpect Password:\n"
    login += "fail Login incorrect\nsecret ROOT_PASSWORD\n"
    # No ^ before the digits: the shell asks for the cursor's place, and a slow guest echoes the answer there.
    asks = login + "expect [#$] ?$\nsend uname -r\nexpect \\d+\\.\\d+\\S*\nexpect [#$] ?$\n"
    world.write("/etc/xen/login.steps", asks)
    world.write("/etc/xen/wrong.steps", "send\nexpect login: ?$\nsend\nexpct Password:\n")
    world.run("new", world.guest("rho", extra="console=hvc0 login"))
    world.run("start", "rho")
    world.ask_for_login("rho")
    assert "/etc/xen/wrong.steps:4: " in world.run(
        "console", "rho", "--run", "host:/etc/xen/wrong.steps", status=2
    )
    assert "ROOT_PASSWORD" in world.run("console", "rho", "--run", "host:/etc/xen/login.steps", status=2)
    # The guest has asked already: the one who waits sees the question when it is asked again.
    assert "login:" in world.run("console", "rho", "--send", "", "--expect", "login: ?$", "--timeout", "120")
    assert "read-only" in world.run("--read-only", "console", "rho", "--send", "root", status=1)

    world.environment["XENTUI_SECRET_ROOT_PASSWORD"] = "wrong"  # noqa: S105
    assert "Login incorrect" in world.run("console", "rho", "--run", "host:/etc/xen/login.steps", status=5)
    world.environment["XENTUI_SECRET_ROOT_PASSWORD"] = "sesam"  # noqa: S105
    said = world.run("console", "rho", "--run", "host:/etc/xen/login.steps")
    assert re.search(r"\d+\.\d+\.\d+", said)
    assert "sesam" not in said
    assert "not seen in 1 s" in world.run(
        "console", "rho", "--wait", "never printed", "--timeout", "1", status=4
    )
    world.run("destroy", "--yes", "rho")
    world.run("delete", "rho")


def an_installer_ends_and_what_is_stored_comes_up(world: World) -> None:
    """An installer writes to the disk and reboots: what is stored boots by itself, from that disk; by hand, nothing."""
    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/rho.img")
    world.write(
        "/etc/xen/rho.cfg",
        'name = "rho"\nmemory = 128\nbootloader = "pygrub"\ndisk = [\'file:/srv/guests/rho.img,xvda,w\']\n',
    )
    world.run("new", "rho.cfg")
    installer = ("--kernel", "/srv/guests/vmlinuz", "--ramdisk", "/srv/guests/guest-initrd.gz")
    child = world.spawn("install", "rho", *installer, "--extra", "console=hvc0 installer=1", "-c")
    child.expect("installer=1")
    world.wake(child)
    installing = world.domain("rho")
    former = installing["domid"]
    assert "installing" in world.told("list", "rho")
    assert "being installed" in world.run("start", "rho", status=1)
    assert "install" in world.run("suspend", "rho", status=1)
    world.type_command(child, "mount -t ext4 /dev/xvda /mnt && echo mou$((40+2))ted", "mou42ted")
    world.type_command(
        child, "echo by the installer > /mnt/MARK; umount /mnt; echo wr$((40+2))tten", "wr42tten"
    )
    child.send("reboot\r")
    child.expect(pexpect.EOF)
    child.close()

    # A boot loader, a kernel and a disk after the end of another: twice what one of them may take.
    patience = 2 * world.patience
    world.wait("rho from its disk", lambda: _is_anew(world, "rho", former), patience=patience)
    world.wait("rho up", lambda: _runs_anew(world, "rho", former), patience=patience)
    _sees(world, "rho", "root=/dev/xvda ro console=hvc0 entry=normal")
    stored = world.shown("rho")
    assert (stored["uuid"], stored["one_off"], stored["install"]) == (installing["uuid"], False, None)
    assert stored["actions"]["on_reboot"] == "restart"
    child = world.spawn("console", "rho")
    child.expect("Ctrl-]")
    world.wake(child)
    world.type_command(child, "mount -t ext4 /dev/xvda /mnt && cat /mnt/MARK", "by the installer\r")
    world.leave(child)
    world.run("destroy", "--yes", "rho")

    world.run("install", "rho", *installer)
    world.run("destroy", "--yes", "rho")
    world.wait("rho broken off", lambda: world.shown("rho")["install"] == "broken off")
    child = world.spawn("install", "rho", "--resume", "-c")
    world.boot_to_prompt(child)
    world.leave(child)
    former = world.xl_rows()["rho"][0]
    world.xl("shutdown", "-w", "rho")
    world.wait("rho from its disk again", lambda: _is_anew(world, "rho", former), patience=patience)
    world.wait("rho installed", lambda: world.shown("rho")["install"] is None, patience=patience)
    assert world.domain("rho")["domid"] is not None
    world.run("destroy", "--yes", "rho")
    world.run("delete", "rho")


_ANSWERS = """\
name = "sigma"
system = "debian"
type = "pv"
memory = "128M"

[source]
kind = "cloud"
path = "/srv/guests/guest-grubcfg.img"

[first_boot]
user = "ada"
ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f ada@desk"]
hostname = "sigma.example.org"
address = "192.0.2.10/24"
gateway = "192.0.2.1"

[[disk]]
path = "/srv/guests/sigma.img"

[[interface]]
bridge = "xenbr0"
"""


def a_cloud_image_runs_with_what_it_is_told_beside_it(world: World) -> None:
    """A file of answers makes a running guest of a cloud image; what it is told lies on a disk it can only read."""
    world.write("/etc/xen/sigma.toml", _ANSWERS)
    make = ("make", "--from", "host:/etc/xen/sigma.toml")
    assert "user ada with 1 ssh key" in world.run("--dry-run", *make)
    assert "sigma" not in world.domains()
    world.run(*make, "--start", "--yes")
    assert world.domain("sigma")["state"] in ("running", "blocked")
    world.xl("pause", "sigma")  # nothing below is of its boot, which would take the host's processors
    stored = world.told("config", "sigma")
    assert '"/srv/guests/sigma.img,raw,xvda,w"' in stored
    assert '"/srv/guests/sigma-cidata.iso,raw,xvdb,r"' in stored
    assert "51728" in world.xl("block-list", "sigma")
    about = world.asked("image", "info", "/srv/guests/sigma-cidata.iso")
    assert about["running"] == ["sigma"]
    assert [(part["filesystem"], part["label"]) for part in about["partitions"]] == [("iso9660", "cidata")]
    again = world.run(*make, "tau", "--yes", status=1)
    assert "/srv/guests/sigma.img: is there already" in again
    world.run("destroy", "--yes", "sigma")
    world.run("delete", "sigma")
    world.run("image", "rm", "--yes", "/srv/guests/sigma.img", "/srv/guests/sigma-cidata.iso")


def _is_anew(world: World, name: str, former: int) -> bool:
    """Whether there is a domain of another domid than before, as plain xl has it: that is a fifth of the work."""
    return world.xl_rows().get(name, (former, ""))[0] != former


def _runs_anew(world: World, name: str, former: int) -> bool:
    """Whether a domain runs under another domid than before."""
    now = world.domain(name)
    return now["domid"] != former and now["state"] in ("running", "blocked")


def changes_behind_our_back_show(world: World) -> None:
    """What plain ``xl`` does is listed: create, pause, a name, destroy; the stored one is recognised by uuid."""
    path = world.guest("eta", uuid="6b1f0e52-3b9c-4a53-8f0e-55d1c0a4e7a1")
    world.xl("create", path)
    assert world.domain("eta")["managed"] is False
    world.xl("pause", "eta")
    world.run("new", path)
    assert world.domain("eta")["managed"] is True
    assert world.domain("eta")["state"] == "paused"
    world.xl("rename", "eta", "theta")
    assert world.domain("theta")["drift"] == ["running"]
    assert "name" in world.run("show", "theta")
    # What a guest has had of the CPU grows between two looks.
    assert _uuid_line(world.told("show", "eta")) == _uuid_line(world.told("show", "theta"))
    world.xl("rename", "theta", "eta")
    world.xl("unpause", "eta")
    assert world.domain("eta")["state"] in ("running", "blocked")
    world.xl("destroy", "eta")
    assert world.domain("eta")["state"] == "off"
    world.run("autostart", "eta", "on")
    assert world.domain("eta")["autostart"] is True
    world.run("delete", "eta")
    assert "eta" not in world.domains()


def stopped_copies_take_nobodys_place(world: World) -> None:
    """`rename-restart` keeps what has crashed under the uuid of what it starts in its place."""
    world.run("new", world.guest("mu", on_crash="rename-restart"))
    child = world.spawn("start", "mu", "-c")
    world.boot_to_prompt(child)
    first = world.domain("mu")
    child.send("echo c > /proc/sysrq-trigger\r")
    child.expect("panic")
    child.close(force=True)
    world.wait(
        "mu started anew beside its copy",
        lambda: (
            any(item["copy_of"] == "mu" for item in world.domains().values())
            and world.domains().get("mu", {}).get("domid") not in (None, first["domid"])
        ),
    )
    (copy,) = [item for item in world.domains().values() if item["copy_of"] == "mu"]
    now = world.domain("mu")
    assert (now["managed"], now["uuid"], copy["managed"], copy["uuid"]) == (
        True,
        first["uuid"],
        False,
        first["uuid"],
    )
    assert (copy["domid"], copy["state"]) == (first["domid"], "crashed")
    assert "copy of mu" in world.run("show", copy["name"])
    world.run("destroy", "--yes", "mu")
    assert world.domain("mu")["state"] == "off"
    world.run("history", "mu")
    assert "copy of mu" in world.run("start", copy["name"], status=1)
    world.run("clear", "--yes", "mu")
    assert copy["name"] not in world.xl_rows()
    world.run("delete", "mu")
    assert "mu" not in world.domains()


def bad_input_changes_nothing(world: World) -> None:
    """Malformed files, missing disks and kernels, disks in use, too much memory: a clear word, and nothing done."""
    before = world.domains()
    world.write("/etc/xen/bad.cfg", 'name = "bad"\nmemory =\n')
    said = world.run("new", "/etc/xen/bad.cfg", status=1)
    assert "bad.cfg:2:" in said
    assert "expect" in said.lower()
    world.run("create", "/etc/xen/nothere.cfg", status=1)
    path = world.guest("iota", disk="['file:/srv/guests/nothere.img,xvda,w']")
    assert "/srv/guests/nothere.img" in world.run("create", path, status=1)
    path = world.guest("iota", kernel="/srv/guests/nokernel")
    assert "/srv/guests/nokernel" in world.run("create", path, status=1)
    path = world.guest("iota", memory=900000)
    assert "memory" in world.run("create", path, status=1)
    path = world.guest("12345")
    assert "digits" in world.run("new", path, status=1)
    assert world.run("destroy", "", status=2)
    assert "Domain-0" in world.run("destroy", "0", status=1)
    assert world.domains().keys() == before.keys()

    world.copy_image("/srv/guests/guest-menulst.img", "/srv/guests/kappa.img")
    disk = "['file:/srv/guests/kappa.img,xvda,w']"
    world.run("create", world.guest("kappa", disk=disk))
    assert "in use by kappa" in world.run("create", world.guest("lambda", disk=disk), status=1)
    world.run("destroy", "--yes", "kappa")
    assert world.domains().keys() == before.keys()


SCENARIOS: tuple[Callable[[World], None], ...] = (
    managed_domain_from_new_to_delete,
    transient_domain_vanishes,
    saved_and_restored,
    reboot_and_crash_follow_their_actions,
    pygrub_entry_chosen_by_arrow,
    boot_menus_are_read_without_booting,
    boot_entry_chosen_by_title,
    a_script_logs_in_and_asks_for_the_kernel,
    an_installer_ends_and_what_is_stored_comes_up,
    a_cloud_image_runs_with_what_it_is_told_beside_it,
    changes_behind_our_back_show,
    stopped_copies_take_nobodys_place,
    bad_input_changes_nothing,
)


def _uuid_line(shown: str) -> str:
    return next(line for line in shown.splitlines() if line.startswith("uuid:"))
