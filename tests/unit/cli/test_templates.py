"""``template`` and ``make --template`` from their words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.test_verbs import Line, line

__all__ = ["line"]


async def template(line: Line, *words: str) -> None:
    """A template ``base`` with one disk."""
    place = Path(line.host.host_path("/srv/guests/base.img"))
    place.write_bytes(b"data".ljust(1 << 20))
    config = Path(line.host.host_path("/etc/xen/base.cfg"))
    config.write_text(
        'name = "base"\nkernel = "/srv/guests/vmlinuz"\nmemory = 128\n'
        "disk = ['/srv/guests/base.img,raw,xvda,w']\nvif = ['bridge=xenbr0']\n"
    )
    assert await line.run("new", "/etc/xen/base.cfg") == 0, line.notes
    assert await line.run("template", "base", *words) == 0, line.notes


async def test_what_is_asked_is_told_and_the_list_says_what_it_is(line: Line) -> None:
    await template(line, "memory", "xvda=20G")
    assert line.notes[-1] == "base: is a template"
    line.out.clear()
    assert await line.run("template", "base") == 0
    assert line.out == ["memory", f"xvda={20 << 30}B"]
    line.out.clear()
    assert await line.run("list", "base") == 0 and "template" in line.out[1].split()
    line.out.clear()
    assert await line.run("list", "base", "--json") == 0
    assert json.loads("\n".join(line.out))[0]["template"] is True
    assert await line.run("template", "base", "--off") == 0
    assert not (await line.hypervisor.inventory.find("base")).template


async def test_a_domain_is_made_and_started(line: Line) -> None:
    await template(line, "memory")
    words = [
        "make",
        "fresh",
        "--template",
        "base",
        "--memory",
        "160",
        "--set",
        "xvda=copy,/srv/guests/own.img",
    ]
    assert await line.run(*words) == 2, "nobody can be asked"
    assert not Path(line.host.host_path("/srv/guests/own.img")).exists()
    assert await line.run(*words, "--yes", "--start") == 0, line.notes[-3:]
    made = await line.hypervisor.inventory.find("fresh")
    assert made.domid is not None and made.stored is not None and made.stored.memory_kib == 160 << 10
    assert Path(line.host.host_path("/srv/guests/own.img")).read_bytes() == b"data".ljust(1 << 20)
    assert line.notes[-1] == "fresh: started"


async def test_a_dry_run_shows_it_and_makes_nothing(line: Line) -> None:
    await template(line)
    line.hypervisor.session.dry_run = True
    assert await line.run("make", "fresh", "--template", "base", "--set", "xvda=2M") == 0
    text = "\n".join(line.out)
    assert "xvda: /srv/guests/fresh.img, new and empty, 2M" in text and 'name = "fresh"' in text
    assert not Path(line.host.host_path("/srv/guests/fresh.img")).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fresh", "--template", "base", "--size", "10G"], "--size"),
        (["fresh", "--template", "base", "--iso", "/srv/x.iso"], "--iso"),
        (["--template", "base"], "a name is needed"),
        (["fresh", "--template", "plain"], "is not a template"),
        (["fresh", "--template", "nobody"], "nobody"),
        (["fresh", "--template", "base", "--set", "memory"], "BLANK=VALUE"),
        (["fresh", "--template", "base", "--set", "memory=1", "--memory", "2"], "twice"),
        (["fresh", "--kernel", "/srv/guests/vmlinuz", "--set", "memory=1"], "--template"),
        (["fre sh", "--template", "base"], "fre sh"),
    ],
)
async def test_words_that_do_not_go_together_are_refused(line: Line, words: list[str], said: str) -> None:
    await template(line)
    Path(line.host.host_path("/etc/xen/plain.cfg")).write_text(
        'name = "plain"\nkernel = "/srv/guests/vmlinuz"\n'
    )
    assert await line.run("new", "/etc/xen/plain.cfg") == 0
    line.notes.clear()
    assert await line.run("make", *words, "--yes") in (1, 2, 3)
    assert said in "\n".join(line.notes)
    assert not Path(line.host.host_path("/srv/guests/fresh.img")).exists()


async def test_a_file_is_stored_as_one(line: Line) -> None:
    Path(line.host.host_path("/etc/xen/t.cfg")).write_text('name = "t"\nkernel = "/srv/guests/vmlinuz"\n')
    assert await line.run("new", "/etc/xen/t.cfg", "--template") == 0
    assert (await line.hypervisor.inventory.find("t")).template
    assert await line.run("start", "t") == 1
    assert "it is a template, which is never started" in "\n".join(line.notes)
    assert "make NAME --template t" in "\n".join(line.notes)
