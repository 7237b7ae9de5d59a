"""What has been answered in the wizard so far, and the answers that makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from xentui.model.sizes import disk_size, memory_size, vcpu_count
from xentui.service.making import (
    Answers,
    Display,
    FirstBoot,
    GuestSource,
    SourceKind,
    WantedDisk,
    WantedInterface,
)


@dataclass(slots=True)
class WizardState:
    """The values of all fields by their names, as they were typed, and the choices.

    ``stored`` and ``install`` are configurations that were changed by hand, "" where they follow from the rest.
    ``base`` is the system of ours that ``system`` is a release of, or is.
    ``unattended`` is the text of the file with answers for its installer, ``told`` what a cloud image is told, as it
    was made of what was typed.
    """

    kind: SourceKind = SourceKind.KERNEL
    system: str = "debian"
    base: str = "debian"
    typed: dict[str, str] = field(default_factory=dict)
    stored: str = ""
    install: str = ""
    unattended: str = ""
    told: FirstBoot = field(default_factory=FirstBoot)
    begun: bool = False

    def take(self, values: Mapping[str, str]) -> None:
        """Take over what stands in a form."""
        self.typed.update(values)
        self.begun = True

    def with_values(self, values: Mapping[str, str]) -> WizardState:
        """Return the same with what stands in a form that is not left yet."""
        return replace(self, typed={**self.typed, **values})

    def get(self, name: str, usual: str = "") -> str:
        """Return what was typed into a field, ``usual`` where it was never shown."""
        return self.typed.get(name, usual)

    @property
    def source(self) -> GuestSource:
        """What it starts from."""
        kind = self.kind
        named = kind in (SourceKind.TREE, SourceKind.ISO, SourceKind.ARCHIVE) or kind.copies
        of_packages = kind is SourceKind.BUILD
        kernels = kind in (SourceKind.KERNEL, SourceKind.TREE, SourceKind.ISO)
        return GuestSource(
            kind,
            path=self.get("path") if named else "",
            kernel=self.get("kernel") if kernels else "",
            ramdisk=self.get("ramdisk") if kernels else "",
            extra=self.get("extra") if kernels else "",
            format=self.get("source-format") if kind.copies else "",
            suite=self.get("suite") if of_packages else "",
            mirror=self.get("mirror") if of_packages else "",
            packages=tuple(self.get("packages").replace(",", " ").split()) if of_packages else (),
            filesystem=self.get("filesystem") if kind.builds else "",
        )

    @property
    def disks(self) -> tuple[WantedDisk, ...]:
        """Its disks; raises UsageError for a size that is none."""
        form = self.get("format") or "raw"
        whole = bool(self.get("whole")) and not self.kind.copies  # asked for something else before
        found = []
        for path, size in (("disk", "size"), ("disk2", "size2")):
            first = path == "disk"
            if not self.get(path):
                continue
            wanted = disk_size(self.get(size)) if self.get(size) else 0
            if first and self.kind is SourceKind.DISK:
                wanted = 0  # asked for something else before
            made = bool(wanted) or (first and self.kind.copies)
            found.append(
                WantedDisk(
                    self.get(path),
                    wanted,
                    format=form if made or first else "raw",
                    preallocated=whole and made,
                )
            )
        return tuple(found)

    @property
    def answers(self) -> Answers:
        """All of it; raises UsageError for what is not a size or number."""
        bridge, mac = self.get("bridge"), self.get("mac")
        memory, vcpus = self.get("memory"), self.get("vcpus")
        return Answers(
            name=self.get("name"),
            system=self.system,
            type=self.get("type"),
            memory=memory_size(memory) if memory else 0,
            vcpus=vcpu_count(vcpus) if vcpus else 0,
            display=Display.VNC if self.get("vnc") else Display.CONSOLE,
            source=self.source,
            first_boot=self.told if self.kind is SourceKind.CLOUD or self.kind.builds else FirstBoot(),
            disks=self.disks,
            interfaces=(WantedInterface(bridge, mac),) if bridge or mac else (),
            unattended=self.unattended if self.kind.installs else "",
            configuration=self.stored,
            install_configuration=self.install,
        )
