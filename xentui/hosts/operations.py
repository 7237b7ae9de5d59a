"""The agent's operations as callers name them: each has the arguments and the answer of its function.

No module of the agent is imported for that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from xentui.agent import source_cache, surroundings as around
    from xentui.agent.console import shares
    from xentui.agent.drain import drain_jobs, drain_record
    from xentui.agent.files import access, edits, scratch
    from xentui.agent.host import facts, osinfo as osinfo_db, programs, query_commands
    from xentui.agent.images import clone_jobs, deletion_jobs, disk_images, image_jobs
    from xentui.agent.inventory import listing, reading
    from xentui.agent.jobs import control
    from xentui.agent.memory import boot_marks, xendomains
    from xentui.agent.migration import live_jobs, offline_jobs, store_moves
    from xentui.agent.netboot import initrds, kernels, tree_jobs
    from xentui.agent.storage import disks, host_disks as own_disks, stack
    from xentui.agent.store import attached, audit, autostart, changes, installs, trash
    from xentui.agent.systems import guest_jobs, install_jobs, system_jobs
else:

    class _Module:
        """A module of the agent by its name; so is each function in it."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, function: str) -> _Module:
            return self

        def __str__(self) -> str:
            return self._name

    def _modules(folder: str, *names: str) -> list[_Module]:
        return [_Module(f"{folder}.{name}") for name in names]

    source_cache, around = _Module("source_cache"), _Module("surroundings")
    shares = _Module("console.shares")
    drain_jobs, drain_record = _modules("drain", "drain_jobs", "drain_record")
    access, edits, scratch = _modules("files", "access", "edits", "scratch")
    facts, osinfo_db, programs, query_commands = _modules(
        "host", "facts", "osinfo", "programs", "query_commands"
    )
    clone_jobs, disk_images, deletion_jobs, image_jobs = _modules(
        "images", "clone_jobs", "disk_images", "deletion_jobs", "image_jobs"
    )
    listing, reading = _modules("inventory", "listing", "reading")
    control = _Module("jobs.control")
    boot_marks, xendomains = _modules("memory", "boot_marks", "xendomains")
    live_jobs, store_moves, offline_jobs = _modules("migration", "live_jobs", "store_moves", "offline_jobs")
    initrds, kernels, tree_jobs = _modules("netboot", "initrds", "kernels", "tree_jobs")
    disks, own_disks, stack = _modules("storage", "disks", "host_disks", "stack")
    attached, audit, autostart, changes, installs, trash = _modules(
        "store", "attached", "audit", "autostart", "changes", "installs", "trash"
    )
    guest_jobs, install_jobs, system_jobs = _modules("systems", "guest_jobs", "install_jobs", "system_jobs")

P = ParamSpec("P")
T = TypeVar("T")


class AgentCall(str, Generic[P, T]):
    """The name of an operation with arguments ``P``, by keyword, and the answer ``T``.

    ``module`` is where the agent declares it; ``public`` is one of whose arguments all users of the host may know, as
    they may of those of ``xl``: an agent can be started with it (:func:`xentui.agent.argument`).
    """

    __slots__ = ("module", "public")
    module: str
    public: bool

    def __new__(cls, name: str, module: object = "", *, public: bool = False) -> Self:
        """Name an operation that the agent declares in ``module``; unknown where that is empty."""
        self = super().__new__(cls, name)
        self.module = str(module)
        self.public = public
        return self


def _of_store(
    name: str, function: Callable[Concatenate[str, P], T], *, public: bool = False
) -> AgentCall[P, T]:
    """Return an operation on the store, whose root the host adds."""
    return AgentCall(name, function, public=public)


def _of_host(name: str, function: Callable[P, T]) -> AgentCall[P, T]:
    """Return an operation that needs no store."""
    return AgentCall(name, function)


# Stored domains
list_domains = _of_store("list", listing.list_domains, public=True)
put_summaries = _of_store("put_summaries", listing.put_summaries)
find = _of_store("find", reading.find, public=True)
read = _of_store("read", reading.read, public=True)
read_version = _of_store("read_version", reading.read_version, public=True)
history = _of_store("history", reading.history, public=True)
create = _of_store("create", changes.create)
put = _of_store("put", changes.put)
restore = _of_store("restore", changes.restore)
settle = _of_store("settle", changes.settle)
delete = _of_store("delete", trash.delete)
undelete = _of_store("undelete", trash.undelete)
list_trash = _of_store("list_trash", trash.list_trash)

# Beside the configuration
mark_running = _of_store("mark_running", boot_marks.mark_running)
write_oneoff = _of_store("write_oneoff", boot_marks.write_oneoff)
boot_begin = _of_store("boot_begin", boot_marks.boot_begin)
remove_file = _of_store("remove_file", boot_marks.remove_file)

list_attached = _of_store("list_attached", attached.list_attached)
read_attached = _of_store("read_attached", attached.read_attached)
put_attached = _of_store("put_attached", attached.put_attached)

