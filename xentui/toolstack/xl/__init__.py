"""xl, the toolstack that comes with Xen: its argv, its words and what they mean.

What a list of domains does without is loaded when it is first named (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.toolstack.xl import (
        console_client as console_client,
        jobs as jobs,
        refused as refused,
        save_file as save_file,
        verdict as verdict,
        xentop as xentop,
    )
else:
    __getattr__ = modules_of(__name__)
