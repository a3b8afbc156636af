"""The line protocol, the self-test, and output made fit for a screen."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sstar_sandbox import printable
from sstar_sandbox.doctor import PROBES, self_test
from sstar_sandbox.exec_loop import serve


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
        b"not json",
        {"id": 9, **good},
    )
    assert all("error" in answers[key] for key in (1, 2, 3, 4, 5, 6, 7, 8, None))
    assert answers[9]["executions"][0]["verdict"] == "RAN"  # type: ignore[index]
    assert "python, cpp" in answers[2]["error"]["message"]  # type: ignore[index]


async def test_the_self_test_has_ten_probes_and_says_which_tier_and_languages_there_are(
    cache_dir: Path,
) -> None:
    report = await self_test(cache_dir=cache_dir)
    assert report.tier is not None
    assert len(report.probes) == len(PROBES) == 10
    assert report.ok, [probe for probe in report.probes if not probe.ok]
    assert {language.name for language in report.languages} >= {"python", "cpp", "java", "go"}


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (b"plain\n\tkept\xc3\xa9", "plain\n\tkepté"),
        (b"\x1b[31mred\x1b[0m \x1b]0;title\x07!", "red !"),
        (b"a\x00b\x07c", "a\ufffdb\ufffdc"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("abc\u202edef".encode(), "abc\ufffddef"),
        (b"dos\r\nlines\r\n", "dos\nlines\n"),
        (b"\x1b]8;;http://x\x1b\\link", "link"),
    ],
)
def test_control_sequences_do_not_reach_a_screen(output: bytes, shown: str) -> None:
    assert printable(output) == shown


OWNER = """
import asyncio, sys
from sstar_sandbox import Sandbox, Limits, Mode
async def main():
    async with Sandbox(workers=2, tier=sys.argv[1]) as sandbox:
        mark = await sandbox.prepare("import time\\nwhile True: time.sleep(1)", "python")
        runs = [sandbox.run(mark, [b""] * 10, Limits(wall_s=600), list(Mode)[i % 2]) for i in range(20)]
        tasks = [asyncio.ensure_future(anext(run)) for run in runs]
        while sum(box._active is not None for box in sandbox._pool._alive) < 2: await asyncio.sleep(0.01)
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
    family = descendants({int(pid) for pid in line.split()})
    pidfds = [os.pidfd_open(pid) for pid in family]
    assert len(family) >= 2
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    import select

    for fd in pidfds:
        ready, _, _ = select.select([fd], [], [], 30)
        assert ready, "a process outlived its owner"
        os.close(fd)
