"""What xentui needs of Textual that Textual does not promise to keep: all of it stands here, each with its reason.

pyproject.toml holds Textual to the releases this package was tested with; ``tests/unit/tui/test_textual_compat.py``
holds everybody else to public names.  After an update of Textual read this package beside its changelog first.

Classes here are put before Textual's own in the bases of a class.  A module of this package imports nothing of Textual
that its users do not load in any case: the list is shown without input lines, text areas and the palette.
"""

# Replaces parts of Textual, whichever of the other modules is needed.
from xentui.tui.textual_compat import rendering as _rendering

__all__ = ["_rendering"]
