"""The house rules: who may import whom, how long a module may be, and that the documents are true.

Read with ``ast`` from the files, so that an import inside a function counts as well.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import attrs

from sstar_lsp.settings import ENVIRONMENT, Settings

ROOT = Path(__file__).parents[1]
"""Lines."""

LAYERS = (
    {
        *("records", "errors", "settings", "ast_lock", "budget", "validators"),
        *("loopback", "private_files", "processes", "regular_files"),
    },
    {"models", "problems", "runs"},
    {"engine"},
    {"companion", "cost_estimate", "report", "stress"},
    {"service"},
    {"bench"},
    {"cli", "lsp", "mcp"},
)
"""From the ground up; a package imports only packages of the sets before its own."""
ENTRY = "cli"
"""Where the faces are wired together: the command line starts the others."""
IMPORTS_ITS_OWN = {
    *("sstar_sandbox", "sstar_lsp.mcp", "sstar_lsp.models.embedded"),
    *("sstar_lsp.problems.layouts", "sstar_lsp.problems.tex", "sstar_lsp.engine.test_inputs.input_format"),
}
"""Packages that are small, or imported whole before there is a second thread."""
MOST_MODULES = 12
"""At the top of a package."""
LOOP = {"solve", "scheduler", "selection", "algorithm1"}
"""Modules of the engine that hold a whole ``Run`` and hand out its parts."""
MOST_TAKERS_OF_A_RUN = 10
MOST_LEVELS = 6
"""Of the engine: the longest chain of imports among its modules and packages."""
MOST_PARTS_OF_THE_ENGINE = 16
"""Modules and packages at its top."""
NOT_FOR_THE_ENGINE = {
    *("asyncio.subprocess", "subprocess", "multiprocessing", "socket", "ssl", "http", "urllib", "shutil"),
    *("pathlib", "io", "os", "tempfile", "sqlite3", "openai", "httpx", "httpx2", "requests", "uvicorn"),
    *("pygls", "lsprotocol", "rich", "click", "platformdirs", "watchfiles"),
}
PRIVATE_PATHS = re.compile(
    r"/wor[k]/\w|\.\./share[d]\b|/root/\.pyen[v]|/Users/\w+/|/home/(?!user\b|you\b|me\b|alice\b|judge\b)\w+/"
)
CODE_BLOCK = re.compile(r"^(```+|~~~+).*?^\1", re.DOTALL | re.MULTILINE)


def name_of(path: Path) -> str:
    """The path from the repository's root."""
    return str(path.relative_to(ROOT))


def offenders(paths: Iterable[Path], offence: Callable[[Path], object]) -> dict[str, object]:
    """Path to offence, of those that have one."""
    return {name_of(path): found for path in paths if (found := offence(path))}


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are committed."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], check=True, capture_output=True).stdout
    paths = (ROOT / name for name in listed.decode().split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def modules(folder: str) -> list[Path]:
    """Python files below a folder."""
    return sorted((ROOT / folder).rglob("*.py"))


@cache
def docstring_and_imports(path: Path) -> tuple[str | None, frozenset[str]]:
    """What a file says of itself, and the dotted names that it imports.

    ``from a import b`` counts as ``a.b``, relative ones are resolved.
    """
    package = [*path.relative_to(ROOT).parts[:-1]]
    if package[:1] == ["sandbox"]:
        package = package[1:]
    found: set[str] = set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *filter(None, [node.module])])
            found |= {f"{source}.{alias.name}" for alias in node.names}
    return ast.get_docstring(tree), frozenset(found)


def imports(path: Path) -> frozenset[str]:
    """Dotted names that a file imports."""
    return docstring_and_imports(path)[1]


def within(name: str, package: str) -> bool:
    """Whether a dotted name is a package or something in it."""
    return name == package or name.startswith(package + ".")


def package_of(path: Path) -> str:
    """First name below ``sstar_lsp`` of a module."""
    return path.relative_to(ROOT / "sstar_lsp").with_suffix("").parts[0]


def rank(package: str) -> int:
    """How high a package lies."""
    return next(number for number, packages in enumerate(LAYERS) if package in packages)


def upward_imports(path: Path) -> set[str]:
    """Packages that a module imports and may not."""
    own = package_of(path)
    names = {name.split(".")[1] for name in imports(path) if name.startswith("sstar_lsp.")}
    others = {name for name in names if any(name in packages for packages in LAYERS)} - {own}
    if own == ENTRY:
        others -= LAYERS[-1]
    if own in LAYERS[0]:
        others -= LAYERS[0]  # small modules that may use one another
    return {name for name in others if rank(name) >= rank(own)}


