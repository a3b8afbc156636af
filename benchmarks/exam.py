"""How good a judge is a model? The product's twenty duels with known answers, replies recorded.

    python benchmarks/exam.py --model 1.5b --record benchmarks/results/exam-replies.jsonl
    python benchmarks/exam.py --model 1.5b --record benchmarks/results/exam-replies.jsonl --replay-only

The same exam as ``sstar doctor --model`` asks, without keeping the result; interrupted, it goes on from its recording.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from sstar_lsp.bench.model_source import ModelChoice, models_of
from sstar_lsp.engine.judging.exam import examine_judge
from sstar_lsp.engine.judging.model_ability import usable_forms
from sstar_lsp.records import JudgeForm


async def examined(choice: ModelChoice, forms: tuple[JudgeForm, ...]) -> None:
    """Ask, and print the table."""
    async with AsyncExitStack() as stack:
        models = await models_of(choice, stack, lambda _words: None)
        assert models is not None, "a model was named"
        exam = await examine_judge(
            models.judge, forms=forms, say=lambda words: print(words, file=sys.stderr, flush=True)
        )
    print(
        "| model | shown | answers right | unreadable | both orders agree | right then | tokens an answer |"
    )
    print("|---|---|---|---|---|---|---|")
    for form in exam.forms:
        cells = (
            exam.model,
            form.form.value,
            f"{form.right} of {form.answers}",
            str(form.unreadable),
            f"{form.agreed} of {exam.duels}",
            str(form.agreed_right),
            f"{form.tokens / form.answers:.0f}",
        )
        print(f"| {' | '.join(cells)} |")
    print(f"\nForms that a run would use: {', '.join(usable_forms(exam)) or 'none'}.")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", required=True, help="an embedded model, or the name of one at --base-url")
    parser.add_argument("--base-url", default=None)
    parser.add_argument("--record", type=Path, required=True, help="file of recorded replies")
    parser.add_argument("--replay-only", action="store_true")
    parser.add_argument(
        "--forms", nargs="+", type=JudgeForm, default=list(JudgeForm), choices=list(JudgeForm)
    )
    asked = parser.parse_args()
    choice = ModelChoice(asked.model, asked.base_url, asked.record, asked.replay_only)
    asyncio.run(examined(choice, tuple(asked.forms)))


if __name__ == "__main__":
    main()
