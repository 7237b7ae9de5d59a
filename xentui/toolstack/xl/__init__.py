"""xl, the toolstack that comes with Xen: its argv, its words and what they mean.

What a list of domains does without is loaded when it is first named (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.toolstack.xl import (
        console_client as console_client,
    )
    from xentui.toolstack.xl import (
        jobs as jobs,
    )
    from xentui.toolstack.xl import (
        refused as refused,
    )
    from xentui.toolstack.xl import (
        save_file as save_file,
    )
    from xentui.toolstack.xl import (
        verdict as verdict,
    )
    from xentui.toolstack.xl import (
        xentop as xentop,
    )
else:
    __getattr__ = modules_of(__name__)
