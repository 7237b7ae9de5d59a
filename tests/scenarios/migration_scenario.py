"""A domain that moves between two hosts and back, as an admin does it: on the simulator and on a real Xen."""

from __future__ import annotations

from tests.scenarios.world import World


def migration_there_and_back(
    source: World, target: World, there: str, back: str, *, engine: str = "xl"
) -> None:
    """Managed on one host only, at each moment; its uuid, history and start with the host go along.

    ``there`` and ``back`` are what the command line calls the two hosts, ``engine`` the client of what drives both:
    libvirt keeps no history.
    """
    source.run("new", source.guest("mover", type="pvh"))
    source.run("autostart", "mover", "on")
    source.run("start", "mover")
    source.wait_state("mover", "running", "blocked")
    uuid = source.domain("mover")["uuid"]
    wanted = {"xl": "xl migrate", "virsh": "virsh -q -c xen:///system migrate"}[engine]
    assert wanted in source.run("--dry-run", "migrate", "mover", there)
    assert "mover" not in target.domains()
    source.run("migrate", "--yes", "mover", there)
    assert "mover" not in source.domains()
    arrived = target.domain("mover")
    assert (arrived["uuid"], arrived["managed"], arrived["autostart"]) == (uuid, True, True)
    assert arrived["state"] in ("running", "blocked")
    assert target.xl_rows()["mover"][0] == arrived["domid"]
    assert "mover" not in source.xl_rows()
    if engine == "xl":
        assert "arrived" in target.run("history", "mover")
    source.run("start", "mover", status=3)
    target.run("migrate", "--yes", "mover", back)
    assert "mover" not in target.domains()
    assert source.domain("mover")["uuid"] == uuid
    source.run("shutdown", "-w", "mover")
    source.wait_state("mover", "off")
    source.run("migrate", "--yes", "--offline", "mover", there)
    assert (target.domain("mover")["state"], target.domain("mover")["managed"]) == ("off", True)
    assert "mover" not in source.domains()
    target.run("delete", "mover")
