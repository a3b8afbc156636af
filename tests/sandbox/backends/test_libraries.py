"""Libraries of the host in a box: what is offered can be imported, what lies beside it cannot be seen."""

# ruff: noqa: ASYNC240  (looks at small files of ours)
from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from sums import SUMS, outputs

from sstar_sandbox import Execution, Mode, Sandbox, SandboxError, Verdict, open_sandbox
from sstar_sandbox.backends.interpreter import Interpreter, find_interpreter
from sstar_sandbox.backends.libraries import find_libraries, header_folder

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("mode", list(Mode))
async def test_what_lies_beside_a_library_stays_unseen(each_tier: Sandbox, mode: Mode) -> None:
    source = "import sortedcontainers\ntry:\n    import attrs\nexcept ModuleNotFoundError: print('unseen')\nimport {}"
    program = await each_tier.prepare(source.format("json"), "python")
    (found,) = [one async for one in each_tier.run(program, [b""], mode=mode)]
    assert (found.verdict, found.stdout) == (Verdict.RAN, b"unseen\n")


async def test_the_files_beside_a_library_cannot_be_read(each_tier: Sandbox) -> None:
    import attrs

    beside = str(Path(attrs.__file__))
    source = f"import os, sortedcontainers\nplace = os.path.dirname(sortedcontainers.__path__[0])\nfor path in ({beside!r}, place + '/attrs/__init__.py'):\n    try: open(path)\n    except OSError: print('unread')"
    program = await each_tier.prepare(source, "python")
    (found,) = [one async for one in each_tier.run(program, [b""])]
    assert (found.verdict, found.stdout) == (Verdict.RAN, b"unread\nunread\n")


async def test_a_library_cannot_be_written(each_tier: Sandbox) -> None:
    source = (
        "import sortedcontainers\ntry: open(sortedcontainers.__file__, 'a')\nexcept OSError: print('refused')"
    )
    program = await each_tier.prepare(source, "python")
    assert [one.stdout async for one in each_tier.run(program, [b""])] == [b"refused\n"]


async def test_without_libraries_a_program_that_needs_one_says_which(cache_dir: Path) -> None:
    source = "from sortedcontainers.sortedlist import SortedList"
    async with open_sandbox(workers=1, cache_dir=cache_dir, libraries=()) as bare:
        assert (await bare.offering("python")).libraries == ()
        for entry_point in (None, "f"):
            program = await bare.prepare(source, "python", entry_point)
            for mode in Mode:
                (found,) = [one async for one in bare.run(program, [b"[]"], mode=mode)]
                assert told(found) == (Verdict.RE, "needs sortedcontainers", "sortedcontainers")


async def test_a_program_that_needs_an_absent_header_says_which(sandbox: Sandbox) -> None:
    program = await sandbox.prepare("#include <no/such_header>\nint main(){}", "cpp")
    (found,) = [one async for one in sandbox.run(program, [b""])]
    assert told(found) == (Verdict.CE, "needs no/such_header", "no/such_header")
    assert program.needs == "no/such_header"


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint(\"ModuleNotFoundError: No module named 'x y;z'\", file=sys.stderr)\nsys.exit(1)",
        "import sys\nprint(\"ModuleNotFoundError: No module named 'numpy'\", file=sys.stderr)",
        "import sys\nprint(\"ModuleNotFoundError: No module named 'numpy'\", file=sys.stderr)\nsys.exit(3)",
        "1 / 0",
    ],
)
async def test_nothing_else_counts_as_a_need(sandbox: Sandbox, source: str) -> None:
    program = await sandbox.prepare(source, "python")
    (found,) = [one async for one in sandbox.run(program, [b""])]
    assert found.needs == ""


async def test_a_named_library_that_is_not_here_is_an_error_that_says_how_to_get_it() -> None:
    with pytest.raises(
        SandboxError, match=r"'no_such_library' is not installed.*pip install no_such_library"
    ):
        find_libraries(find_interpreter(), ["no_such_library"])
    for name in ("os", "a.b", "../x", ""):
        with pytest.raises(SandboxError, match="is not the name of a library"):
            find_libraries(find_interpreter(), [name])


async def test_compiled_libraries_of_another_python_are_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "{}.{}".format(*sys.version_info)
    for name, shared in (("plain", False), ("compiled", True)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        if shared:
            (tmp_path / name / "core.so").touch()
    for folder in (tmp_path, *tmp_path.parents):
        if folder.owner() == Path.home().owner() and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    monkeypatch.setattr("sstar_sandbox.backends.libraries._own_folders", lambda: [(own, tmp_path)])
    here = Interpreter(Path(sys.executable).resolve(), ())
    monkeypatch.setattr("sstar_sandbox.backends.libraries.version_of", lambda _executable: "3.7")
    assert [found.name for found in find_libraries(here, ["plain"])] == ["plain"]
    with pytest.raises(SandboxError, match=r"'compiled' is not installed for Python 3\.7"):
        find_libraries(here, ["compiled"])


@pytest.fixture
def headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of headers as AtCoder's library has it, where the compiler is told to look."""
    folder = Path("/tmp/sstar-test-headers")
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "atcoder").mkdir(parents=True)
    (folder / "atcoder" / "all").write_text('#include "atcoder/sum.hpp"\n')
    (folder / "atcoder" / "sum.hpp").write_text(
        "inline long long sum(long long a, long long b) { return a + b; }\n"
    )
    monkeypatch.setenv("CPLUS_INCLUDE_PATH", f"/nowhere:{folder}")
    yield folder  # type: ignore[misc]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("tier", ["bwrap", "userns", "landlock"])
async def test_headers_of_the_host_can_be_included(headers: Path, cache_dir: Path, tier: str) -> None:
    assert header_folder("atcoder") == headers
    source = "#include <bits/stdc++.h>\n#include <atcoder/all>\nint main(){long long a,b;std::cin>>a>>b;std::cout<<sum(a,b);}"
    async with open_sandbox(workers=1, tier=tier, cache_dir=cache_dir) as own:
        assert (await own.offering("cpp")).libraries == ("atcoder/all",)
        assert await outputs(own, f"{source}\n// {tier}", "cpp", Mode.ISOLATED) == SUMS
    async with open_sandbox(workers=1, tier=tier, cache_dir=cache_dir, libraries=()) as bare:
        assert (await bare.offering("cpp")).libraries == ()
        program = await bare.prepare(f"{source}\n// none {tier}", "cpp")
        assert program.needs == "atcoder/all"


def told(execution: Execution) -> tuple[Verdict, str, str]:
    return execution.verdict, execution.detail, execution.needs
