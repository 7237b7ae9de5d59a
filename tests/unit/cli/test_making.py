"""``make`` from its words: the plan is shown, asked for, and made or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from tests.unit.cli.test_verbs import Line, line
from tests.unit.service.test_first_boot import key
from tests.unit.service.test_iso9660 import read
from tests.unit.service.test_unattended import KICKSTART
from xentui.commands import make_session, registry
from xentui.commands.context import Context
from xentui.commands.verbs import making
from xentui.service.making import SYSTEMS, Made, answers_file
from xentui.service.making.answers import FORMATS, TYPES
from xentui.service.making.building import recipe
from xentui.service.making.password_hash import is_hash

if TYPE_CHECKING:
    from xentui.service.hypervisor import Hypervisor

__all__ = ["line"]
KERNEL = ["--kernel", "/srv/guests/vmlinuz", "--ramdisk", "/srv/guests/guest-initrd.gz"]
DISK = ["--disk", "/srv/guests/fresh.img"]


def there(line: Line, path: str = "/srv/guests/fresh.img") -> bool:
    return Path(line.host.host_path(path)).exists()


def test_what_is_declared_is_what_there_is() -> None:
    assert tuple(each.id for each in SYSTEMS) == making._SYSTEMS
    assert (making._TYPES, making._FORMATS) == (TYPES, FORMATS)
    assert (making._TOOLS, making._FILE_SYSTEMS) == (recipe._TOOLS, recipe.FILE_SYSTEMS)
    assert registry.find("make") is making.COMMANDS[0]


async def test_disks_are_made_once_it_is_agreed_to(line: Line) -> None:
    words = ["make", "fresh", *KERNEL, *DISK, "--size", "1G"]
    assert await line.run(*words) == 2 and not there(line), "nobody can be asked"
    assert any("--yes" in each for each in line.notes)
    assert await line.run(*words, "--yes", "--start") == 0, line.notes
    assert there(line)
    domain = await line.hypervisor.inventory.find("fresh")
    assert domain.domid is not None
    assert line.notes[-1] == "fresh: its installer runs: `xentui console fresh`"


async def test_who_says_no_has_nothing_made(
    line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def confirm(question: str, _about: Sequence[str] = ()) -> bool:
        asked.append(question)
        return False

    real = Context.__post_init__

    def made(self: Context) -> None:
        real(self)
        self.confirm = confirm

    monkeypatch.setattr(Context, "__post_init__", made)
    answers = tmp_path / "answers.toml"
    assert await line.run("make", "fresh", *KERNEL, *DISK, "--size", "1G", "--save", str(answers)) == 1
    assert not answers.exists(), "what was not agreed to is not kept"
    assert asked == ["Make the disk and store fresh?"] and not there(line)
    assert any("bootloader" in each for each in line.notes), "the plan is shown before"


async def test_a_dry_run_shows_the_plan_on_standard_output(line: Line) -> None:
    line.hypervisor.session.dry_run = True
    assert await line.run("make", "fresh", *KERNEL, *DISK, "--size", "1G", "--system", "debian") == 0
    text = "\n".join(line.out)
    assert 'bootloader = "pygrub"' in text and 'kernel = "/srv/guests/vmlinuz"' in text
    assert "1G, sparse" in text and not there(line)


async def test_without_start_the_install_configuration_is_printed_whole(line: Line) -> None:
    assert await line.run("make", "fresh", *KERNEL, *DISK, "--size", "1G", "--yes") == 0
    text = "\n".join(line.out)
    domain = await line.hypervisor.inventory.find("fresh")
    assert domain.domid is None and f'uuid = "{domain.uuid}"' in text
    Path(line.host.host_path("/etc/xen/fresh-install.cfg")).write_text(text + "\n")
    assert await line.run("install", "fresh", "/etc/xen/fresh-install.cfg") == 0, line.notes
    assert (await line.hypervisor.inventory.find("fresh")).domid is not None


async def test_what_was_answered_once_is_made_again_from_its_file(line: Line, tmp_path: Path) -> None:
    file = str(tmp_path / "answers.toml")
    words = ["make", "fresh", *KERNEL, *DISK, "--size", "1G", "--bridge", "none", "--save", file, "--yes"]
    assert await line.run(*words, "--system", "debian", "--memory", "2G", "--vcpus", "2") == 0, line.notes
    text = Path(file).read_text()
    answers = answers_file.read(text, file)
    assert (answers.memory, answers.vcpus, answers.interfaces) == (2048, 2, ())
    again = ["make", "second", "--from", file, "--disk", "/srv/guests/second.img", "--yes"]
    assert await line.run(*again) == 0, line.notes
    assert there(line, "/srv/guests/second.img")
    assert await line.run(*words) == 1 and Path(file).read_text() == text, "a file is not written over"


async def test_a_disk_has_a_usual_place_and_the_host_its_bridge(line: Line) -> None:
    Path(line.host.host_path("/var/lib/xen/images")).mkdir(parents=True)
    assert (
        await line.run("make", "fresh", "--image", "/srv/guests/guest-grubcfg.img", "--yes", "--start") == 0
    )
    domain = await line.hypervisor.inventory.find("fresh")
    assert domain.config.disks[0].target == "/var/lib/xen/images/fresh.img"
    assert domain.config.vifs[0].bridge == "xenbr0" and domain.domid is not None


CLOUD = ["--cloud", "/srv/guests/guest-grubcfg.img", *DISK, "--system", "debian"]


def seed_of(line: Line) -> dict[str, bytes]:
    path = Path(line.host.host_path("/srv/guests/fresh-cidata.iso"))
    return read(path.read_bytes(), joliet=True)


async def test_a_cloud_image_is_told_who_may_log_in_by_the_words(line: Line, tmp_path: Path) -> None:
    keys, password, own = (tmp_path / name for name in ("keys", "password", "user-data"))
    keys.write_text(f"# mine\n{key()}\n{key(comment='other')}\n")
    password.write_text("secret words\n")
    own.write_text("#cloud-config\npackages: [nginx]\n")
    words = [
        "--ssh-key",
        str(keys),
        "--password-file",
        str(password),
        "--user-data",
        str(own),
        "--user",
        "ada",
    ]
    network = ["--address", "192.0.2.10/24", "--gateway", "192.0.2.1", "--dns", "192.0.2.53,192.0.2.54"]
    file = str(tmp_path / "answers.toml")
    assert await line.run("make", "fresh", *CLOUD, *words, *network, "--save", file, "--yes") == 0, line.notes
    found = seed_of(line)
    assert found["user-data"] == own.read_bytes()
    told = json.loads(found["vendor-data"].decode().removeprefix("#cloud-config\n"))
    assert told["users"][0]["ssh_authorized_keys"] == [key(), key(comment="other")]
    assert is_hash(told["users"][0]["passwd"])
    assert b"192.0.2.54" in found["network-config"]
    kept = Path(file).read_text()
    assert "secret words" not in kept + str(line.notes) + str(line.out) + str(await line.hypervisor.audit())
    again = ["make", "second", "--from", file, "--disk", "/srv/guests/second.img", "--yes", "--start"]
    assert await line.run(*again) == 0, line.notes
    assert (await line.hypervisor.inventory.find("second")).domid is not None
    assert there(line, "/srv/guests/second-cidata.iso")


async def test_without_a_word_it_is_told_the_keys_of_who_asks(
    line: Line, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert await line.run("make", "fresh", *CLOUD, "--yes") == 2
    assert "nobody could log in" in line.notes[0]
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/id_ed25519.pub").write_text(key())
    assert await line.run("make", "fresh", *CLOUD, "--yes") == 0, line.notes
    assert key() in seed_of(line)["user-data"].decode()


async def test_an_installer_is_given_its_answers(line: Line, tmp_path: Path) -> None:
    file, kept = tmp_path / "ks.cfg", tmp_path / "answers.toml"
    file.write_text(KICKSTART)
    words = ["make", "fresh", *KERNEL, *DISK, "--size", "1G", "--unattended", str(file), "--save", str(kept)]
    assert await line.run(*words, "--yes") == 0, line.notes
    assert any("fresh-answers.iso: made, read-only" in each for each in line.notes)
    assert "inst.ks=hd:LABEL=OEMDRV:/ks.cfg" in "\n".join(line.out)
    assert there(line, "/srv/guests/fresh-answers.iso")
    assert answers_file.read(kept.read_text(), "kept").unattended == KICKSTART
    file.write_text("%post\n")
    again = [
        "make",
        "other",
        *KERNEL,
        "--disk",
        "/srv/guests/other.img",
        "--size",
        "1G",
        "--unattended",
        str(file),
    ]
    assert await line.run(*again, "--yes") == 2
    assert "line 1 begins %post without a %end" in line.notes[0]


@pytest.mark.parametrize("word", ["--user", "--hostname", "--address"])
async def test_what_is_for_cloud_images_is_refused_for_others(line: Line, word: str) -> None:
    assert await line.run("make", "fresh", *KERNEL, *DISK, "--size", "1G", word, "x", "--yes") == 2
    assert f"{word}: is for cloud images only" in line.notes[0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--size", "1G", *KERNEL], "a name is needed"),
        (["fresh"], "a source is needed"),
        (["fresh", "--pxe", "--iso", "/x.iso"], "can start from one source only"),
        (["fresh", *KERNEL, "--image", "/x.img"], "can start from one source only"),
        (["fresh", *KERNEL], "it needs a disk"),
        (["fresh", *KERNEL, "--size", "10"], "has no unit"),
        (["fresh", *KERNEL, "--size", "1e3"], "is not a size"),
        (["fresh", *KERNEL, "--size", "1G", "--memory", "-1"], "is not a size"),
        (["fresh", *KERNEL, "--size", "1G", "--vcpus", "0"], "is not a possible number of vCPUs"),
        (["fresh", "--kernel", "/srv/none", "--size", "1G"], "there is no such file"),
        (["fre sh!", *KERNEL, *DISK, "--size", "1G"], "name"),
        (["fresh", "--from", "/nonexistent.toml"], "cannot be read"),
    ],
)
async def test_what_cannot_be_is_refused_with_what_to_do(line: Line, words: list[str], message: str) -> None:
    assert await line.run("make", *words, "--yes") != 0
    assert message in line.notes[0], line.notes
    assert any(note.startswith("→") for note in line.notes)


def test_a_warning_of_the_plan_is_not_told_again_of_what_was_made() -> None:
    told: list[str] = []
    context = Context(cast("Hypervisor", None), told.append, told.append, render=str)
    made = Made("fresh", "uuid", 1, (), warnings=("the key is none", "it is stored without a disk"))
    make_session._print_made(context, made, ("the key is none",))
    assert "the key is none" not in "\n".join(told) and "it is stored without a disk" in "\n".join(told)


def test_what_is_typed_behind_it_on_the_screen_is_for_its_question() -> None:
    assert making.COMMANDS[0].asks


# Systems that are made


async def test_a_system_is_made_from_words(line: Line, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("open sesame\n")
    saved = tmp_path / "web.toml"
    words = [
        "make",
        "fresh",
        "--system",
        "debian",
        "--debootstrap",
        *DISK,
        "--size",
        "2G",
        "--packages",
        "vim,less",
    ]
    words += ["--password-file", str(password), "--hostname", "web", "--save", str(saved)]
    assert await line.run(*words, "--yes") == 0, line.notes
    assert there(line)
    answers = answers_file.read(saved.read_text(), "x")
    assert (answers.source.packages, answers.first_boot.hostname) == (("vim", "less"), "web")
    assert is_hash(answers.first_boot.password) and "sesame" not in saved.read_text()
    kept = b"".join(path.read_bytes() for path in Path(line.host.store_root).rglob("*") if path.is_file())
    assert answers.first_boot.password.encode() not in kept


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--debootstrap", "--archive", "/srv/x.tar"], "it can start from one source only"),
        (["--archive", "/srv/x.tar", "--suite", "bookworm"], "is for systems that are made"),
        (["--no-install", "--filesystem", "xfs"], "is for systems that are made"),
        (["--debootstrap", "--user", "me"], "is for cloud images only"),
        (["--debootstrap", "--packages", "a b"], "is not a package name"),
        (["--debootstrap", "--type", "hvm"], "no boot loader is put on its disk"),
    ],
)
async def test_words_of_a_system_that_cannot_be_made_are_refused(
    line: Line, words: list[str], message: str
) -> None:
    line.host.simulator.furnish()
    assert await line.run("make", "fresh", "--system", "debian", *words, *DISK, "--yes") != 0
    assert any(message in each for each in line.notes), line.notes
    assert not there(line)


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("--unattended", "the file of answers cannot be read: no such file"),
        ("--from", "the file of answers cannot be read: no such file"),
    ],
)
async def test_a_file_of_the_host_is_called_what_it_is(line: Line, option: str, what: str) -> None:
    Path(line.host.host_path("/etc/xen")).mkdir(parents=True, exist_ok=True)
    Path(line.host.host_path("/etc/xen/some.toml")).write_text('name = "other"\n')
    assert await line.run("make", "fresh", *KERNEL, *DISK, "--size", "1G", option, "host:some.toml") == 1
    told = "\n".join(line.notes)
    assert what in told and "/etc/xen" not in told, "only configurations are looked for there"
