"""Where a shell waits for a command, and what only looks a little like it."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from xentui.console.prompt import at_shell_prompt
from xentui.terminal import Emulator


def shown(data: str, columns: int = 80) -> Emulator:
    emulator = Emulator(columns, 24, 100)
    emulator.feed(data.encode())
    return emulator


@pytest.mark.parametrize(
    "prompt",
    [
        "root@web1:~# ",
        "alice@web1:/var/log$ ",
        "[root@web1 ~]# ",
        "[alice@web1 log]$ ",
        "/ # ",
        "~ # ",
        "# ",
        "$ ",
        "sh-5.1# ",
        "bash-5.1$ ",
        "(initramfs) # ",
        "web% ",
        "\x1b[01;32mroot@web1\x1b[0m:\x1b[01;34m/srv\x1b[0m# ",
        "web1 login: root\r\nLast login\r\nroot@web1:~# ",
        "root@web1:~# \x1b[6n",
        "\r\n" * 200 + "root@web1:~# ",
    ],
)
def test_a_shell_prompt_is_recognised(prompt: str) -> None:
    assert at_shell_prompt(shown(prompt))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "web1 login: ",
        "Password: ",
        "grub> ",
        "mysql> ",
        "postgres=# ",
        "template1=$ ",
        "> ",
        ">>> ",
        "(gdb) ",
        "root@web1:~#",
        "root@web1:~# rm -rf /tmp/x",
        "root@web1:~# ls \x1b[4D",
        "fsck: 45% ",
        "100% ",
        "[   12.3] sd 0:0:0:0: [sda] #",
        "\x1b[?1049hroot@web1:~# ",
        "\x1b[?25lroot@web1:~# ",
        "\x1b[?1000hroot@web1:~# ",
        "root@web1:~# \r\n",
        "Overwrite? [y/N] ",
    ],
)
def test_what_is_none_is_not(text: str) -> None:
    assert not at_shell_prompt(shown(text))


@given(st.binary(max_size=400))
def test_nothing_a_guest_shows_raises(data: bytes) -> None:
    emulator = Emulator(20, 5, 10)
    emulator.feed(data)
    at_shell_prompt(emulator)
