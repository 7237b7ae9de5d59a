"""What the terminal emulator costs in CPU time, against pyte's HistoryScreen with the same scrollback.

Run as ``python benchmarks/emulator.py``; exits 1 where a limit is passed.  pyte is needed by hand (``pip install
pyte``); without it only the rates are measured.  Everything comes from this one process, in CPU time, so that other
work on the machine counts little, and the ratios not at all.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xentui.terminal import Emulator

COLUMNS, LINES, HISTORY = 80, 24, 10_000
CHUNK = 4096
"""What a read from a pseudo-terminal gives at most."""
LEAST_RATIO = 8.0
LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes of one kind, and the least rate in MB per CPU-second."""

    name: str
    data: bytes
    least_rate: float


def kernel_log() -> bytes:
    """Lines as a Linux kernel writes them at boot, most shorter than the screen is wide, some longer."""
    texts = (
        "ACPI: 1 ACPI AML tables successfully acquired and loaded",
        'PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug',
        "NET: Registered PF_INET protocol family",
        "TCP established hash table entries: 1024 (order: 1, 8192 bytes, linear)",
        "clocksource: tsc: mask: 0xffffffffffffffff max_cycles: 0x233fdbaba77, max_idle_ns: 440795254155 ns",
        "Trying to unpack rootfs image as initramfs...",
        "xen_netfront: Initialising Xen virtual ethernet driver",
        "random: crng init done",
    )
    lines = (f"[{number / 7:12.6f}] {texts[number % len(texts)]}\r\n" for number in range(16_000))
    return "".join(lines).encode()


def full_screen() -> bytes:
    """A curses program as ncurses drives xterm: colours, a reverse bar that moves, fields rewritten in place."""
    parts = ["\x1b[?1049h\x1b[1;24r\x1b(B\x1b[m\x1b[4l\x1b[?7h\x1b[?1h\x1b=\x1b[H\x1b[2J"]
    for number in range(1500):
        parts.append(
            f"\x1b[1;1H\x1b[7m  PID USER      PR  NI    VIRT    RES S  %CPU COMMAND{'':27}\x1b(B\x1b[m"
        )
        for line in range(2, 23):
            style = "\x1b[7m" if line == 2 + number % 20 else f"\x1b[3{line % 8}m\x1b[1m"
            parts.append(f"\x1b[{line};1H{style}{number * line % 32768:>6} root")
            parts.append(
                f"\x1b[39;49m\x1b(B\x1b[m\x1b[{line};{30 + number % 7}H{number % 100:>5}.{line % 10}\x1b[K"
            )
            parts.append(f"\x1b[{line + 1}d\x1b[{50}G\x1b[32mcommand-{line}\x1b[0;10m\r\x1b[C")
        parts.append(f"\x1b[24;1H\x0e{'q' * 40}\x0f\x1b[24;60H{number}\x1b[K")
    return "".join(parts).encode()


def sequence() -> bytes:
    """``seq`` on a terminal: many short lines, each of which scrolls."""
    return b"".join(b"%d\r\n" % number for number in range(1, 250_000))


def han() -> bytes:
    """Lines of wide characters."""
    text = "控制台显示域的状态与配置文件的差异并保存新的版本信息到主机上的存储区"
    return "".join(
        f"{(text[start % len(text) :] + text)[: 20 + start % 20]}\r\n" for start in range(6000)
    ).encode()


def palette() -> bytes:
    """Frames of which each cell has another of 256 colours behind it."""
    frames = range(60)
    rows = (
        "".join(f"\x1b[48;5;{(2 * column + line + frame) % 256}m " for column in range(COLUMNS))
        + ("\x1b[0m\r\n" if line < LINES - 1 else "\x1b[0m\x1b[H")
        for frame in frames
        for line in range(LINES)
    )
    return "".join(rows).encode()


def rain() -> bytes:
    """Single cells all over the screen, each with looks of its own, as ncurses writes them."""
    parts = []
    for number in range(60_000):
        line, column = number * 7919 % LINES, number * 104_729 % COLUMNS
        looks = ("\x1b[32m", "\x1b[1m\x1b[37m", "\x1b(B\x1b[m\x1b[32m\x1b[1m")[number % 3]
        parts.append(f"\x1b[{line + 1};{column + 1}H{looks}{chr(33 + number % 94)}")
    return "".join(parts).encode()


def recorded_screen(name: str) -> bytes:
    """A full-screen program as it was recorded, again and again."""
    return (Path(__file__).parent / "sessions" / f"{name}.bin").read_bytes() * 8


def streams() -> tuple[Stream, ...]:
    return (
        Stream("Han", han(), 6.0),
        Stream("256 colours", palette(), 3.0),
        Stream("rain", rain(), 2.0),
        Stream("htop", recorded_screen("htop"), 2.0),
        Stream("vim", recorded_screen("vim"), 2.0),
        Stream("less", recorded_screen("less"), 2.5),
        Stream("kernel log", kernel_log(), 3.0),
        Stream("full screen", full_screen(), 3.0),
        Stream("seq", sequence(), 1.5),
    )


def rate(feed: Callable[[bytes], object], data: bytes, share: int = 1) -> float:
    """MB per CPU-second of feeding one part in ``share`` of ``data``, again and again for half a second."""
    data = data[: len(data) // share]
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    started = time.process_time()
    done = 0
    while (spent := time.process_time() - started) < LEAST_SECONDS:
        for chunk in chunks:
            feed(chunk)
        done += len(data)
    return done / 1e6 / spent


def pyte_feed() -> Callable[[bytes], Any] | None:
    """A feeder of pyte with the same scrollback; None without pyte."""
    try:
        import pyte  # type: ignore[import-not-found, unused-ignore]  # not a dependency
    except ImportError:
        return None
    screen = pyte.HistoryScreen(COLUMNS, LINES, history=HISTORY)
    feed: Callable[[bytes], Any] = pyte.ByteStream(screen).feed
    return feed


def main() -> int:
    failed = False
    print(f"{'stream':<12} {'MB/CPU-s':>9} {'limit':>6} {'pyte':>7} {'ratio':>6} {'limit':>6}")
    for stream in streams():
        ours = max(rate(Emulator(COLUMNS, LINES, history=HISTORY).feed, stream.data) for _ in range(3))
        line = f"{stream.name:<12} {ours:9.2f} {stream.least_rate:6.1f}"
        failed |= ours < stream.least_rate
        theirs = pyte_feed()
        if theirs is not None:
            try:
                other = rate(theirs, stream.data, share=8)
            except TypeError:  # pyte 0.8.2 does not take `CSI > 4 ; 2 m`, with which vim begins
                line += "  raises"
            else:
                line += f" {other:7.3f} {ours / other:6.1f} {LEAST_RATIO:6.1f}"
                failed |= ours / other < LEAST_RATIO
        print(line)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
