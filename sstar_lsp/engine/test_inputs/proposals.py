"""Where test inputs come from; none of them carries an expected output.

The input-writer is asked for inputs only, and whatever else it says (it likes to guess outputs) is not read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt

from sstar_lsp import ast_lock
from sstar_lsp.engine.prompts import fill, problem_text
from sstar_lsp.engine.prompts.fences import fenced
from sstar_lsp.engine.run.events import CaseInput, InputOrigin, InputRejected, Purpose, Role
from sstar_lsp.engine.run.model_client import BudgetExhausted, Calls, Stop, sampling_of
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.test_inputs.legality import legality_of
from sstar_lsp.engine.test_inputs.mutation import mutations
from sstar_lsp.errors import ModelError
from sstar_lsp.problems.source.call_examples import readable_input
from sstar_lsp.records import Candidate, Message, Problem, Style
from sstar_sandbox.inside.python.values import to_json

ANSWER_TOKENS = 320
"""For a list of small inputs."""
PAPER_MUTATIONS = 12
"""Changed examples beside the model's inputs, in the paper's way."""
_ANSWER_LABEL = re.compile(r"^\W*(expected\s+)?(output|answer|result)s?\b", re.IGNORECASE)


def input_texts(problem: Problem, reply: str) -> list[str]:
    """Inputs in a reply, in their order, without repeats.

    stdin style: each fenced block is an input, but for blocks announced as an output. Function style: each
    call of the entry point with literal arguments is one, as JSON arguments.
    """
    found = _calls(problem, reply) if problem.style is Style.FUNCTION else _blocks(reply)
    return list(dict.fromkeys(found))


def _blocks(reply: str) -> list[str]:
    found: list[str] = []
    announced_as_output = False
    for token in MarkdownIt().parse(reply):
        if token.type == "inline":
            announced_as_output = bool(_ANSWER_LABEL.match(token.content.rpartition("\n")[2]))
        elif token.type in ("fence", "code_block"):
            is_output = announced_as_output or token.info.strip().lower().startswith("output")
            text = re.split(
                r"^\W*(?:expected\s+)?output\W*$", token.content, flags=re.IGNORECASE | re.MULTILINE
            )[0]
            text = re.sub(r"\A\W*input\W*\n", "", text, flags=re.IGNORECASE)
            if text.strip() and not is_output:
                found.append(text.strip("\n") + "\n")
            announced_as_output = False
    return found


def _calls(problem: Problem, reply: str) -> list[str]:
    name = (problem.entry_point or "").rpartition(".")[2]
    found: list[str] = []
    for match in re.finditer(rf"\b{re.escape(name)}\s*\(", reply):
        end = reply.find("\n", match.start())
        line = reply[match.start() : end if end >= 0 else len(reply)]
        if arguments := _arguments(line):
            found.append(arguments)
    return found


def _arguments(line: str) -> str | None:
    """JSON of the positional arguments of the call that the line begins with."""
    for end in (index + 1 for index, char in enumerate(line) if char == ")"):
        try:
            call = ast_lock.parse_expression(line[:end])
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        if not isinstance(call, ast.Call) or call.keywords:
            return None
        try:
            return to_json([ast.literal_eval(argument) for argument in call.args])
        except (ValueError, TypeError, MemoryError, RecursionError):
            return None
    return None


def has_enough(problem: Problem, reply: str, count: int) -> bool:
    """Whether a reply under way holds as many inputs as were asked for: small models never stop by themselves."""
    if not reply.endswith("\n"):
        return False  # an input is whole once its line (or its closing fence) has ended
    return len(input_texts(problem, reply)) >= count + (
        problem.style is Style.STDIN and reply.count("```") % 2
    )


async def _ask(
    record: Record, calls: Calls, purpose: str, template: str, seed: int, **values: str
) -> list[str]:
    """Inputs from the input-writer; a failing model costs inputs, not the run."""
    problem = record.state.problem
    is_function = problem.style is Style.FUNCTION
    if problem.public_tests:
        example = readable_input(problem, problem.public_tests[0].input)
    elif is_function:
        example = f"{problem.entry_point}(…)"
    else:
        example = "(the problem gives no example: follow its input section)"
    example = fenced(example.rstrip("\n"), "python" if is_function else "")
    named = {"entry_point": problem.entry_point or ""} if is_function else {}
    template = f"{template}-{problem.style.value}"
    prompt = fill(template, problem=problem_text(problem), example=example, **named, **values)
    messages = (Message("user", prompt),)
    missing = f"no test inputs from the model ({purpose})"

    def stop(text: str) -> bool:
        return has_enough(problem, text, int(values["count"]))

    reply = await ask_writer(
        record,
        calls,
        Purpose.INPUTS,
        purpose,
        messages,
        seed=seed,
        tokens=ANSWER_TOKENS,
        missing=missing,
        stop=stop,
    )
    return input_texts(problem, reply or "")


async def ask_writer(
    record: Record,
    calls: Calls,
    kind: Purpose,
    purpose: str,
    messages: Sequence[Message],
    seed: int,
    tokens: int,
    missing: str,
    stop: Stop | None = None,
) -> str | None:
    """What the input-writer says; None if it failed or the budget is spent, which costs help and not the run.

    ``seed``: tells requests of one run apart; ``tokens``: of the answer; ``missing``: what a warning says.
    """
    sampling = sampling_of(record.state.settings, seed, tokens)
    try:
        return (await calls.ask(Role.INPUT_WRITER, kind, purpose, messages, sampling, stop)).text
    except ModelError as error:
        await record.warn(f"{missing}: {error}")
    except BudgetExhausted:
        pass
    return None


async def keep_legal(record: Record, texts: Sequence[str], origin: InputOrigin) -> list[CaseInput]:
    """Number the inputs and reject those that do not look like any example."""
    legality = legality_of(record.state.problem, record.state.without)
    public = {test.input.strip() for test in record.state.problem.public_tests}
    items = await record.propose([text for text in texts if text.strip() not in public], origin)
    legal: list[CaseInput] = []
    for item in items:
        reason = legality.why_illegal(item.text)
        if reason is None:
            legal.append(item)
        elif item.id not in record.state.rejected:
            await record.emit(InputRejected(item.id, reason))
    return [item for item in legal if item.id not in record.state.rejected]


async def model_inputs(record: Record, calls: Calls) -> list[CaseInput]:
    """A list of inputs from the input-writer."""
    count = min(record.state.settings.inputs, record.state.policy.listed_inputs)
    if count == 0:
        return []
    texts = await _ask(record, calls, "inputs", "inputs", seed=1, count=str(count))
    return await keep_legal(record, texts[:count], InputOrigin.MODEL)


async def make_inputs(record: Record, calls: Calls) -> list[CaseInput]:
    """What the paper's way compares on: the model's inputs, and some changed examples where it gives few."""
    mutated = mutations(
        record.state.problem, min(record.state.settings.inputs, PAPER_MUTATIONS), record.state.settings.seed
    )
    return await model_inputs(record, calls) + await keep_legal(record, mutated, InputOrigin.MUTATION)


async def separating_inputs(
    record: Record, calls: Calls, name: str, left: Candidate, right: Candidate
) -> list[str]:
    """Adaptive input synthesis: texts that the input-writer thinks separate these two programs."""
    return await _ask(
        record,
        calls,
        f"inputs {name}",
        "pair",
        seed=2,
        count=str(record.state.policy.pair_inputs),
        left=fenced(left.code.strip(), left.language),
        right=fenced(right.code.strip(), right.language),
    )
