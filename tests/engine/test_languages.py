"""Whole programs in each language whose toolchain is here: solved, repaired from a compiler's message, refused without a toolchain.

That a hostile program of each language stays in its box is in tests/sandbox/compilation/test_languages.py (``READ``, ``EAT`` …).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from test_service import QUICK as QUICKLY
from test_service import service

from engine.world import PAIRS, QUICK, World, answer, fenced, finish
from sstar_lsp.engine.run.execution.executions import LIMIT_SLACK, limits_of
from sstar_lsp.engine.sampling.sample import writing_prompt
from sstar_lsp.errors import SandboxError, UsageError
from sstar_lsp.models.extract import extract_code
from sstar_lsp.problems.hidden import hidden_tests
from sstar_lsp.problems.languages import language_for
from sstar_lsp.problems.reader import read_problem
from sstar_lsp.records import Status
from sstar_sandbox import LANGUAGES, Sandbox, Verdict, comparator_named, default_limits, languages_here
from sstar_sandbox.compilation import toolchains

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = {
    "opening-hours": {
        "python": (
            "a, b, t = map(int, input().split())\n"
            "is_open = a == b or (a <= t <= b if a < b else t >= a or t <= b)\n"
            'print("open" if is_open else "closed")\n'
        ),
        "cpp": (
            "#include <iostream>\nint main() {\n  int a, b, t;\n  std::cin >> a >> b >> t;\n"
            "  bool open = a == b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            '  std::cout << (open ? "open" : "closed") << "\\n";\n}\n'
        ),
        "c": (
            "#include <stdio.h>\nint main(void) {\n  int a, b, t;\n"
            '  if (scanf("%d %d %d", &a, &b, &t) != 3) return 1;\n'
            '  puts(a == b || (a < b ? a <= t && t <= b : t >= a || t <= b) ? "open" : "closed");\n  return 0;\n}\n'
        ),
        "java": (
            "import java.util.Scanner;\n\npublic class OpeningHours {\n  public static void main(String[] args) {\n"
            "    Scanner in = new Scanner(System.in);\n    int a = in.nextInt(), b = in.nextInt(), t = in.nextInt();\n"
            "    boolean open = a == b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            '    System.out.println(open ? "open" : "closed");\n  }\n}\n'
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i32> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (a, b, t) = (v[0], v[1], v[2]);\n"
            "    let open = a == b || if a < b { a <= t && t <= b } else { t >= a || t <= b };\n"
            '    println!("{}", if open { "open" } else { "closed" });\n}\n'
        ),
        "go": (
            'package main\n\nimport "fmt"\n\nfunc main() {\n\tvar a, b, t int\n\tfmt.Scan(&a, &b, &t)\n'
            "\topen := t >= a || t <= b\n\tif a < b {\n\t\topen = a <= t && t <= b\n\t}\n"
            '\tif open || a == b {\n\t\tfmt.Println("open")\n\t} else {\n\t\tfmt.Println("closed")\n\t}\n}\n'
        ),
        "javascript": (
            'const [a, b, t] = require("fs").readFileSync(0, "utf8").split(" ").map(Number);\n'
            "const open = a === b || (a < b ? a <= t && t <= b : t >= a || t <= b);\n"
            'console.log(open ? "open" : "closed");\n'
        ),
    },
    "sum-of-pairs": {
        "python": (
            "n, s = map(int, input().split())\nw = list(map(int, input().split()))\n"
            "print(sum(w[i] + w[j] == s for i in range(n) for j in range(i)))\n"
        ),
        "cpp": (
            "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n  long long n, s, found = 0;\n  cin >> n >> s;\n"
            "  vector<long long> w(n);\n  for (auto& x : w) cin >> x;\n"
            "  for (int i = 0; i < n; i++)\n    for (int j = 0; j < i; j++) found += w[i] + w[j] == s;\n"
            '  cout << found << "\\n";\n}\n'
        ),
        "c": (
            "#include <stdio.h>\nlong long w[1000];\nint main(void) {\n  int n;\n  long long s, found = 0;\n"
            '  scanf("%d %lld", &n, &s);\n  for (int i = 0; i < n; i++) scanf("%lld", &w[i]);\n'
            "  for (int i = 0; i < n; i++)\n    for (int j = 0; j < i; j++) found += w[i] + w[j] == s;\n"
            '  printf("%lld\\n", found);\n  return 0;\n}\n'
        ),
        "java": (
            "import java.util.*;\n\nclass Main {\n  public static void main(String[] args) {\n"
            "    Scanner in = new Scanner(System.in);\n    int n = in.nextInt();\n    long s = in.nextLong(), found = 0;\n"
            "    long[] w = new long[n];\n    for (int i = 0; i < n; i++) w[i] = in.nextLong();\n"
            "    for (int i = 0; i < n; i++)\n      for (int j = 0; j < i; j++) if (w[i] + w[j] == s) found++;\n"
            "    System.out.println(found);\n  }\n}\n"
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i64> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (s, w) = (v[1], &v[2..]);\n    let mut found = 0;\n"
            "    for i in 0..w.len() {\n        for j in 0..i {\n            if w[i] + w[j] == s {\n                found += 1;\n"
            '            }\n        }\n    }\n    println!("{}", found);\n}\n'
        ),
        "go": (
            'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tin := bufio.NewReader(os.Stdin)\n'
            "\tvar n, s, found int\n\tfmt.Fscan(in, &n, &s)\n\tw := make([]int, n)\n\tfor i := range w {\n"
            "\t\tfmt.Fscan(in, &w[i])\n\t}\n\tfor i := 0; i < n; i++ {\n\t\tfor j := 0; j < i; j++ {\n"
            "\t\t\tif w[i]+w[j] == s {\n\t\t\t\tfound++\n\t\t\t}\n\t\t}\n\t}\n\tfmt.Println(found)\n}\n"
        ),
        "javascript": (
            'const [n, s, ...w] = require("fs").readFileSync(0, "utf8").split(/\\s+/).map(Number);\nlet found = 0;\n'
            "for (let i = 0; i < n; i++)\n  for (let j = 0; j < i; j++) if (w[i] + w[j] === s) found++;\n"
            "console.log(found);\n"
        ),
    },
    "lanterns": {
        "python": (
            "n = int(input())\nv = list(map(int, input().split()))\nlit, dark = v[0], -10**18\n"
            "for x in v[1:]:\n    lit, dark = max(x, x + dark), max(lit, dark)\nprint(max(lit, dark))\n"
        ),
        "cpp": (
            "#include <bits/stdc++.h>\nusing namespace std;\nint main() {\n  long long n, x, lit, dark = -1e18;\n"
            "  cin >> n >> lit;\n  while (cin >> x) {\n    long long best = max(lit, dark);\n"
            "    lit = max(x, x + dark);\n    dark = best;\n  }\n  cout << max(lit, dark);\n}\n"
        ),
        "c": (
            "#include <stdio.h>\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\nint main(void) {\n"
            "  long long n, x, lit, dark = -1000000000000000000LL;\n"
            '  scanf("%lld %lld", &n, &lit);\n  while (scanf("%lld", &x) == 1) {\n    long long best = MAX(lit, dark);\n'
            '    lit = MAX(x, x + dark);\n    dark = best;\n  }\n  printf("%lld", MAX(lit, dark));\n  return 0;\n}\n'
        ),
        "java": (
            "package contest;\n\nimport java.io.*;\n\npublic class Main {\n"
            "  public static void main(String[] args) throws IOException {\n"
            "    StreamTokenizer in = new StreamTokenizer(new BufferedReader(new InputStreamReader(System.in)));\n"
            "    in.nextToken();\n    in.nextToken();\n    long lit = (long) in.nval, dark = -1000000000000000000L;\n"
            "    while (in.nextToken() != StreamTokenizer.TT_EOF) {\n      long x = (long) in.nval, best = Math.max(lit, dark);\n"
            "      lit = Math.max(x, x + dark);\n      dark = best;\n    }\n"
            "    System.out.println(Math.max(lit, dark));\n  }\n}\n"
        ),
        "rust": (
            "use std::io::*;\n\nfn main() {\n    let mut text = String::new();\n"
            "    stdin().read_to_string(&mut text).unwrap();\n"
            "    let v: Vec<i64> = text.split_whitespace().map(|x| x.parse().unwrap()).collect();\n"
            "    let (mut lit, mut dark) = (v[1], -1000000000000000000);\n    for x in &v[2..] {\n"
            "        let best = lit.max(dark);\n        lit = *x.max(&(x + dark));\n        dark = best;\n    }\n"
            '    println!("{}", lit.max(dark));\n}\n'
        ),
        "go": (
            'package main\n\nimport (\n\t"bufio"\n\t"fmt"\n\t"os"\n)\n\nfunc most(a, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n'
            "\treturn b\n}\n\nfunc main() {\n\tin := bufio.NewReader(os.Stdin)\n\tvar n, x, lit int\n"
            "\tdark := -1000000000000000000\n\tfmt.Fscan(in, &n, &lit)\n\tfor i := 1; i < n; i++ {\n\t\tfmt.Fscan(in, &x)\n"
            "\t\tlit, dark = most(x, x+dark), most(lit, dark)\n\t}\n\tfmt.Println(most(lit, dark))\n}\n"
        ),
        "javascript": (
            'const [n, ...v] = require("fs").readFileSync(0, "utf8").trim().split(/\\s+/).map(Number);\n'
            "let lit = v[0], dark = -1e18;\n"
            "for (const x of v.slice(1)) [lit, dark] = [Math.max(x, x + dark), Math.max(lit, dark)];\n"
            "console.log(Math.max(lit, dark));\n"
        ),
    },
}
"""A right program of each language for three of the examples."""
MISTAKES = {
    "opening-hours": dict.fromkeys(LANGUAGES, ("t <= b", "t < b"))
    | {"python": ("a <= t <= b", "a <= t < b")},
    "sum-of-pairs": dict.fromkeys(LANGUAGES, ("j < i", "j <= i"))
    | {"python": ("range(i)", "range(i + 1)"), "rust": ("0..i ", "0..=i ")},
    "lanterns": {
        "python": ("print(max(lit, dark))", "print(lit)"),
        "cpp": ("cout << max(lit, dark)", "cout << lit"),
        "c": ('("%lld", MAX(lit, dark))', '("%lld", lit)'),
        "java": ("println(Math.max(lit, dark))", "println(lit)"),
        "rust": ('("{}", lit.max(dark))', '("{}", lit)'),
        "go": ("Println(most(lit, dark))", "Println(lit)"),
        "javascript": ("log(Math.max(lit, dark))", "log(lit)"),
    },
}
"""What makes a wrong program of the right one: the examples do not show it."""
BROKEN = {
    "python": ("input()", "input("),
    "cpp": ("int main", "it main"),
    "c": ("int main", "it main"),
    "java": ("boolean open", "bool open"),
    "rust": ("let (a, b, t)", "let (a, b)"),
    "go": ('"fmt"', '"fmt"\nimport "os"'),
    "javascript": ("const open =", "const open"),
}
"""What keeps the program for opening-hours from compiling, as models break them."""
MESSAGES = {
    "python": "SyntaxError",
    "cpp": "‘it’ does not name a type",
    "c": "unknown type name ‘it’",
    "java": "cannot find symbol",
    "rust": "mismatched types",
    "go": "imported and not used",
    "javascript": "SyntaxError: Missing initializer",
}


def wrong(example: str, language: str) -> str:
    """The program with its mistake."""
    right, code = MISTAKES[example][language][0], PROGRAMS[example][language]
    assert right in code
    return code.replace(*MISTAKES[example][language])


@pytest.mark.parametrize("language", languages_here())
@pytest.mark.parametrize("example", PROGRAMS)
async def test_an_example_is_solved_in_each_language(sandbox: Sandbox, example: str, language: str) -> None:
    problem = read_problem(EXAMPLES / example / "problem.md")
    right = PROGRAMS[example][language]
    programs = tuple(fenced(code, language) for code in (wrong(example, language), right))
    world = World(samples=programs, judge={right: 1})
    state = await finish(sandbox, world, problem, evolve(QUICK, language=language, samples=2, inputs=24))
    assert len(state.clusters) == 2
    answer(right, state)
    program = await sandbox.prepare(right, language)
    same, tests = comparator_named("tokens"), hidden_tests(EXAMPLES / example / "hidden")
    runs = sandbox.run(
        program, [t.input.encode() for t in tests], checks=[same.check(t.expected.encode()) for t in tests]
    )
    assert {execution.verdict async for execution in runs} == {Verdict.AC}


@pytest.mark.parametrize("language", languages_here())
async def test_a_compile_error_is_repaired_from_its_message(sandbox: Sandbox, language: str) -> None:
    right = PROGRAMS["opening-hours"][language]
    broken = right.replace(*BROKEN[language])
    world = World(samples=(fenced(broken, language),), repairs={broken: (fenced(right, language),)})
    problem = read_problem(EXAMPLES / "opening-hours" / "problem.md")
    state = await finish(sandbox, world, problem, evolve(QUICK, language=language, samples=1, inputs=1))
    assert state.checks["c1"].compile_error is not None
    answer(right, state)
    assert MESSAGES[language] in next(prompt for kind, prompt in world.asked if kind == "repair")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_names_the_language_and_opens_its_code_block(language: str) -> None:
    prompt = writing_prompt(PAIRS, language)
    assert prompt.endswith(f"```{language}\n")
    assert {"java": "public class Main", "go": "package main", "rust": "edition 2021", "c": "C17"}.get(
        language, LANGUAGES[language].title
    ) in prompt


@pytest.mark.parametrize("package", ["package solution\n\n", ""])
def test_a_go_program_of_another_package_becomes_one_that_runs(package: str) -> None:
    right = PROGRAMS["opening-hours"]["go"]
    reply = fenced(right.replace("package main\n\n", package), "go")
    assert extract_code(reply, "go").code == right


def test_the_start_of_a_runtime_is_not_counted_against_a_program() -> None:
    problem = evolve(PAIRS, time_limit_s=1.0, memory_limit_bytes=64 << 20)
    assert limits_of(problem, "rust").cpu_s == LIMIT_SLACK
    for language in ("java", "javascript"):
        limits, runtime = limits_of(problem, language), LANGUAGES[language]
        assert limits.cpu_s == LIMIT_SLACK + runtime.startup_s > LIMIT_SLACK
        assert limits.memory_bytes == (64 << 20) + runtime.startup_bytes
        assert limits.cpu_s < default_limits(language).cpu_s


@pytest.mark.parametrize("language", ["java", "javascript"])
async def test_a_managed_program_runs_within_the_smallest_limits(sandbox: Sandbox, language: str) -> None:
    if language not in languages_here():
        pytest.skip(f"no toolchain for {language}")
    problem = evolve(
        read_problem(EXAMPLES / "opening-hours" / "problem.md"), time_limit_s=0.5, memory_limit_bytes=32 << 20
    )
    program = await sandbox.prepare(PROGRAMS["opening-hours"][language], language)
    runs = sandbox.run(program, [b"9 18 12\n"], limits_of(problem, language))
    assert [execution.verdict async for execution in runs] == [Verdict.RAN]


async def test_a_language_without_a_toolchain_is_refused_before_a_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(toolchains._BINARIES, "rust", "/nowhere/rustc")
    world = World()
    async with service(tmp_path, world) as door:
        handle = await door.solve(PAIRS, evolve(QUICKLY, solve=evolve(QUICKLY.solve, language="rs")))
        with pytest.raises(SandboxError, match=r"Rust here: apt install rustc, or .* is here: python, cpp"):
            await handle.wait()
    assert handle.status is Status.FAILED
    assert world.asked == []
    assert "rust" not in languages_here()


def test_an_unknown_language_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=", ".join(LANGUAGES)):
        language_for(PAIRS, "cobol")
