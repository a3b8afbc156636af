"""The JSON lines server, the report of the self-test, and what is left when an owner is killed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from sstar_sandbox.conformance.self_test import PROBES, self_test
from sstar_sandbox.jsonl_server import serve


async def exchange(*requests: object) -> dict[object, dict[str, object]]:
    lines = b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in requests)
    out = io.BytesIO()
    await serve(io.BytesIO(lines), out)
    answers = [json.loads(line) for line in out.getvalue().splitlines()]
    assert len(answers) == len(requests)
    return {answer["id"]: answer for answer in answers}


async def test_requests_are_answered_by_id_with_one_execution_for_each_input() -> None:
    program = {"language": "py", "source": "print(int(input()) * 2)"}
    answers = await exchange(
        {"id": 1, **program, "inputs": ["1", "2"], "expected": ["2", "5"]},
        {
            "id": "two",
            **program,
            "inputs": ["x"],
            "mode": "batch",
            "limits": {"wall_s": 5, "memory_bytes": 268435456},
        },
        {"id": 3, "language": "c++", "source": "int main( {", "inputs": ["", ""]},
        {"id": 4, "language": "python", "source": "import os; os.write(1, b'\\xff')", "inputs": [""]},
        {
            "id": 5,
            "language": "python",
            "source": "def f(x): return x",
            "entry_point": "f",
            "inputs": ["[1]"],
        },
    )
    verdicts = {key: [e["verdict"] for e in answer["executions"]] for key, answer in answers.items()}  # type: ignore[attr-defined]
    assert verdicts == {1: ["AC", "WA"], "two": ["RE"], 3: ["CE", "CE"], 4: ["RAN"], 5: ["RAN"]}
    odd = answers[4]["executions"][0]  # type: ignore[index]
    assert (odd["stdout"], odd["stdout_b64"]) == ("\\xff", "/w==")
    assert {
        "wall_s",
        "cpu_s",
        "peak_memory_bytes",
        "exit_code",
        "signal",
        "stdout_truncated",
        "stderr",
        "tier",
        "mode",
    } <= set(odd)


async def test_a_wrong_request_is_answered_and_the_loop_goes_on() -> None:
    good = {"language": "py", "source": "print(1)", "inputs": [""]}
    answers = await exchange(
        {"id": 1, **good, "colour": "red"},
        {"id": 2, **good, "language": "cobol"},
        {"id": 3, **good, "mode": "fast"},
        {"id": 4, **good, "limits": {"wall": 3}},
        {"id": 5, **good, "limits": {"wall_s": -3}},
        {"id": 6, **good, "expected": []},
        {"id": 7, **good, "expected": ["1"], "checker": "nearly"},
        {"id": 8, **good, "inputs": "1"},
        {"id": 10, **good, "checker": "nearly"},
        {"id": 11, **good, "expected": ["1"], "checker": 7},
        {"id": 12, "language": "py", "inputs": [""]},
        {"id": 13, **good, "language": "cpp", "entry_point": "f"},
        b"not json",
        {"id": 9, **good},
    )
    assert all("error" in answers[key] for key in (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, None))
    assert answers[9]["executions"][0]["verdict"] == "RAN"  # type: ignore[index]
    assert "python, cpp" in answers[2]["error"]["message"]  # type: ignore[index]


async def test_the_self_test_has_ten_probes_and_says_which_tier_there_is(cache_dir: Path) -> None:
    report = await self_test(cache_dir=cache_dir)
    assert report.tier is not None
    assert len(report.probes) == len(PROBES) == 10
    assert report.ok, [probe for probe in report.probes if not probe.ok]


async def test_files_and_a_standard_can_be_asked_for_on_a_line() -> None:
    copies = "open('a.out', 'w').write(open('a.in').read())"
    answers = await exchange(
        {"id": 1, "language": "python", "source": copies, "inputs": ["7"], "expected": ["7"], "files": ["a.in", "a.out"]},
        {"id": 2, "language": "cpp", "source": "#include <cstdio>\nint main(){printf(\"%ld\", __cplusplus);}",
         "inputs": [""], "expected": ["201402"], "cpp_standard": "c++14"},
        {"id": 3, "language": "python", "source": copies, "inputs": [""], "files": ["../a", "b"]},
        {"id": 4, "language": "python", "source": copies, "inputs": [""], "files": ["a"]},
        {"id": 5, "language": "cpp", "source": "", "inputs": [""], "cpp_standard": "c++1"},
    )  # fmt: skip
    assert [answers[key]["executions"][0]["verdict"] for key in (1, 2)] == ["AC", "AC"]  # type: ignore[index]
    said = [answers[key]["error"]["message"] for key in (3, 4, 5)]  # type: ignore[index]
    assert "not the plain name of a file" in said[0]
    assert "names of the input and of the output file" in said[1]
    assert "unknown C++ standard" in said[2]


async def test_every_word_of_an_execution_is_there_whatever_came_of_it() -> None:
    flood = "print('x' * 5000)"
    answers = await exchange(
        {"id": 1, "language": "python3", "source": "import sys\nprint(7)\nprint('no', file=sys.stderr)\nsys.exit(3)",
         "inputs": [""], "expected": ["7"], "mode": "batch"},
        {"id": 2, "language": "Py", "source": "import os\nos.kill(os.getpid(), 11)\nimport ctypes\nctypes.string_at(0)",
         "inputs": [""]},
        {"id": 3, "language": "python", "source": flood, "inputs": [""], "limits": {"output_bytes": 100}},
        {"id": 4, "language": "python", "source": "import time\ntime.sleep(60)", "inputs": [""], "limits": {"wall_s": 0.2}},
        {"id": 5, "language": "python", "source": "while True: pass", "inputs": [""], "limits": {"cpu_s": 0.2}},
        {"id": 6, "language": "python", "source": "x = bytearray(b'x') * (96 << 20)", "inputs": [""],
         "limits": {"memory_bytes": 64 << 20}},
        {"id": 7, "language": "C", "source": "int main(", "inputs": ["1", "2", "3"], "expected": ["", "", ""]},
        {"id": 8, "language": "python", "source": "print(1)", "inputs": []},
    )  # fmt: skip
    found = {key: answer["executions"] for key, answer in answers.items()}
    words = (
        "verdict", "wall_s", "cpu_s", "peak_memory_bytes", "exit_code", "signal", "stdout", "stdout_b64",
        "stdout_truncated", "stderr", "tier", "mode", "detail", "memory_source", "needs", "memory_fence", "missing",
        "transcript",
    )  # fmt: skip
    for executions in found.values():
        for execution in executions:  # type: ignore[attr-defined]
            assert set(execution) == set(words)
    one = {key: executions[0] for key, executions in found.items() if executions}  # type: ignore[index]
    assert (one[1]["verdict"], one[1]["exit_code"], one[1]["signal"]) == ("RE", 3, None)
    assert (one[1]["stdout"], one[1]["stderr"]) == ("7\n", "no\n")
    assert (one[2]["verdict"], one[2]["exit_code"], one[2]["signal"]) == ("RE", None, signal.SIGSEGV)
    assert (one[3]["verdict"], one[3]["stdout"], one[3]["stdout_truncated"]) == ("OLE", "x" * 100, True)
    assert (one[4]["verdict"], one[4]["detail"]) == ("TLE", "idle")
    assert (one[5]["verdict"], one[5]["detail"]) == ("TLE", "cpu")
    assert one[6]["verdict"] == "MLE"
    assert one[6]["peak_memory_bytes"] > 64 << 20
    assert [execution["verdict"] for execution in found[7]] == ["CE"] * 3  # type: ignore[attr-defined]
    assert found[8] == []


def test_when_nobody_reads_the_answers_any_more_it_ends_quietly() -> None:
    command = [sys.executable, "-m", "sstar_lsp", "sandbox", "exec"]
    loop = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert loop.stdin is not None
    assert loop.stdout is not None
    assert loop.stderr is not None
    line = json.dumps({"id": 1, "language": "py", "source": "print(1)", "inputs": [""]}).encode() + b"\n"
    loop.stdin.write(line)
    loop.stdin.flush()
    assert json.loads(loop.stdout.readline())["id"] == 1
    loop.stdout.close()
    loop.stdin.write(line)
    loop.stdin.close()
    assert loop.stderr.read() == b""
    loop.stderr.close()
    assert loop.wait() == 0


NO_VALUES = (
    *('{"$float": []}', '{"$dict": [1]}', '{"$float": null}', '{"$bytes": {"$float": []}}', '{"$complex": [[], 1]}'),
    *('{"$set": {}}', '{"$tuple": "x"}', "[" * 5000, "9" * 5000, "1e99999", "\x00", "[1," * 200_000),
)  # fmt: skip
"""What a program may write instead of its function's result."""