PACKAGE = [path for path in modules("sstar_lsp") if package_of(path) not in {"__init__", "__main__"}]


def test_every_module_stands_in_a_layer() -> None:
    assert [
        name_of(path) for path in PACKAGE if not any(package_of(path) in packages for packages in LAYERS)
    ] == []


def test_a_package_imports_only_packages_below_it() -> None:
    assert offenders(PACKAGE, upward_imports) == {}


def dotted(path: Path) -> str:
    """Name of a module or a package."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "sandbox" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def arrows() -> dict[str, frozenset[str]]:
    """Module to the modules of ours that it imports, lazy and typing imports too."""
    names = {dotted(path): path for path in [*modules("sstar_lsp"), *modules("sandbox")]}

    def module_of(name: str) -> str:
        while name and name not in names:
            name = name.rpartition(".")[0]
        return name

    return {own: frozenset(map(module_of, imports(path))) - {own, ""} for own, path in names.items()}


def children(package: str) -> dict[str, set[str]]:
    """Modules and packages directly in a package, each with those of them that it imports."""
    found: dict[str, set[str]] = {}
    for name, imported in arrows().items():
        if within(name, package) and name != package:
            own = name.removeprefix(package + ".").split(".")[0]
            others = {
                i.removeprefix(package + ".").split(".")[0] for i in imported if i.startswith(package + ".")
            }
            found.setdefault(own, set()).update(others - {own})
    return found


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Nodes that reach themselves."""
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return list(error.args[1])
    return []


PACKAGES = sorted({name.rpartition(".")[0] for name in arrows() if "." in name})


def test_no_package_holds_a_circle_of_imports() -> None:
    circles = {package: circle(children(package)) for package in PACKAGES}
    assert {package: found for package, found in circles.items() if found} == {}


def test_a_package_imports_none_of_its_own_modules() -> None:
    """Two threads that import modules of such a package can wait for each other's locks, and one finds a module half made."""
    wired = {name for name, imported in arrows().items() if any(i.startswith(name + ".") for i in imported)}
    assert wired & set(PACKAGES) == IMPORTS_ITS_OWN


def test_a_package_holds_a_dozen_modules_at_its_top() -> None:
    packages = set(PACKAGES)

    def count(package: str) -> int:
        tops = {f"{package}.{child}" for child in children(package)} - packages
        return len(tops - {f"{package}.__main__"})

    assert {package: count(package) for package in PACKAGES if count(package) > MOST_MODULES} == {}


def test_the_sandbox_knows_nothing_of_sstar_lsp() -> None:
    def foreign(path: Path) -> set[str]:
        return {name for name in imports(path) if within(name, "sstar_lsp")}

    assert offenders(modules("sandbox"), foreign) == {}


def test_the_engine_touches_no_wire_no_process_and_no_disk() -> None:
    def reaches(path: Path) -> set[str]:
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        calls = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
        wires = {name for name in imports(path) if any(within(name, bad) for bad in NOT_FOR_THE_ENGINE)}
        return wires | (calls & {"open", "exec", "eval"})

    assert offenders(modules("sstar_lsp/engine"), reaches) == {}


