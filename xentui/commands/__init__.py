"""What can be asked of a host and how it is worded, for the command line, the shell and the screen alike.

Every front end reads the declarations of commands (:mod:`xentui.commands.verbs`).  What they run is named there as
``commands.make_session.make``, and loaded when it is run (:mod:`xentui.late`).
"""

from typing import TYPE_CHECKING

from xentui.late import modules_of

if TYPE_CHECKING:
    from xentui.commands import (
        agreement as agreement,
    )
    from xentui.commands import (
        boot_entry as boot_entry,
    )
    from xentui.commands import (
        bulk as bulk,
    )
    from xentui.commands import (
        check_session as check_session,
    )
    from xentui.commands import (
        completion_source as completion_source,
    )
    from xentui.commands import (
        console_log as console_log,
    )
    from xentui.commands import (
        console_script as console_script,
    )
    from xentui.commands import (
        drain_session as drain_session,
    )
    from xentui.commands import (
        edit_session as edit_session,
    )
    from xentui.commands import (
        fleet_session as fleet_session,
    )
    from xentui.commands import (
        ganeti_session as ganeti_session,
    )
    from xentui.commands import (
        hosts_list as hosts_list,
    )
    from xentui.commands import (
        make_session as make_session,
    )
    from xentui.commands import (
        mend_session as mend_session,
    )
    from xentui.commands import (
        migrate_session as migrate_session,
    )
    from xentui.commands import (
        place_session as place_session,
    )
    from xentui.commands import (
        simulator_session as simulator_session,
    )
    from xentui.commands import (
        storage_session as storage_session,
    )
    from xentui.commands import (
        template_session as template_session,
    )
    from xentui.commands import (
        undrain_session as undrain_session,
    )
    from xentui.commands import (
        xend_session as xend_session,
    )
else:
    __getattr__ = modules_of(__name__)
