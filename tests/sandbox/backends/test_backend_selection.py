"""Parts of the isolation: interpreters, tiers, filters, control groups, the cache."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from sstar_sandbox import SandboxUnavailable, open_sandbox
from sstar_sandbox.backends import backend_selection
from sstar_sandbox.backends.interpreter import find_interpreter
from sstar_sandbox.backends.linux.backend import Isolation, LinuxBackend
from sstar_sandbox.compilation.cache import Cache
from sstar_sandbox.policy.seccomp import OWN_PID, Profile, child_program, program
from sstar_sandbox.policy.syscalls import call_name
from sstar_sandbox.worker.cgroups import Group, Hierarchy, family, find_hierarchy


def test_the_interpreter_is_a_real_binary_and_no_shim() -> None:
    assert find_interpreter().executable.read_bytes()[:4] == b"\x7fELF"
    assert not find_interpreter().executable.is_symlink()


async def test_without_any_working_tier_nothing_runs_and_the_message_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = LinuxBackend("bwrap", Isolation.BWRAP, find_interpreter(), Path("/bin/false"))
    monkeypatch.setattr(backend_selection, "possible_backends", lambda: [broken])
    with pytest.raises(SandboxUnavailable, match=r"programs are never run without one(.|\n)*bwrap: it ended"):
        await open_sandbox().__aenter__()


async def test_a_tier_that_starts_but_cannot_run_a_program_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def lies(tier: LinuxBackend) -> str | None:
        return f"{tier.name} printed nothing"

    monkeypatch.setattr(backend_selection, "complaint_of", lies)
    with pytest.raises(SandboxUnavailable, match="landlock printed nothing"):
        await open_sandbox(tier="landlock").__aenter__()


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("private", [True, False])
def test_every_jump_of_a_filter_lands_inside_it_and_its_end_is_a_verdict(
    profile: Profile, private: bool
) -> None:
    for code in (program(profile, private), child_program()):
        instructions = list(struct.iter_unpack("<HBBI", code))
        assert len(instructions) < 4096
        for i, (kind, if_true, if_false, _) in enumerate(instructions):
            if kind & 7 == 5:
                assert i + 1 + max(if_true, if_false) < len(instructions)
        assert instructions[-1][0] == 6


def test_the_child_filter_has_one_place_for_each_call_with_the_own_pid() -> None:
    assert child_program().count(struct.pack("<I", OWN_PID)) == 10


def test_calls_have_names() -> None:
    assert call_name(9999) == "number 9999"
    if os.uname().machine == "x86_64":
        assert (call_name(41), call_name(57)) == ("socket", "fork")


def test_a_cache_entry_that_was_cut_or_changed_is_absent(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.get("x") is None
    cache.put("x", b"program")
    assert cache.get("x") == b"program"
    entry = cache.path("x")
    entry.write_bytes(entry.read_bytes()[:-1])
    assert cache.get("x") is None
    entry.write_bytes(b"")
    assert cache.get("x") is None


def test_a_cache_that_cannot_be_written_is_only_slow(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    cache.put("x", b"program")
    assert cache.get("x") is None


def test_groups_of_dead_owners_are_swept_and_of_living_ones_are_not(tmp_path: Path) -> None:
    for name in (f"sstar-{os.getpid()}-0", "sstar-4194304999-0", "someone-elses"):
        (tmp_path / name).mkdir()
    Hierarchy("cgroup v2", tmp_path, "memory.max").sweep()
    assert {folder.name for folder in tmp_path.iterdir()} == {f"sstar-{os.getpid()}-0", "someone-elses"}


def test_a_group_takes_in_a_whole_family(tmp_path: Path) -> None:
    group = Group(tmp_path, "memory.max", "cgroup v2")
    assert group.enclose(os.getpid())
    assert group.limit(12345)
    assert (tmp_path / "memory.max").read_text() == "12345"
    assert os.getpid() in family(os.getpid())


async def test_where_a_group_can_be_made_a_box_is_in_it_and_it_is_gone_afterwards(cache_dir: Path) -> None:
    hierarchy = find_hierarchy()
    if hierarchy is None:
        pytest.skip("no control group can be made here")
    async with open_sandbox(workers=1, cache_dir=cache_dir) as own:
        made = await own.prepare("print(1)", "python")
        assert [e.verdict async for e in own.run(made, [b""])] == ["RAN"]
        assert own.memory_fence == hierarchy.kind
        assert list(hierarchy.parent.glob(f"sstar-{os.getpid()}-*"))
        mine = {folder.name for folder in hierarchy.parent.glob(f"sstar-{os.getpid()}-*")}
        boxes = own._pool._alive if own._pool else set()
        folders = {box._group.folder.name for box in boxes if box._group is not None}
    assert folders
    assert folders <= mine
    assert not any((hierarchy.parent / name).exists() for name in folders)
