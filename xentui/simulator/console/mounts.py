"""The disks a simulated guest has mounted: what is written there outlives the guest, and is there for the next."""

from __future__ import annotations

from xentui.simulator.simulator import Simulator

_LIMIT = 1 << 20


class Mounts:
    """Files on the disks of a guest, by the place they are mounted at.

    What a guest has written is kept beside the image, not in it: in the simulator's state, by the file the image is.
    """

    def __init__(self, simulator: Simulator, domid: int) -> None:
        self._simulator = simulator
        self._domid = domid
        self._mounted: dict[str, str] = {}

    def mount(self, device: str, point: str) -> str:
        """Mount a disk; returns what mount(8) complains of, "" for nothing."""
        config = self._simulator.state.config(self._domid)
        paths = {f"/dev/{disk['vdev']}": str(disk.get("pdev_path", "")) for disk in config.get("disks", [])}
        if device not in paths:
            return f"mount: mounting {device} on {point} failed: No such file or directory\n"
        if point in self._mounted:
            return f"mount: mounting {device} on {point} failed: Device or resource busy\n"
        try:
            status = self._simulator.host_path(paths[device]).stat()
        except OSError:
            return f"mount: mounting {device} on {point} failed: I/O error\n"
        self._mounted[point] = f"disk:{status.st_dev}:{status.st_ino}"
        return ""

    def unmount(self, point: str) -> str:
        """Let go of a disk; returns what umount(8) complains of, "" for nothing."""
        return "" if self._mounted.pop(point, "") else f"umount: can't unmount {point}: Invalid argument\n"

    def covers(self, path: str) -> bool:
        """Return whether a path lies on a disk that is mounted."""
        return bool(self._place(path)[0])

    def read(self, path: str) -> str | None:
        """Return a file of a disk; None where there is none."""
        key, name = self._place(path)
        found = dict(self._simulator.state.get(key, {})).get(name) if key else None
        return found if isinstance(found, str) else None

    def write(self, path: str, text: str) -> None:
        """Write a file of a disk, for good."""
        key, name = self._place(path)
        with self._simulator.state.change():
            self._simulator.state.put(key, {**self._simulator.state.get(key, {}), name: text[:_LIMIT]})

    def _place(self, path: str) -> tuple[str, str]:
        for point, key in self._mounted.items():
            if path.startswith(f"{point}/"):
                return key, path.removeprefix(point)
        return "", ""
