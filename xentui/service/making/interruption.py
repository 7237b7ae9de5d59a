"""What making a guest has asked of the host, so that an end in the middle tells what is there, and the way on."""

from __future__ import annotations

from xentui.errors import HostError, Suggest, XentuiError


class Underway:
    """A guest that is being made: the files that are there, and what was asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.made: list[str] = []
        self.storing = False
        self._asked = ""

    def ask(self, path: str) -> None:
        """The host is asked to make a file next."""
        self._asked = path

    def has(self, path: str) -> None:
        """The host has said that it is there."""
        self.made.append(path)
        self._asked = ""

    def add_unknown_state(self, error: HostError) -> None:
        """Tell with an error of the line what may be there: the host was asked for it, and has not answered."""
        if self.storing:
            error.details = (*error.details, f"not known whether {self.name} is stored")
            error.hint = error.hint or (
                "once the host answers, look with ",
                Suggest("domain.show", self.name),
                "; to begin anew: ",
                Suggest("domain.delete", self.name, "--with-disks"),
                " if it is stored, else ",
                Suggest("image.rm", *self.made),
            )
        elif self._asked:
            error.details = (*error.details, f"not known whether it was made: {self._asked}")
            error.hint = error.hint or (
                "once the host answers, remove what is there: ",
                Suggest("image.rm", self._asked, *self.made),
            )

    def add_left_over(self, error: XentuiError, left: list[str]) -> None:
        """Tell with an error what could not be taken back, each as words that begin with its path."""
        error.details = (*error.details, f"left behind: {', '.join(left)}")
        error.hint = error.hint or ("remove what is left behind: ", Suggest("image.rm", *self.made))

    def add_stored(self, error: HostError) -> None:
        """Tell with an error of the line that only the start of the installer is in question."""
        made = ", ".join(self.made) or "no new disk"
        error.details = (*error.details, f"{self.name} is stored, with {made}")
        error.hint = error.hint or (
            "once the host answers, see whether its installer runs: ",
            Suggest("domain.show", self.name),
            "; to begin anew: ",
            Suggest("domain.delete", self.name, "--with-disks"),
        )
