"""Ask for programs: the first prompt of a sample, and what its reply holds."""

from __future__ import annotations

import re

from sstar_lsp.engine.prompts import fill, longest_template, problem_text
from sstar_lsp.engine.prompts.fences import clip, fenced
from sstar_lsp.engine.run.events import NoProgram, Purpose, Role, Sampled
from sstar_lsp.engine.run.execution.call_forms import call_note
from sstar_lsp.engine.run.model_client import Calls, sampling_of
from sstar_lsp.engine.run.program_runner import ProgramRunner
from sstar_lsp.engine.run.record import Record
from sstar_lsp.engine.sampling.prompt_variants import longest_addition, variant, worked_examples
from sstar_lsp.models.client.reasoning import may_be_thought, without_thoughts
from sstar_lsp.models.extract import extract_code
from sstar_lsp.records import Candidate, Message, Problem, PromptKind, Sampling, Style, candidate_id
from sstar_lsp.settings import SolveSettings
from sstar_sandbox import Offering

LANGUAGE_NAMES = {
    "python": "Python 3",
    "cpp": "C++",
    "c": "C17",
    "java": "Java",
    "rust": "Rust (edition 2021)",
    "go": "Go",
    "javascript": "JavaScript (Node.js)",
}
PROGRAM_FORMS = {
    "java": (
        "It begins with `import java.io.*; import java.util.*;`, its `main` is in `public class Main`, in no package, and throws "
        "`IOException`, and it reads with `new BufferedReader(new InputStreamReader(System.in))`."
    ),
    "rust": "It is one file; read all of the standard input first.",
    "go": "It is one file of `package main`; import and declare nothing that is not used.",
    "javascript": 'It is one CommonJS file: read with `require("fs").readFileSync(0, "utf8")`, and use no `import`.',
}
"""What a whole program of a language looks like, where its compiler or its speed is particular about it."""
LIBRARIES_BYTES = 4_000
"""Of the line that names the libraries, at most: ``SandboxSettings`` bounds their number and their names."""
INTERACTIVE = (
    "talks with an interactor: it prints each of its questions and answers on standard output and flushes it at once, "
    "reads each reply from standard input before it goes on, and ends when the problem says so"
)
"""How a whole program reads and writes where an interactor judges it."""
TALK_CHARS = 200
"""After so much talk behind a program that talk preceded, no second program is waited for."""
_CLOSED_FENCE = re.compile(r"^```[\w+-]*[ \t]*\n.*?\n```[ \t]*(?:\n|$)", re.DOTALL | re.MULTILINE)


def sampling_for(settings: SolveSettings, sample: int, round_: int) -> Sampling:
    """How to draw round ``round_`` of sample ``sample`` (from 1)."""
    return sampling_of(settings, 100 * sample + round_, settings.max_tokens)


def libraries_line(offering: Offering) -> str:
    """What a program may use, in one line of a prompt; libraries are named where a person chose them.

    Small models import whatever is named, and a judge may not have what happens to be here.
    """
    if not offering.libraries or not offering.are_chosen:
        return "Only the standard library is there."
    *others, last = (f"`{name}`" for name in offering.libraries)
    names = f"{', '.join(others)} and {last}" if others else last
    return f"Use the standard library; nothing else is there but {names}, which is seldom needed."


def streams_line(problem: Problem) -> str:
    """Where a whole program reads and writes."""
    if problem.interactor is not None:
        return INTERACTIVE
    if problem.file_io is None:
        return "reads its input from standard input and prints the answer to standard output"
    return f"reads its input from the file `{problem.file_io[0]}` and writes the answer to the file `{problem.file_io[1]}`"


def writing_prompt(
    problem: Problem,
    language: str,
    examples: int = 0,
    offering: Offering = Offering(),  # noqa: B008  (frozen)
) -> str:
    """What a first attempt is asked.

    ``examples``: worked ones shown before, where any fits; ``offering``: what the programs find where they
    are run.
    """
    title, libraries = offering.standard or LANGUAGE_NAMES[language], libraries_line(offering)
    head = problem_text(problem)
    if shown := worked_examples(problem, language, examples):
        head = fill("exemplars", problem=head, examples=shown)
    if problem.style is Style.FUNCTION:
        starter = ""
        code = problem.starter_code.strip()
        if language == "python" and code and code not in problem.statement:
            starter = f"It starts like this:\n\n{fenced(code, language)}"
        starter = "\n\n".join(filter(None, (call_note(problem, language), starter)))
        named = {"entry_point": problem.entry_point or "", "libraries": libraries, "starter": starter}
        return fill("write-function", problem=head, language=title, **named)
    libraries = " ".join(filter(None, (libraries, PROGRAM_FORMS.get(language))))
    named = {"streams": streams_line(problem), "libraries": libraries, "tag": language}
    return fill("write-stdin", problem=head, language=title, **named)