# Consoles
console_holder = _of_store("console_holder", shares.console_holder)
ask_for_console = _of_store("ask_for_console", shares.ask_for_console)

# Jobs
start_job = _of_store("start_job", control.start_job)
settle_job = _of_store("settle_job", control.settle_job)
look_job = _of_store("look_job", control.look_job)
start_image_job = _of_store("start_image_job", image_jobs.start_image_job)
start_guest_job = _of_store("start_guest_job", guest_jobs.start_guest_job)
start_clone_job = _of_store("start_clone_job", clone_jobs.start_clone_job)
start_system_job = _of_store("start_system_job", system_jobs.start_system_job)
start_tree_job = _of_store("start_tree_job", tree_jobs.start_tree_job)
look_at_tree = _of_host("look_at_tree", tree_jobs.look_at_tree)
start_delete_job = _of_store("start_delete_job", deletion_jobs.start_delete_job)
start_migrate_job = _of_store("start_migrate_job", live_jobs.start_migrate_job)
start_move_job = _of_store("start_move_job", offline_jobs.start_move_job)
settle_move = _of_store("settle_move", store_moves.settle_move)
pack_entry = _of_store("pack_entry", store_moves.pack_entry)
receive_entry = _of_store("receive_entry", store_moves.receive_entry)
leave_entry = _of_store("leave_entry", store_moves.leave_entry)
cancel_job = _of_store("cancel_job", control.cancel_job)
start_install = _of_store("start_install", install_jobs.start_install)
let_go = _of_store("let_go", install_jobs.let_go)
read_install = _of_store("read_install", installs.read_install)
forget_install = _of_store("forget_install", install_jobs.forget_install)

# A host that is emptied
read_drain = _of_store("read_drain", drain_record.read_drain)
write_drain = _of_store("write_drain", drain_record.write_drain)
hold_drain = _of_store("hold_drain", drain_record.hold_drain)
release_drain = _of_store("release_drain", drain_record.release_drain)
start_drain_job = _of_store("start_drain_job", drain_jobs.start_drain_job)
end_drain_job = _of_store("end_drain_job", drain_jobs.end_drain_job)
last_drain_job = _of_store("last_drain_job", drain_jobs.last_drain_job)

# What starts with the host
look = _of_store("look", around.look, public=True)
surroundings = _of_store("surroundings", around.surroundings)
list_autostart = _of_store("list_autostart", autostart.list_autostart)
link_autostart = _of_store("link_autostart", xendomains.link_autostart)
unlink_autostart = _of_store("unlink_autostart", xendomains.unlink_autostart)
retire_spent = _of_store("retire_spent", xendomains.retire_spent)
put_aside = _of_host("put_aside", xendomains.put_aside)
put_back = _of_host("put_back", xendomains.put_back)

# The audit log
audit_append = _of_store("audit_append", audit.audit_append)
audit_open = _of_store("audit_open", audit.audit_open)
audit_close = _of_store("audit_close", audit.audit_close)
audit_tail = _of_store("audit_tail", audit.audit_tail)

# Commands of the host
ask = _of_host("ask", query_commands.ask)

# Files of the host
stat = _of_host("stat", access.stat_paths)
read_file = _of_host("read_file", access.read_file)
read_head = _of_host("read_head", access.read_head)
read_tail = _of_host("read_tail", access.read_tail)
list_dir = _of_host("list_dir", access.list_dir)
complete = _of_host("complete", access.complete)
write_file = _of_host("write_file", access.write_file)
look_at_disks = _of_host("look_at_disks", disks.look_at_disks)
host_disks = _of_host("host_disks", own_disks.host_disks)
host_facts = _of_host("host_facts", facts.host_facts)
edit_file = _of_host("edit_file", edits.edit_file)
look_at_images = _of_host("look_at_images", disk_images.look_at_images)
list_images = _of_host("list_images", disk_images.list_images)
make_image = _of_host("make_image", disk_images.make_image)
try_image = _of_host("try_image", disk_images.try_image)
resize_image = _of_host("resize_image", disk_images.resize_image)
remove_image = _of_host("remove_image", disk_images.remove_image)
look_at_storage = _of_host("look_at_storage", stack.look_at_storage)
around_storage = _of_host("around_storage", stack.around_storage)
leave_probe = _of_host("leave_probe", stack.leave_probe)
find_probe = _of_host("find_probe", stack.find_probe)
remove_probe = _of_host("remove_probe", stack.remove_probe)
write_initrd = _of_host("write_initrd", initrds.write_initrd)
look_at_kernel = _of_host("look_at_kernel", kernels.look_at_kernel)
osinfo = _of_host("osinfo", osinfo_db.osinfo)
removal_stamps = _of_host("removal_stamps", deletion_jobs.removal_stamps)
write_scratch = _of_host("write_scratch", scratch.write_scratch)
remove_scratch = _of_host("remove_scratch", scratch.remove_scratch)
put_program = _of_store("put_program", programs.put_program)
keep_program = _of_store("keep_program", source_cache.keep_program)
