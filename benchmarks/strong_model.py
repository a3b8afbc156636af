"""Does the machinery lift the choice where the model is strong? A scripted one, at the border where models are asked.

    SSTAR_PACKAGES=packages.jsonl python benchmarks/strong_model.py --out results/strong

The script knows what a strong model would have to find out, and says it through the same prompts and replies:

- validators are the packages' own input validators, wrapped into programs that print VALID or INVALID;
- "hack" generators print the packages' secret test inputs, never their outputs;
- the judge runs an accepted program on the input that it is shown, and names the side that agrees with it; in one duel of
  ten (``--judge 0.9``), always the same ones and in both orders, it names the other side. It sits the exam of the product
  first, and errs there as often. An input that was clipped it cannot judge.

Everything else (classes of output, pairs, brute force) it leaves unanswered. So this measures what the engine makes of good
help, and nothing about any model. Draws come from the packages' submissions of all languages, as ``sstar bench --lang any``.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import re
import zlib
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from attrs import define, evolve, field

from sstar_lsp.bench.config import Method, Options
from sstar_lsp.bench.data.datasets import load_problems
from sstar_lsp.bench.data.input_validators import NoValidator, Validators, standalone
from sstar_lsp.bench.data.pools import ANY, own_pool, runnable
from sstar_lsp.bench.execution_cache import CachedExecutor, ExecutionStore
from sstar_lsp.bench.figures.summary import summarised
from sstar_lsp.bench.figures.tables import table
from sstar_lsp.bench.records import BenchProblem, Row
from sstar_lsp.bench.runner import Bench, RowFile, Work
from sstar_lsp.bench.selectors.draw_context import run_on
from sstar_lsp.engine.judging.duels import question
from sstar_lsp.engine.judging.exam import SHOWN_RUNS, examine_judge, known_duels
from sstar_lsp.engine.run.executor import is_expected
from sstar_lsp.models.protocol import Delta, Models
from sstar_lsp.records import Candidate, JudgeExam, JudgeForm, Message, Sampling, Usage
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Sandbox, open_sandbox

VARIABLE = "SSTAR_PACKAGES"
BLOCKS = 4
"""Programs in the reply to the request for hack generators."""
KINDS = {
    "fail on hidden tests": "hacks",
    "and checks it": "validator",
    "Which one is right?": "judge",
    "Which program is right?": "judge",
    "Which output follows": "judge",
}
_TEXT = re.compile(r"^(`{3,})\w*\n(.*?)\n\1$", re.DOTALL | re.MULTILINE)
_CPP = """\
#include <cstdlib>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <unistd.h>
#define main validator_main
#define _exit exit
#define _Exit exit
{source}
#undef main
#undef _exit
#undef _Exit
static void said(int status, void*) {{ puts(status == 42 ? "VALID" : "INVALID"); fflush(stdout); _exit(0); }}
static void stopped(int) {{ said(0, 0); }}
int main() {{
    on_exit(said, 0);
    signal(SIGABRT, stopped);
    static char* words[] = {{{words}, 0}};
    exit(((int (*)(int, char**))validator_main)({count}, words));
}}
"""
_PYTHON = """\
import os, sys
sys.argv = {words!r}
os._exit = sys.exit
status = 0
try:
    exec(compile({source!r}, "validator", "exec"), {{"__name__": "__main__"}})
except SystemExit as ended:
    status = ended.code
except BaseException:
    pass
