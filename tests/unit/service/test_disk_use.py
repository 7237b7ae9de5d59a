"""Two guests never write to one disk unasked: whatever its paths are called, and whatever they stand on."""

from __future__ import annotations

import struct

import pytest

from tests.unit.hints import hint
from tests.unit.service.conftest import Faulty
from tests.unit.service.test_checks import place
from tests.unit.service.test_lifecycle import managed, running
from xentui.errors import ConfigError
from xentui.model.devices import Access
from xentui.model.domain import Drift
from xentui.service.disk_claims import Claim, Holders, claims_of
from xentui.service.hypervisor import Hypervisor


def part(start: int, end: int, *, exact: bool = True, base: bool = False, thing: str = "block 8:0") -> Claim:
    return Claim(thing, start, end, exact=exact, base=base)


@pytest.mark.parametrize(
    ("mine", "theirs", "meet"),
    [
        (part(0, 100), part(50, 60), True),
        (part(0, 50), part(50, 100), False),
        (part(0, 50, exact=False), part(0, 100, exact=False), False),
        (part(0, 50, exact=False), part(0, 100), True),
        (part(0, 50), part(0, 50, thing="block 8:1"), False),
    ],
)
def test_parts_of_one_thing_meet(mine: Claim, theirs: Claim, *, meet: bool) -> None:
    assert mine.meets(theirs) is theirs.meets(mine) is meet
    holders: Holders[str] = Holders()
    holders.add("web", [theirs])
    assert [owner for _, _, owner in holders.meeting([mine])] == (["web"] if meet else [])


def test_a_path_that_leads_nowhere_stands_for_itself() -> None:
    assert claims_of("/a", {})[0].meets(claims_of("/a", {})[0])
    assert not claims_of("/a", {})[0].meets(claims_of("/b", {})[0])


def qcow2(host: Faulty, name: str, backing: str = "") -> str:
    """A qcow2 image of the host, on another."""
    path = host.image(name)
    below = host.host_path(backing) if backing else ""
    head = struct.pack(">4sIQI", b"QFI\xfb", 3, 104 if backing else 0, len(below))
    place(host, path).write_bytes(head.ljust(104, b"\0") + below.encode())
    return path


async def test_nobody_writes_to_the_file_another_image_is_based_on(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    base = host.image("base.img")
    overlays = [qcow2(host, f"{name}.qcow2", base) for name in "ab"]
    for name, overlay in zip("ab", overlays, strict=True):
        await running(host, hypervisor, name, disk=f"['{overlay},qcow2,xvda,w']")
    writer = await managed(host, hypervisor, "writer", disk=f"['file:{base},xvda,w']")
    with pytest.raises(ConfigError, match="shares an image file with a as") as caught:
        await hypervisor.lifecycle.start(writer)
    assert "destroys that image" in hint(caught.value)
    reader = await managed(host, hypervisor, "reader", disk=f"['file:{base},xvda,r']")
    await hypervisor.lifecycle.start(reader)


async def test_a_suspended_domain_holds_what_it_goes_on_with(host: Faulty, hypervisor: Hypervisor) -> None:
    """Taken out of its stored configuration meanwhile, the disk is in its memory all the same."""
    image = host.image("a.img")
    web = await running(host, hypervisor, disk=f"['file:{image},xvda,w']")
    await hypervisor.lifecycle.suspend(web)
    draft = await hypervisor.editing.open(await hypervisor.inventory.find("web"))
    await hypervisor.editing.store(draft, draft.text.replace(f"'file:{image},xvda,w'", ""))
    other = await managed(host, hypervisor, "other", disk=f"['file:{image},xvda,w']")
    with pytest.raises(ConfigError, match="belongs to the suspended domain web"):
        await hypervisor.lifecycle.start(other)


async def test_what_both_say_they_share_is_let_through_with_a_word(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image = host.image("ocfs2.img")
    disk = f"['file:{image},xvda,w!']"
    await running(host, hypervisor, "one", disk=disk)
    two = await managed(host, hypervisor, "two", disk=disk)
    plan = await hypervisor.lifecycle.start(two)
    assert [word for word in plan.warnings if "cluster file system" in word]
    assert (await hypervisor.inventory.find("one")).drift == ()


@pytest.mark.parametrize(("first", "second"), [("w!", "w"), ("w", "w!"), ("w!", "r")])
async def test_what_only_one_says_it_shares_is_refused(
    host: Faulty, hypervisor: Hypervisor, first: str, second: str
) -> None:
    image = host.image("a.img")
    await running(host, hypervisor, "one", disk=f"['file:{image},xvda,{first}']")
    two = await managed(host, hypervisor, "two", disk=f"['file:{image},xvda,{second}']")
    with pytest.raises(ConfigError, match="in use by one") as caught:
        await hypervisor.lifecycle.start(two)
    assert "on one side only" in hint(caught.value)


async def test_a_disk_attached_as_shared_is_stored_so_and_forgotten_with_it(
    host: Faulty, hypervisor: Hypervisor
) -> None:
    image = host.image("a.img")
    domain = await running(host, hypervisor, "one")
    disk = await hypervisor.devices.attach_disk(domain, [f"file:{image}", "xvdb", "w!"])
    assert disk.access is Access.SHARED
    domain = await hypervisor.inventory.find("one")
    assert domain.stored is not None and Drift.RUNNING not in domain.drift
    assert [(each.vdev, each.access) for each in domain.stored.disks] == [("xvdb", Access.SHARED)]
    text = (await hypervisor.session.store.read(domain.uuid)).text
    assert text is not None and "# xentui: shared disks: xvdb\n" in text
    await hypervisor.devices.detach_disk(domain, "xvdb")
    assert "shared" not in ((await hypervisor.session.store.read(domain.uuid)).text or "")


@pytest.mark.parametrize(
    ("data", "spec", "words"),
    [
        (
            b"QFI\xfb\0\0\0\3",
            "file:{path},hda,w",
            "begins as a qcow2 image, and is given to the guest as raw",
        ),
        (b"conectix", "{path},raw,hda,w", "begins as a vhd image"),
        (b"KDMV", "phy:{path},hda,w", "qemu-img convert -O raw"),
        (
            b"\0" * 600,
            "{path},qcow2,hda,w",
            "is given as qcow2, and its first bytes are those of no such image",
        ),
        (b"conectix", "{path},qcow2,hda,w", "those of a vhd image"),
    ],
)
async def test_an_image_of_another_format_than_said_is_told(
    host: Faulty, hypervisor: Hypervisor, data: bytes, spec: str, words: str
) -> None:
    image = host.image("a.img")
    place(host, image).write_bytes(data)
    plan = await hypervisor.lifecycle.create(host.guest("web", disk=f"['{spec.format(path=image)}']"))
    assert [word for word in plan.warnings if words in word]


@pytest.mark.parametrize(
    ("data", "spec"),
    [
        (b"\0" * 600, "file:{path},hda,w"),
        (b"QFI\xfb\0\0\0\3", "{path},qcow2,hda,w"),
        (b"\0" * 600 + b"conectix" + b"\0" * 504, "{path},raw,hda,w"),
        (b"\0" * 600 + b"conectix" + b"\0" * 504, "{path},vhd,hda,w"),
    ],
)
async def test_an_image_that_is_what_it_is_said_to_be_is_no_word_worth(
    host: Faulty, hypervisor: Hypervisor, data: bytes, spec: str
) -> None:
    image = host.image("a.img")
    place(host, image).write_bytes(data)
    plan = await hypervisor.lifecycle.create(host.guest("web", disk=f"['{spec.format(path=image)}']"))
    assert plan.warnings == ()