@pytest.mark.parametrize("checker", ["json", "json:1e-6", "json:any-order", "json:any-order-nested,1e-6"])
async def test_a_result_that_is_no_value_is_wrong_and_ends_nobody(checker: str) -> None:
    source = "import os\ndef f(x):\n    os.write(1, x.encode())\n    os._exit(0)"
    answers = await exchange(
        *(
            {
                "id": number,
                "language": "python",
                "source": source,
                "entry_point": "f",
                "inputs": [json.dumps([text])],
                "expected": ["[0.5]"],
                "checker": checker,
            }
            for number, text in enumerate(NO_VALUES)
        )
    )
    assert [answers[number]["executions"][0]["verdict"] for number in range(len(NO_VALUES))] == ["WA"] * len(
        NO_VALUES
    )  # type: ignore[index]


@pytest.mark.parametrize("busy", [False, True])
def test_ctrl_c_ends_it_quietly_with_130(busy: bool) -> None:
    command = [sys.executable, "-m", "sstar_lsp", "sandbox", "exec"]
    loop = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert loop.stdin is not None
    assert loop.stdout is not None
    line = json.dumps({"id": 1, "language": "py", "source": "print(1)", "inputs": [""]}).encode() + b"\n"
    loop.stdin.write(line)
    if busy:
        endless = {"id": 2, "language": "py", "source": "while True: pass", "inputs": [""]}
        loop.stdin.write(json.dumps({**endless, "limits": {"cpu_s": 60, "wall_s": 60}}).encode() + b"\n")
    loop.stdin.flush()
    assert json.loads(loop.stdout.readline())["id"] == 1
    loop.send_signal(signal.SIGINT)
    assert loop.communicate(timeout=30) == (b"", b"")
    assert loop.returncode == 130