print("\\nVALID" if status == 42 else "\\nINVALID")
"""
_HACK = """\
import base64, zlib
tests = {tests!r}
size, seed = map(int, input().split())
print(zlib.decompress(base64.b85decode(tests[seed % len(tests)])).decode(), end="")
"""


def wrapped(source: str, language: str, flags: Sequence[str]) -> str:
    """A reply with a validator that says VALID or INVALID instead of ending with 42 or not."""
    words = ["validator", *flags]
    if language == "cpp":
        given = ", ".join(f"(char*){json.dumps(word)}" for word in words)
        return f"```cpp\n{_CPP.format(source=source, words=given, count=len(words))}```\n"
    return f"```python\n{_PYTHON.format(source=source, words=words)}```\n"


def hacks_of(problem: BenchProblem) -> str:
    """A reply whose programs print the secret inputs."""
    packed = [base64.b85encode(zlib.compress(test.input.encode())).decode() for test in problem.hidden]
    blocks = [packed[start::BLOCKS] for start in range(min(BLOCKS, len(packed)))]
    return "\n".join(f"WAY: secret tests\n\n```python\n{_HACK.format(tests=tests)}```\n" for tests in blocks)


@define
class StrongModel:
    """The scripted model; speaks the protocol of all models."""

    problems: Sequence[BenchProblem]
    executor: CachedExecutor
    sandbox: Sandbox
    accuracy: float
    seed: int
    """Of the things that the judge is wrong about."""
    name: str = "scripted-strong"
    exam: JudgeExam | None = None
    asked: Counter[str] = field(factory=Counter)
    _validators: dict[str, str] = field(factory=dict)

    async def stream(self, messages: Sequence[Message], sampling: Sampling) -> AsyncGenerator[Delta, None]:
        """The whole answer in one piece."""
        del sampling
        prompt = messages[0].content
        text = await self._answer(prompt)
        yield Delta(text, finish_reason="stop", usage=Usage(len(prompt) // 4, len(text) // 4))

    async def _answer(self, prompt: str) -> str:
        kind = next((kind for words, kind in KINDS.items() if words in prompt), "")
        problem = next((p for p in self.problems if p.problem.statement.strip() in prompt), None)
        self.asked[kind or "another request"] += 1
        if problem is None:
            return self._exam_answer(prompt)
        if kind == "hacks":
            return hacks_of(problem)
        if kind == "validator":
            return await self._validator(problem)
        return await self._judged(problem, prompt) if kind == "judge" else "I do not know."

    def _errs(self, *about: str) -> bool:
        """Whether this judge is wrong about something: always the same things with the same seed."""
        digest = hashlib.sha256("\n".join((*about, str(self.seed))).encode("utf-8", "replace")).digest()
        return int.from_bytes(digest[:4], "big") / 2**32 >= self.accuracy

    def _exam_answer(self, prompt: str) -> str:
        for duel in known_duels():
            for one in (duel, duel.swapped()):
                programs = [Candidate(f"c{n}", code, "python") for n, code in enumerate(one.programs, 1)]
                for form in JudgeForm:
                    if prompt == question(form, one.problem, one.runs[: SHOWN_RUNS[form]], programs):
                        return _named(3 - one.right if self._errs(duel.problem.statement) else one.right)
        return "I do not know."

    async def _validator(self, problem: BenchProblem) -> str:
        if problem.id not in self._validators:
            self._validators[problem.id] = await self._made_validator(problem)
        return self._validators[problem.id]

    async def _made_validator(self, problem: BenchProblem) -> str:
        """The package's main validator with the flags that take most of its secret tests."""
        try:
            validators = await Validators.prepare(self.sandbox, problem)
            source, language = standalone(problem.validators[0])
        except NoValidator:
            return "I do not know."
        taken = {}
        for flags in validators.flags:
            one = evolve(validators, flags=(flags,))
            taken[flags] = sum([await one.why_illegal(test.input) is None for test in problem.hidden])
        return wrapped(source, language, max(taken, key=lambda flags: taken[flags]))

    async def _judged(self, problem: BenchProblem, prompt: str) -> str:
        """By an accepted program's output; where that tells nothing and programs are shown, by their labels."""
        shown = [text for _, text in _TEXT.findall(prompt.partition(problem.problem.statement.strip())[2])]
        right = {p.code.strip(): p.right for p in problem.programs}
        labels = [right[text] for text in shown if text in right]
        if len(labels) >= 2:
            side = labels.index(True) + 1 if sorted(labels[:2]) == [False, True] else 0
            return self._said(side, *sorted(shown[:2]))
        given, first, second = shown[:3]
        if "characters left out" in given:
            return _named(0)
        accepted = next(p for p in problem.programs if p.right)
        runs = await run_on(
            self.executor.uncapped(), problem.problem, accepted.code, accepted.language, [f"{given}\n"]
        )
        if not runs or not runs[0].ended_well:
            return _named(0)
        agrees = [
            is_expected(problem.checker, runs[0].output, evolve(runs[0], output=text))
            for text in (first, second)
        ]
        return self._said(agrees.index(True) + 1 if sum(agrees) == 1 else 0, given, *sorted((first, second)))

    def _said(self, side: int, *about: str) -> str:
        return _named(3 - side if side and self._errs(*about) else side)