def takes_the_whole_run(path: Path) -> list[str]:
    """Functions of a file with a parameter annotated as ``Run``: their signature says nothing."""
    text = path.read_text("utf-8")
    if not re.search(r"\bRun\b", text):
        return []
    functions = [
        node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [
        function.name
        for function in functions
        for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
        if argument.annotation is not None and "Run" in re.findall(r"\w+", ast.unparse(argument.annotation))
    ]


def levels(graph: Mapping[str, set[str]]) -> dict[str, int]:
    """Node to the length of the longest chain of arrows below it, itself included."""
    found: dict[str, int] = {}
    for node in TopologicalSorter(graph).static_order():
        found[node] = 1 + max((found[other] for other in graph[node]), default=0)
    return found


def test_the_engine_can_be_read_top_to_bottom_in_few_levels() -> None:
    found = levels(children("sstar_lsp.engine"))
    assert max(found.values()) <= MOST_LEVELS, found
    assert len(found) <= MOST_PARTS_OF_THE_ENGINE, sorted(found)
    assert max(found, key=lambda name: found[name]) == "solve"


def test_only_the_loop_of_the_engine_takes_a_whole_run() -> None:
    takers = offenders(modules("sstar_lsp/engine"), takes_the_whole_run)
    assert set(takers) <= {f"sstar_lsp/engine/{name}.py" for name in LOOP}
    assert sum(len(names) for names in takers.values()) < MOST_TAKERS_OF_A_RUN  # type: ignore[arg-type]


def test_terminal_and_editor_start_runs_through_the_service_only() -> None:
    def starts_the_engine(path: Path) -> set[str]:
        return {name for name in imports(path) if within(name, "sstar_lsp.engine.solve")}

    faces = [path for path in PACKAGE if package_of(path) in LAYERS[-1]]
    assert offenders(faces, starts_the_engine) == {}


def test_a_feature_of_the_editor_is_given_what_it_needs_and_never_the_whole_session() -> None:
    whole = ("sstar_lsp.lsp.server", "sstar_lsp.lsp.session.session")

    def takes_all(path: Path) -> set[str]:
        return {name for name in imports(path) if any(within(name, module) for module in whole)}

    assert offenders(modules("sstar_lsp/lsp/features"), takes_all) == {}


def test_a_module_begins_with_its_one_idea() -> None:
    def has_none(path: Path) -> bool:
        return not docstring_and_imports(path)[0]

    assert offenders([*PACKAGE, *modules("sandbox")], has_none) == {}


# --- documents ------------------------------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """Anchors of the headings of a Markdown file, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+?) *$", CODE_BLOCK.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(path: Path) -> list[str]:
    """Targets in a Markdown file that lead nowhere in the repository."""
    prose = re.sub(r"`[^`\n]*`", "", CODE_BLOCK.sub("", path.read_text("utf-8")))
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        if not found.exists() or (anchor and anchor not in anchors(found)):
            dead.append(target)
    return dead


NAMED_IN_PROSE = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.py|(?:[\w.-]+/)+)`")
"""A module or a folder in backticks, by the end of its path."""


@cache
def places() -> tuple[str, ...]:
    """Committed files and their folders, each with a slash before it."""
    files = [f"/{name_of(path)}" for path in tracked()]
    folders = {f"{file.rsplit('/', depth)[0]}/" for file in files for depth in range(1, file.count("/"))}
    return (*files, *folders)


def names_that_lead_nowhere(page: Path) -> list[str]:
    """Modules and folders that a page names and that are not there."""
    named = NAMED_IN_PROSE.findall(page.read_text("utf-8"))
    return [each for each in named if not any(place.endswith(f"/{each}") for place in places())]


def test_the_design_notes_name_modules_and_folders_that_are_there() -> None:
    pages = [*(ROOT / "docs/design").glob("*.md"), ROOT / "CONTRIBUTING.md"]
    assert offenders(pages, names_that_lead_nowhere) == {}


def test_links_between_documents_lead_somewhere() -> None:
    assert offenders((path for path in tracked() if path.suffix == ".md"), dead_links) == {}


def setting_names(schema: object, where: str = "") -> list[str]:
    """Dotted names of all settings below a record."""
    names = []
    for name in (attribute.name for attribute in attrs.fields(type(schema))):  # type: ignore[arg-type]
        value = getattr(schema, name)
        names += setting_names(value, f"{where}{name}.") if attrs.has(type(value)) else [f"{where}{name}"]
    return names


def test_the_configuration_page_names_every_setting_and_every_variable() -> None:
    page = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    assert [name for name in [*setting_names(Settings()), *ENVIRONMENT] if f"`{name}`" not in page] == []


def test_the_command_line_page_names_every_command_and_every_option() -> None:
    import click

    from sstar_lsp.cli.main import main

    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    missing: list[str] = []

    def walk(command: click.Command, words: str) -> None:
        if f"`{words}" not in page:
            missing.append(words)
        for option in command.params:
            if isinstance(option, click.Option) and not option.hidden:
                missing.extend(f"{words} {name}" for name in option.opts if f"`{name}" not in page)
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, f"{words} {name}")

    walk(main, "sstar")
    assert missing == []


def test_no_committed_text_holds_a_path_of_a_developers_machine() -> None:
    def private(path: Path) -> list[str]:
        text = path.read_bytes().decode("utf-8", "replace")
        own = [str(ROOT)] if len(ROOT.parts) > 2 and str(ROOT) in text else []
        return PRIVATE_PATHS.findall(text) + own

    assert offenders(tracked(), private) == {}
