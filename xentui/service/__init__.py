"""The hypervisor service the front ends share; see :class:`xentui.service.hypervisor.Hypervisor`.

Its parts are loaded when they are first used (:mod:`xentui.late`): a command line that lists domains starts in half
the time.  Whatever needs the Hypervisor itself cannot be named here.
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.service import (
        boot_menu as boot_menu,
        cloning as cloning,
        config_source as config_source,
        console_texts as console_texts,
        consoles as consoles,
        definitions as definitions,
        devices as devices,
        disk_images as disk_images,
        disposing as disposing,
        editing as editing,
        engine_store as engine_store,
        exporting as exporting,
        history as history,
        importing as importing,
        installing as installing,
        kernels as kernels,
        lifecycle as lifecycle,
        live_and_stored as live_and_stored,
        making as making,
        repository as repository,
        resources as resources,
        statistics as statistics,
        templates as templates,
        watcher as watcher,
        xen_tools as xen_tools,
    )
else:
    __getattr__ = modules_of(__name__)