async def test_the_result_of_a_function_is_compared_as_a_value_and_floats_nearly() -> None:
    source = "def f(x): return (x, 0.1 + 0.2, {'a': None})"
    body = {"language": "python", "source": source, "entry_point": "f", "inputs": ["[1]"]}
    expected = ['[1, 0.3, {"a": null}]']
    answers = await exchange(
        {"id": 1, **body, "expected": expected}, {"id": 2, **body, "expected": expected, "checker": "json"}
    )
    assert answers[1]["executions"][0]["verdict"] == "AC"  # type: ignore[index]
    assert answers[2]["executions"][0]["verdict"] == "WA"  # type: ignore[index]


OWNER = """
import asyncio, sys
from sstar_sandbox import Sandbox, Limits, Mode, open_sandbox
async def main():
    async with open_sandbox(workers=2, tier=sys.argv[1]) as sandbox:
        mark = await sandbox.prepare("import time\\nwhile True: time.sleep(1)", "python")
        runs = [sandbox.run(mark, [b""] * 10, Limits(wall_s=600), list(Mode)[i % 2]) for i in range(20)]
        tasks = [asyncio.ensure_future(anext(run)) for run in runs]
        while sum(bool(box._active) for box in sandbox._pool._alive) < 2: await asyncio.sleep(0.01)
        print(*[box.pid for box in sandbox._pool._alive], flush=True)
        await asyncio.gather(*tasks)
asyncio.run(main())
"""


def descendants(pids: set[int]) -> set[int]:
    """Every process below these, by the parents that /proc tells."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = set(pids)
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return found
        found |= more


@pytest.mark.parametrize("tier", ["bwrap", "userns", "landlock"])
def test_when_the_owner_is_killed_everything_dies_with_it(tier: str, tmp_path: Path) -> None:
    script = tmp_path / "owner.py"
    script.write_text(OWNER)
    owner = subprocess.Popen(
        [sys.executable, script, tier], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    line = owner.stdout.readline()
    if not line:
        _, said = owner.communicate()
        pytest.skip(said[-300:])
    pidfds = []
    for pid in descendants({int(pid) for pid in line.split()}):
        with suppress(ProcessLookupError):  # a helper process may have ended since
            pidfds.append(os.pidfd_open(pid))
    assert len(pidfds) >= 2
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    import select

    for fd in pidfds:
        ready, _, _ = select.select([fd], [], [], 30)
        assert ready, "a process outlived its owner"
        os.close(fd)
