"""What is lost for good with an image that is removed or cut, for all front ends."""

from __future__ import annotations

from xentui.errors import Hint
from xentui.frozen import dataclass
from xentui.model.disk_image import DiskImage
from xentui.model.sizes import shown_bytes
from xentui.text import plain


@dataclass(frozen=True, slots=True)
class ImageDanger:
    """What an action on an image would lose; only who types ``typed`` agrees to it."""

    question: str
    losses: tuple[str, ...]
    typed: str
    hint: Hint = ""


def removed(image: DiskImage) -> ImageDanger:
    """Return what is lost when an image is removed."""
    size = shown_bytes(image.size) if image.size is not None else "its size is not known"
    losses = [
        f"{plain(image.path)} ({image.format}, {size}) is removed for good: there is no trash for images"
    ]
    if image.domains:
        losses.append(f"{', '.join(image.domains)} will not start without it")
    name = image.path.rpartition("/")[2]
    return ImageDanger(f"Remove {plain(image.path)}?", tuple(losses), plain(name))


def cut(image: DiskImage, size: int) -> ImageDanger:
    """Return what is lost when an image is made smaller."""
    before = shown_bytes(image.size or 0)
    loss = f"{plain(image.path)}: what lies past {shown_bytes(size)} of its {before} is lost for good"
    return ImageDanger(f"Cut {plain(image.path)} to {shown_bytes(size)}?", (loss,), shown_bytes(size))
