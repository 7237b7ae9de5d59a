"""The agent's operations as they are called: each by its name, with the arguments and the answer of its function.

None of the agent's modules is imported for it: what runs on another host is only named here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, Generic, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from xentui.agent import (
        attached,
        audit,
        autostart,
        changes,
        cloning,
        disk_images,
        disks,
        disposing,
        drain_jobs,
        draining,
        files,
        guest_jobs,
        host_disks as own_disks,
        host_edits as edits,
        host_facts as facts,
        image_jobs,
        initrds,
        install_jobs,
        installs,
        jobs,
        kernels,
        listing,
        memory,
        migrating,
        moving,
        osinfo as osinfo_db,
        programs,
        questions,
        reading,
        scratch,
        sending,
        shares,
        storage,
        surroundings as around,
        system_jobs,
        trash,
        tree_jobs,
        xendomains,
    )
else:

    class _Module:
        """A module of the agent by its name; so is each function in it."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, function: str) -> _Module:
            return self

        def __str__(self) -> str:
            return self._name

    audit, autostart, changes, disks, files = map(
        _Module, ("audit", "autostart", "changes", "disks", "files")
    )
    own_disks = _Module("host_disks")
    edits, facts = _Module("host_edits"), _Module("host_facts")
    disk_images, guest_jobs, image_jobs = map(_Module, ("disk_images", "guest_jobs", "image_jobs"))
    install_jobs, installs = map(_Module, ("install_jobs", "installs"))
    cloning, disposing = map(_Module, ("cloning", "disposing"))
    draining, drain_jobs = map(_Module, ("draining", "drain_jobs"))
    attached = _Module("attached")
    kernels, initrds, storage, osinfo_db = map(_Module, ("kernels", "initrds", "storage", "osinfo"))
    jobs, listing, memory, programs = map(_Module, ("jobs", "listing", "memory", "programs"))
    reading, scratch, around = map(_Module, ("reading", "scratch", "surroundings"))
    migrating, moving, sending = map(_Module, ("migrating", "moving", "sending"))
    system_jobs, tree_jobs = map(_Module, ("system_jobs", "tree_jobs"))
    questions, shares = map(_Module, ("questions", "shares"))
    trash, xendomains = map(_Module, ("trash", "xendomains"))

P = ParamSpec("P")
T = TypeVar("T")


class AgentCall(str, Generic[P, T]):
    """The name of an operation with arguments ``P``, by keyword, and the answer ``T``.

    ``module`` is where the agent declares it.
    """

    __slots__ = ("module",)
    module: str

    def __new__(cls, name: str, module: object = "") -> Self:
        """Name an operation that the agent declares in ``module``; unknown where that is empty."""
        self = super().__new__(cls, name)
        self.module = str(module)
        return self


def _of_store(name: str, function: Callable[Concatenate[str, P], T]) -> AgentCall[P, T]:
    """Return an operation on the store, whose root the host adds."""
    return AgentCall(name, function)


def _of_host(name: str, function: Callable[P, T]) -> AgentCall[P, T]:
    """Return an operation that needs no store."""
    return AgentCall(name, function)


# Stored domains
list_domains = _of_store("list", listing.list_domains)
put_summaries = _of_store("put_summaries", listing.put_summaries)
find = _of_store("find", reading.find)
read = _of_store("read", reading.read)
read_version = _of_store("read_version", reading.read_version)
history = _of_store("history", reading.history)
create = _of_store("create", changes.create)
put = _of_store("put", changes.put)
restore = _of_store("restore", changes.restore)
settle = _of_store("settle", changes.settle)
delete = _of_store("delete", trash.delete)
undelete = _of_store("undelete", trash.undelete)
list_trash = _of_store("list_trash", trash.list_trash)

# Beside the configuration
mark_running = _of_store("mark_running", memory.mark_running)
write_oneoff = _of_store("write_oneoff", memory.write_oneoff)
boot_begin = _of_store("boot_begin", memory.boot_begin)
remove_file = _of_store("remove_file", memory.remove_file)

list_attached = _of_store("list_attached", attached.list_attached)
read_attached = _of_store("read_attached", attached.read_attached)
put_attached = _of_store("put_attached", attached.put_attached)

