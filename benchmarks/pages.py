"""Real problem pages: how many are read exactly as their truth says, and whether any text makes the reader fail.

``SSTAR_PAGES=FOLDER python benchmarks/pages.py read [--judge PART] [--form FORM] [--half 0|1] [--causes]`` prints a Markdown
table by judge and form; ``… formats [--judge PART] [--form FORM] [--half 0|1]`` tells, for one page of each problem, of how many the format of the input is known
(*whole*: test inputs are drawn from it; *part*: it rejects inputs); ``… fuzz [--mutations N] [--seed S]`` reads mutated pages and names
each that crashed or was slow.

A page is a line of JSON in ``FOLDER/*.jsonl``: ``{"id", "judge", "form", "file_name", "text", "files"?, "truth": {"kind",
"examples", "function_name"?, "time_limit_s"?, "memory_limit_mib"?, "checker"?, "file_io"?}}``. A page is *exact* if kind,
examples, function name, limits, comparator and file names are as in the truth; *told* if it is not, but was refused or has
a warning; *silent* if it is wrong without a word. ``--half`` takes the pages whose problem's hash is even or odd.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sstar_lsp.engine.test_inputs.input_format import format_of
from sstar_lsp.errors import ProblemError
from sstar_lsp.problems.reader import read_document, read_problem
from sstar_lsp.records import Problem, Severity, Style

SLOW_PAGE_S = 0.5
SLOW_MUTATION_S = 2.0
Page = dict[str, Any]


def pages() -> Iterator[Page]:
    """The pages of the folder that ``SSTAR_PAGES`` names."""
    folder = os.environ.get("SSTAR_PAGES", "")
    files = sorted(Path(folder).glob("*.jsonl")) if folder else []
    if not files:
        sys.exit(
            "SSTAR_PAGES must name a folder with *.jsonl files of pages (see benchmarks/pages.py --help)"
        )
    for file in files:
        with file.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def read(page: Page, folder: Path) -> Problem | str:
    """The problem of a page, or why it was refused."""
    target = folder / page["file_name"]
    for name, text in {page["file_name"]: page["text"], **page.get("files", {})}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    try:
        return read_problem(target)
    except ProblemError as error:
        return str(error)


def stripped(text: str) -> str:
    """Without spaces at the ends of lines and of the text: they do not count."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).rstrip()


def value(tree: Any) -> Any:
    """A JSON value with true apart from 1, and tuples as lists."""
    if isinstance(tree, dict):
        return (
            [value(item) for item in tree["$tuple"]]
            if list(tree) == ["$tuple"]
            else {k: value(v) for k, v in tree.items()}
        )
    if isinstance(tree, list):
        return [value(item) for item in tree]
    return ("bool", tree) if isinstance(tree, bool) else tree


def differences(page: Page, problem: Problem | str) -> list[str]:
    """What was read otherwise than the truth says."""
    truth = page["truth"]
    if truth["kind"] == "refuse":
        holds_none = truth["refuse_reason"] in {"editorial", "index", "picture-only"}
        if isinstance(problem, str) or (holds_none and not problem.public_tests):
            return []
        return [f"{truth['refuse_reason']}: not refused"]
    if isinstance(problem, str):
        return [f"refused: {re.sub(r'[0-9]+', '#', problem)[:70]}"]
    found: list[str] = []
    if problem.style.value != truth["kind"] and truth["examples"]:
        return [f"kind: {problem.style.value}"]
    if problem.style is Style.FUNCTION:
        read_tests = {
            json.dumps([value(json.loads(t.input)), value(json.loads(t.expected))])
            for t in problem.public_tests
        }
        wanted = {json.dumps([value(e["args"]), value(e["result"])]) for e in truth["examples"]}
        name = truth.get("function_name")
        if name and (problem.entry_point or "").rpartition(".")[2] != name:
            found.append("name of the function")
    else:
        read_tests = {json.dumps([stripped(t.input), stripped(t.expected)]) for t in problem.public_tests}
        wanted = {json.dumps([stripped(e["input"]), stripped(e["output"])]) for e in truth["examples"]}
    if read_tests != wanted:
        found.append(
            "no example" if not read_tests else "fewer examples" if read_tests < wanted else "examples"
        )
    if (limit := truth.get("time_limit_s")) and problem.time_limit_s != limit:
        found.append("time limit")
    if (limit := truth.get("memory_limit_mib")) and abs(
        (problem.memory_limit_bytes or 0) / 2**20 - limit
    ) > 0.01 * limit:
        found.append("memory limit")
    if (names := truth.get("file_io")) and list(problem.file_io or ()) != names:
        found.append("file names")
    checker = truth.get("checker", "")
    if checker in {"several", "any-order"} and not problem.several_answers:
        found.append("several answers")
    if checker.startswith("float:"):
        tolerance = re.search(r":(?:[a-z-]+,)?([\d.]+(?:e-?\d+)?)$", problem.checker)
        if tolerance is None or not 0.09 < float(tolerance[1]) / float(checker[6:]) < 1.001:
            found.append("tolerance")
    return found