def with_variant(prompt: str, added: str, tag: str) -> str:
    """A writing prompt with its variant at the end, without the code block opened for the answer."""
    whole = prompt.removesuffix(f"```{tag}\n").rstrip().removesuffix(":")
    return f"{whole}\n\n{added}" if added else prompt


def longest_writing_prompt(problem: Problem, settings: SolveSettings) -> int:
    """Bytes that no first prompt of this run exceeds."""
    statement = len(problem.statement.encode("utf-8", "replace"))
    starter = len(problem.starter_code.encode("utf-8", "replace"))
    files = sum(map(len, problem.file_io or ()))
    return statement + starter + files + LIBRARIES_BYTES + 4 * longest_template() + longest_addition(settings)


def has_whole_program(text: str) -> bool:
    """Whether a fence was opened and closed: what follows is talk that need not be paid.

    A draft among a model's thoughts is no program yet, and a chatty model may show a draft before the
    program.
    """
    text, _ = without_thoughts(text)
    fences = list(_CLOSED_FENCE.finditer(text))
    if not fences:
        return False
    before = text[: fences[0].start()].strip()
    if not before:
        return True
    talk = text[fences[-1].end() :]
    return "```" not in talk and len(talk) > TALK_CHARS and not may_be_thought(before)


async def read_candidate(
    record: Record,
    reply: str,
    sample: int,
    round_: int,
    parent: str | None,
    finish_reason: str,
    kind: PromptKind = PromptKind.REPAIR,
) -> Candidate | None:
    """The candidate in a reply, journaled; None when there is none, journaled too."""
    own_id = candidate_id(sample, round_)
    known = record.state.candidates.get(own_id)
    if known is not None:
        return known
    language = record.state.language
    base = record.state.candidates[parent].code if parent in record.state.candidates else None
    extraction = extract_code(reply, language, base=base)
    if extraction.code is None or not extraction.code.strip():
        if own_id not in record.state.no_program:
            remark = extraction.remark or "no code in the answer"
            if finish_reason == "length":
                remark += " (cut at the token limit)"
            elif finish_reason == "thinking":
                remark = "its tokens ran out while it was still thinking: raise model.thinking_tokens"
            elif finish_reason == "tool_calls":
                remark = "the model called a tool and said nothing: the server offers it tools of its own"
            elif finish_reason == "refusal":
                remark = f"the model refused: {clip(reply, 200)}"
            await record.emit(NoProgram(own_id, remark, round_))
        return None
    candidate = Candidate(own_id, extraction.code, language, parent, kind, sample, round_)
    await record.emit(Sampled(candidate))
    return candidate


async def _own(record: Record) -> Candidate | None:
    """The person's own program as the first candidate, journaled; None if there is none."""
    assert record.state.started is not None
    code = record.state.started.own_code
    if code is None:
        return None
    own_id = candidate_id(1)
    candidate = record.state.candidates.get(own_id)
    if candidate is None:
        candidate = Candidate(own_id, code, record.state.language, None, PromptKind.OWN, sample=1)
        await record.emit(Sampled(candidate))
    return candidate


async def write(runner: ProgramRunner, calls: Calls, sample: int, round_: int) -> Candidate | None:
    """Ask for a program from nothing; ``round_`` > 0 when the rounds before brought none."""
    if (sample, round_) == (1, 0) and (own := await _own(runner.record)) is not None:
        return own
    state, offering = runner.state, await runner.offering()
    kind, added = variant(state, sample)
    prompt = writing_prompt(state.problem, state.language, state.settings.in_context_examples, offering)
    messages = (Message("user", with_variant(prompt, added, state.language)),)
    sampling = sampling_for(state.settings, sample, round_)
    own_id = candidate_id(sample, round_)
    asked = (Role.WRITER, Purpose.SAMPLE, f"sample {own_id}", messages, sampling, has_whole_program)
    reply = await calls.ask(*asked, turn=sample - 1, candidate_id=own_id)
    return await read_candidate(runner.record, reply.text, sample, round_, None, reply.finish_reason, kind)