def _named(side: int) -> str:
    return f"WORK: as the rules say\nANSWER: {side}\n"


async def measured(asked: argparse.Namespace, path: Path) -> None:
    """Rows with the strong model and without any; the table of both. ``path``: of the packages."""
    problems = [p for p in load_problems(path, asked.limit) if p.programs]
    pool, _ = runnable(own_pool(problems), ANY)
    problems = [evolve(p, programs=pool[p.id]) for p in problems if pool.get(p.id)]
    asked.out.mkdir(parents=True, exist_ok=True)
    store = ExecutionStore(asked.cache or asked.out / "executions.sqlite")
    settings = SolveSettings(language="python", samples=asked.samples, rounds=0)
    methods = (Method.RANDOM_PASSING, Method.MAJORITY, Method.MBR, Method.SSTAR, Method.ORACLE)
    options = Options(
        path,
        asked.out,
        methods,
        samples=asked.samples,
        draws=asked.draws,
        rounds=0,
        language=ANY,
        mixed_only=True,
    )
    try:
        async with open_sandbox(workers=2) as sandbox:
            executor = CachedExecutor(sandbox, store)
            model = StrongModel(problems, executor, sandbox, asked.judge, asked.seed)
            model.exam = await examine_judge(model)
            for who, models in (("strong", Models.all_the_same(model)), ("none", None)):
                work = Work(options, tuple(problems), methods, pool, settings)
                file = RowFile(asked.out / who)
                (asked.out / who).mkdir(exist_ok=True)
                rows = await Bench(
                    work, executor, file, models, lambda _: print(".", end="", flush=True)
                ).run()
                page = table(
                    {
                        "config": {"data": path.name, "pool": None},
                        **summarised(rows, Method.RANDOM_PASSING.value, 0),
                        "skipped": [],
                        "notes": [],
                    }
                )
                (asked.out / who / "table.md").write_text(page, "utf-8")
                print(f"\n{who}\n\n{page}\n{share_of_oracle(rows)}")
            print(f"asked of the strong model: {dict(model.asked)}")
    finally:
        store.close()


def share_of_oracle(rows: Sequence[Row]) -> str:
    """How often the choice is right where a right survivor was there."""
    own = [row for row in rows if row.method == Method.SSTAR.value and row.oracle]
    return f"right in {sum(row.score for row in own):.0f} of {len(own)} draws in which the oracle is"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--judge", type=float, default=0.9, help="share of duels that the judge gets right")
    parser.add_argument("--seed", type=int, default=0, help="of the duels that the judge gets wrong")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--limit", type=int, default=None, help="only the first problems")
    parser.add_argument(
        "--cache", type=Path, default=None, help="executions kept from an earlier measurement"
    )
    path = Path(os.environ.get(VARIABLE, ""))
    if not path.is_file():
        parser.error(f"{VARIABLE} names no file: it is to name contest packages, one JSON object a line")
    asyncio.run(measured(parser.parse_args(), path))


if __name__ == "__main__":
    main()