def is_told(problem: Problem | str) -> bool:
    """Whether a person learns that something is amiss."""
    return isinstance(problem, str) or any(remark.severity is Severity.WARNING for remark in problem.remarks)


def half_of(page: Page) -> int:
    """0 or 1 by the hash of the problem, the same for all forms of it."""
    return hashlib.sha256(page["problem"].encode()).digest()[1] % 2


def measure(args: argparse.Namespace) -> None:
    """Print the table."""
    table: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    causes: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    for page in pages():
        if args.judge not in page["judge"] or args.form not in page["form"]:
            continue
        if args.half is not None and half_of(page) != args.half:
            continue
        with tempfile.TemporaryDirectory() as folder:
            start = time.perf_counter()
            problem = read(page, Path(folder))
            seconds = time.perf_counter() - start
        slowest = max(slowest, seconds)
        wrong = differences(page, problem)
        status = "exact" if not wrong else "told" if is_told(problem) else "silent"
        for key in ((page["judge"], page["form"]), ("all", page["form"]), ("all", "all")):
            table[key][status] += 1
            table[key]["slow"] += seconds > SLOW_PAGE_S
        causes.update((page["judge"], f"{status}: {', '.join(wrong)}; e.g. {page['id']}") for _ in wrong[:1])
    print(
        "| judge | form | pages | exact | told | silent | slow | exact % |\n|---|---|---|---|---|---|---|---|"
    )
    for (judge, form), row in sorted(table.items(), key=lambda entry: (entry[0][0] == "all", entry[0])):
        count = row["exact"] + row["told"] + row["silent"]
        print(
            f"| {judge} | {form} | {count} | {row['exact']} | {row['told']} | {row['silent']} | {row['slow']} | {100 * row['exact'] / count:.1f} |"
        )
    print(f"\nSlowest page: {slowest * 1000:.0f} ms.")
    if args.causes:
        for (judge, cause), count in causes.most_common():
            print(f"{count:4} {judge}: {cause}")


