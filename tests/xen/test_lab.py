"""The lab is what the other tests here take it for."""

from __future__ import annotations

from tests.xen.conftest import LabHost


def test_the_host_is_a_xen_4_17_with_nothing_but_domain_0(clean_host: LabHost) -> None:
    assert clean_host.run(["xl", "info", "xen_version"]).stdout.startswith("4.17")
    assert clean_host.run(["xl", "list"]).stdout.splitlines()[1].startswith("Domain-0")
    assert clean_host.domains() == {}


def test_the_guests_the_scenarios_boot_are_there(lab_host: LabHost) -> None:
    files = lab_host.run(["ls", "/srv/guests"]).stdout.split()
    assert {"vmlinuz", "guest-initrd.gz", "guest-menulst.img", "guest-grubcfg.img", "data.img"} <= set(files)


def test_a_guest_left_behind_is_cleaned_away(clean_host: LabHost) -> None:
    config = 'name = "left"\nkernel = "/srv/guests/vmlinuz"\nmemory = 96\n'
    clean_host.write("/root/left.cfg", config)
    clean_host.write("/var/lib/xentui/domains/x/config.cfg", config)
    clean_host.run(["xl", "create", "-q", "-p", "/root/left.cfg"])
    assert clean_host.domains()["left"][1] == "--p---"
    clean_host.clean()
    assert clean_host.domains() == {}
    # The source of the agent may stay: it says nothing of a guest.
    assert clean_host.run(["ls", "/var/lib/xentui"], check=False).stdout in ("", "agent\n")


def test_a_refused_command_is_reported_in_its_own_words(lab_host: LabHost) -> None:
    done = lab_host.run(["xl", "list", "nosuch"], check=False)
    assert (done.returncode, done.stderr) == (1, "nosuch is an invalid domain identifier (rc=-6)\n")
