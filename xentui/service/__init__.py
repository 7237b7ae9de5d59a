"""The hypervisor service the front ends share; see :class:`xentui.service.hypervisor.Hypervisor`.

Its parts are loaded when they are first used (:mod:`xentui.late`): a command line that lists domains starts in half
the time.  Whatever needs the Hypervisor itself cannot be named here.
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.service import (
        boot_menu as boot_menu,
    )
    from xentui.service import (
        cloning as cloning,
    )
    from xentui.service import (
        console_texts as console_texts,
    )
    from xentui.service import (
        consoles as consoles,
    )
    from xentui.service import (
        definitions as definitions,
    )
    from xentui.service import (
        devices as devices,
    )
    from xentui.service import (
        disk_images as disk_images,
    )
    from xentui.service import (
        disposing as disposing,
    )
    from xentui.service import (
        editing as editing,
    )
    from xentui.service import (
        engine_store as engine_store,
    )
    from xentui.service import (
        exporting as exporting,
    )
    from xentui.service import (
        history as history,
    )
    from xentui.service import (
        importing as importing,
    )
    from xentui.service import (
        installing as installing,
    )
    from xentui.service import (
        kernels as kernels,
    )
    from xentui.service import (
        lifecycle as lifecycle,
    )
    from xentui.service import (
        live_and_stored as live_and_stored,
    )
    from xentui.service import (
        making as making,
    )
    from xentui.service import (
        repository as repository,
    )
    from xentui.service import (
        resources as resources,
    )
    from xentui.service import (
        statistics as statistics,
    )
    from xentui.service import (
        templates as templates,
    )
    from xentui.service import (
        watcher as watcher,
    )
    from xentui.service import (
        xen_tools as xen_tools,
    )
else:
    __getattr__ = modules_of(__name__)
