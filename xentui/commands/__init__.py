"""What can be asked of a host and how it is worded, for the command line, the shell and the screen alike.

Every front end reads the declarations of commands (:mod:`xentui.commands.verbs`).  What they run is named there as
``commands.make_session.make``, and loaded when it is run (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.commands import (
        boot_entry as boot_entry,
        bulk as bulk,
        check_session as check_session,
        completion_source as completion_source,
        confirmation as confirmation,
        console_log as console_log,
        console_script as console_script,
        console_session as console_session,
        drain_session as drain_session,
        edit_session as edit_session,
        files as files,
        fleet_session as fleet_session,
        ganeti_session as ganeti_session,
        hosts_list as hosts_list,
        make_session as make_session,
        mend_session as mend_session,
        migrate_session as migrate_session,
        per_host as per_host,
        place_session as place_session,
        simulator_session as simulator_session,
        storage_session as storage_session,
        suggestions as suggestions,
        template_session as template_session,
        undrain_session as undrain_session,
        xend_session as xend_session,
    )
else:
    __getattr__ = modules_of(__name__)
