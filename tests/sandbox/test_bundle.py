"""The OCI bundle of an order: nothing of it depends on a runtime being there."""

import json
from pathlib import Path

from windlass.sandbox import Door, Limits, Mount, Order
from windlass.sandbox.arguments import Host
from windlass.sandbox.bundle import bundle, folders

ORDER = Order(
    ("prog", "a b"), "/w", (Mount(Path("/h/inner"), "/w/in"), Mount(Path("/h/w"), "/w", writable=True)),
    {"KEY": "value", "LANG": "C"}, limits=Limits(tmp_max=1000),
)  # fmt: skip


def made(order: Order = ORDER) -> dict[str, object]:
    got: dict[str, object] = json.loads(bundle(order, ("/usr",), Host("/stage", {}), 7))
    return got


def test_the_program_has_no_rights_and_the_orders_environment() -> None:
    process = made()["process"]
    assert isinstance(process, dict)
    assert (process["args"], process["cwd"], process["user"]) == (["prog", "a b"], "/w", {"uid": 7, "gid": 7})
    assert (process["capabilities"], process["noNewPrivileges"]) == ({}, True)
    assert {"KEY=value", "LANG=C", "HOME=/home/agent"} <= set(process["env"])
    assert made()["root"] == {"path": "/stage/root", "readonly": True}


def test_mounts_come_from_the_stage_the_manifests_first_and_outer_ones_before_inner() -> None:
    mounts = made()["mounts"]
    assert isinstance(mounts, list)
    binds = [(m["source"], m["destination"], m["options"][-1]) for m in mounts if m["source"][:6] == "/stage"]
    # Sources 0 and 1 are the order's, 2 the manifest's, 3 the root; 4 is where the inner mount goes.
    assert binds == [("/stage/2", "/usr", "ro"), ("/stage/1", "/w", "rw"), ("/stage/0", "/w/in", "ro")]
    sized = {m["destination"]: m["options"] for m in mounts if m["type"] == "tmpfs"}
    assert {place for place, options in sized.items() if "size=1000" in options} == {
        "/dev/shm", "/tmp", "/home/agent", "/run", "/var/tmp",
    }  # fmt: skip
    assert "ro" in sized["/dev"]


def test_a_run_without_doors_has_a_network_of_its_own_and_one_with_doors_has_the_childs() -> None:
    def kinds(order: Order) -> set[str]:
        linux = made(order)["linux"]
        assert isinstance(linux, dict)
        return {each["type"] for each in linux["namespaces"]}

    with_door = Order(("x",), "/", doors=(Door(80, lambda listener: listener),))
    assert kinds(ORDER) == {"user", "mount", "ipc", "uts", "network"}
    assert kinds(with_door) == {"user", "mount", "ipc", "uts"}


def test_directories_above_targets_come_outer_ones_first() -> None:
    assert folders(["/a/b/c", "/a/d", "/x"]) == ["/a", "/a/b"]