def formats(args: argparse.Namespace) -> None:
    """Print how many problems' input formats are known, by the first page of each problem that has the form: by default, any but copied text and comments."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    characters = 0
    seen: set[str] = set()
    for page in pages():
        forms = (args.form,) if args.form else ("html", "markdown", "tex")
        if page["form"] not in forms or page["truth"]["kind"] != "stdin":
            continue
        if args.judge not in page["judge"] or (args.half is not None and half_of(page) != args.half):
            continue
        if page["problem"] in seen:
            continue
        seen.add(page["problem"])
        with tempfile.TemporaryDirectory() as folder:
            problem = read(page, Path(folder))
        if isinstance(problem, str) or not problem.public_tests:
            continue
        characters += len(problem.statement)
        form = format_of(problem)
        status = "none" if form is None else "whole" if form.is_whole else "part"
        for judge in (page["judge"], "all"):
            table[judge][status] += 1
    print("| judge | problems with examples | whole | part | none |\n|---|---|---|---|---|")
    for judge, row in sorted(table.items(), key=lambda entry: (entry[0] == "all", entry[0])):
        print(f"| {judge} | {row.total()} | {row['whole']} | {row['part']} | {row['none']} |")
    print(f"\nMean length of a statement: {characters / max(table['all'].total(), 1):.0f} characters.")


def mutated(text: str, other: str, chance: random.Random) -> str:
    """The text cut, doubled, shuffled, or with foreign and garbage pieces in it; one to four times over."""
    for _ in range(chance.randint(1, 4)):
        lines = text.split("\n")
        at = chance.randrange(len(lines) + 1)
        match chance.randrange(8):
            case 0:
                text = text[: chance.randrange(len(text) + 1)]
            case 1:
                text = text[chance.randrange(len(text) + 1) :]
            case 2:
                text = "\n".join([*lines[:at], *lines])
            case 3:
                parts = text.split("\n\n")
                chance.shuffle(parts)
                text = "\n\n".join(parts)
            case 4:
                garbage = chance.randbytes(chance.randint(1, 200)).decode(
                    chance.choice(("latin-1", "utf-16", "utf-8")), "replace"
                )
                text = "\n".join([*lines[:at], garbage, *lines[at:]])
            case 5:
                begin = chance.randrange(len(other) + 1)
                text = "\n".join([*lines[:at], other[begin : begin + 2000], *lines[at:]])
            case 6:
                piece = chance.choice(
                    (
                        "<div>",
                        "<table><tr>",
                        "```",
                        "((((",
                        "**",
                        "|",
                        "Sample Input 1",
                        "\t",
                        "$$",
                        "&#x110000;",
                        "<pre>",
                        "\\begin{",
                        " " * 500,
                        "[" * 300,
                        "a=" * 200,
                    )
                )
                text = "\n".join([*lines[:at], piece * chance.randint(1, 50), *lines[at:]])
            case _:
                text = "\n".join(line for line in lines if chance.random() < 0.8)
    return text


def fuzz(args: argparse.Namespace) -> None:
    """Read mutated pages; a text may be refused, and nothing else may happen."""
    chance = random.Random(args.seed)
    known = list(pages())
    bad = 0
    slowest = 0.0
    for _ in range(args.mutations):
        page, other = chance.choice(known), chance.choice(known)
        text = mutated(page["text"], other["text"], chance)
        start = time.perf_counter()
        try:
            read_document(text, Path("/nowhere") / page["file_name"])
        except ProblemError:
            pass
        except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for here
            bad += 1
            print(f"{type(error).__name__}: {error} (mutation of {page['id']})")
            Path(tempfile.gettempdir(), f"page-crash-{bad}.txt").write_text(
                text, encoding="utf-8", errors="replace"
            )
        seconds = time.perf_counter() - start
        slowest = max(slowest, seconds)
        if seconds > SLOW_MUTATION_S:
            bad += 1
            print(f"{seconds:.1f} s (mutation of {page['id']})")
            Path(tempfile.gettempdir(), f"page-slow-{bad}.txt").write_text(
                text, encoding="utf-8", errors="replace"
            )
    print(
        f"{args.mutations} mutations, seed {args.seed}: {bad} crashed or were slow; slowest {slowest:.2f} s"
    )
    sys.exit(1 if bad else 0)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    reading = commands.add_parser("read", help="how many pages are read exactly")
    reading.add_argument("--judge", default="")
    reading.add_argument("--form", default="")
    reading.add_argument("--half", type=int, choices=(0, 1))
    reading.add_argument("--causes", action="store_true")
    reading.set_defaults(run=measure)
    forming = commands.add_parser("formats", help="of how many problems the input's format is known")
    forming.add_argument("--judge", default="")
    forming.add_argument("--form", choices=("copied-text", "html", "leading-comment", "markdown", "tex"))
    forming.add_argument("--half", type=int, choices=(0, 1))
    forming.set_defaults(run=formats)
    fuzzing = commands.add_parser("fuzz", help="mutated pages must not crash the reader or take long")
    fuzzing.add_argument("--mutations", type=int, default=10_000)
    fuzzing.add_argument("--seed", type=int, default=0)
    fuzzing.set_defaults(run=fuzz)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