# Consoles
console_holder = _of_store("console_holder", shares.console_holder)
ask_for_console = _of_store("ask_for_console", shares.ask_for_console)

# Jobs
start_job = _of_store("start_job", jobs.start_job)
settle_job = _of_store("settle_job", jobs.settle_job)
look_job = _of_store("look_job", jobs.look_job)
start_image_job = _of_store("start_image_job", image_jobs.start_image_job)
start_guest_job = _of_store("start_guest_job", guest_jobs.start_guest_job)
start_clone_job = _of_store("start_clone_job", cloning.start_clone_job)
start_system_job = _of_store("start_system_job", system_jobs.start_system_job)
start_tree_job = _of_store("start_tree_job", tree_jobs.start_tree_job)
look_at_tree = _of_host("look_at_tree", tree_jobs.look_at_tree)
start_delete_job = _of_store("start_delete_job", disposing.start_delete_job)
start_migrate_job = _of_store("start_migrate_job", migrating.start_migrate_job)
start_move_job = _of_store("start_move_job", sending.start_move_job)
settle_move = _of_store("settle_move", moving.settle_move)
pack_entry = _of_store("pack_entry", moving.pack_entry)
receive_entry = _of_store("receive_entry", moving.receive_entry)
leave_entry = _of_store("leave_entry", moving.leave_entry)
cancel_job = _of_store("cancel_job", jobs.cancel_job)
start_install = _of_store("start_install", install_jobs.start_install)
let_go = _of_store("let_go", install_jobs.let_go)
read_install = _of_store("read_install", installs.read_install)
forget_install = _of_store("forget_install", install_jobs.forget_install)

# A host that is emptied
read_drain = _of_store("read_drain", draining.read_drain)
write_drain = _of_store("write_drain", draining.write_drain)
hold_drain = _of_store("hold_drain", draining.hold_drain)
release_drain = _of_store("release_drain", draining.release_drain)
start_drain_job = _of_store("start_drain_job", drain_jobs.start_drain_job)
end_drain_job = _of_store("end_drain_job", drain_jobs.end_drain_job)
last_drain_job = _of_store("last_drain_job", drain_jobs.last_drain_job)

# What starts with the host
look = _of_store("look", around.look)
surroundings = _of_store("surroundings", around.surroundings)
list_autostart = _of_store("list_autostart", autostart.list_autostart)
link_autostart = _of_store("link_autostart", xendomains.link_autostart)
unlink_autostart = _of_store("unlink_autostart", xendomains.unlink_autostart)
settle_spent = _of_store("settle_spent", xendomains.settle_spent)
put_aside = _of_host("put_aside", xendomains.put_aside)
put_back = _of_host("put_back", xendomains.put_back)

# The audit log
audit_append = _of_store("audit_append", audit.audit_append)
audit_open = _of_store("audit_open", audit.audit_open)
audit_close = _of_store("audit_close", audit.audit_close)
audit_tail = _of_store("audit_tail", audit.audit_tail)

# Commands of the host
ask = _of_host("ask", questions.ask)

# Files of the host
stat = _of_host("stat", files.stat_paths)
read_file = _of_host("read_file", files.read_file)
read_head = _of_host("read_head", files.read_head)
read_tail = _of_host("read_tail", files.read_tail)
list_dir = _of_host("list_dir", files.list_dir)
complete = _of_host("complete", files.complete)
write_file = _of_host("write_file", files.write_file)
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
look_at_storage = _of_host("look_at_storage", storage.look_at_storage)
around_storage = _of_host("around_storage", storage.around_storage)
leave_probe = _of_host("leave_probe", storage.leave_probe)
find_probe = _of_host("find_probe", storage.find_probe)
remove_probe = _of_host("remove_probe", storage.remove_probe)
write_initrd = _of_host("write_initrd", initrds.write_initrd)
look_at_kernel = _of_host("look_at_kernel", kernels.look_at_kernel)
osinfo = _of_host("osinfo", osinfo_db.osinfo)
removal_stamps = _of_host("removal_stamps", disposing.removal_stamps)
write_scratch = _of_host("write_scratch", scratch.write_scratch)
remove_scratch = _of_host("remove_scratch", scratch.remove_scratch)
put_program = _of_store("put_program", programs.put_program)
