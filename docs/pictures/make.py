"""Draws the pictures of the documentation again: ``.venv/bin/python docs/pictures/make.py``.

From ``village-vote.jsonl``, a run of ``make solve`` with the embedded 1.5B model that ``sstar runs export`` wrote: what
became of the samples, what the survivors print, how the belief went, and what the terminal showed. The picture of
``sstar stress`` is that of a real call. ``--check`` only says whether the drawn ones are out of date (exit code 1).
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from sstar_lsp.engine.choice.assessment import Assessment
from sstar_lsp.engine.clustering.differential_testing import outcomes_of
from sstar_lsp.engine.run.events import HumanVerdict, from_wire
from sstar_lsp.engine.run.state import RunState, apply, fold
from sstar_lsp.report.chart import COLOURS, belief_chart
from sstar_lsp.report.run_file import from_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUN = HERE / "village-vote.jsonl"
COLUMNS = 110
FAILED, TEXT = "#8a8a8a", "#8a8a8a"
TERMINAL = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "<svg ", '<svg xml:space="preserve" ', 1
)
"""rich's picture of a terminal, with the reader's own monospace font: a page must load nothing from elsewhere."""
SHOWN_INPUTS = 8


def text(x: float, y: float, words: str, *, anchor: str = "start", colour: str = TEXT, size: int = 12) -> str:
    """A line of text."""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}" text-anchor="{anchor}" font-size="{size}">{escape(words)}</text>'


def box(x: float, y: float, width: float, words: str, colour: str) -> str:
    """A filled rectangle with a word in it."""
    shape = f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="24" rx="4" fill="{colour}"/>'
    return shape + text(x + width / 2, y + 16, words, anchor="middle", colour="#ffffff")


def picture(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    """A whole SVG file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(label)}" font-family="sans-serif">\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def colours(state: RunState) -> dict[str, tuple[str, str]]:
    """Candidate to the letter and the colour of its cluster."""
    return {
        member: (cluster.id, colour)
        for cluster, colour in zip(state.clusters, COLOURS, strict=False)
        for member in cluster.members
    }


def samples(state: RunState) -> str:
    """A row for each sample: its first program, its repairs, and the cluster that each survivor fell into."""
    of = colours(state)
    chains: dict[int, list[str]] = {}
    for attempt in sorted(state.candidates.values(), key=lambda attempt: attempt.order):
        chains.setdefault(attempt.sample, []).append(attempt.id)
    parts = [
        text(90, 20, "first program"),
        text(230, 20, "after 1 repair"),
        text(370, 20, "after 2 repairs"),
    ]
    for row, (sample, chain) in enumerate(sorted(chains.items())):
        y = 34 + 30 * row
        parts.append(text(10, y + 16, f"sample {sample}"))
        for place, candidate in enumerate(chain):
            letter, colour = of.get(candidate, ("", FAILED))
            words = f"passes: {letter}" if letter else "fails an example"
            parts.append(box(90 + 140 * place, y, 120, words, colour))
    return picture(520, 44 + 30 * len(chains), "What became of each sample", parts)


def outputs(state: RunState) -> str:
    """A table of what the survivors print on some of the inputs, coloured where they differ."""
    found, of = outcomes_of(state), colours(state)
    survivors = sorted(found, key=lambda candidate: (of[candidate][0], state.candidates[candidate].order))

    def printed(candidate: str, item: str) -> str:
        outcome = found[candidate][item]
        return outcome.output.strip() or outcome.verdict.value

    shared = [
        item
        for item in state.inputs.values()
        if item.id not in state.rejected and all(item.id in outcome for outcome in found.values())
    ]
    splits = [item for item in shared if len({printed(candidate, item.id) for candidate in survivors}) > 1]
    short = sorted(splits, key=lambda item: len(item.text))[: SHOWN_INPUTS // 2]
    agreed = [item for item in sorted(shared, key=lambda item: len(item.text)) if item not in splits]
    rows = [*agreed[: SHOWN_INPUTS - len(short)], *short]
    parts = [text(10, 20, "input")]
    for column, candidate in enumerate(survivors):
        letter, colour = of[candidate]
        parts.append(text(240 + 74 * column, 20, f"{candidate} ({letter})", anchor="middle", colour=colour))
    for row, item in enumerate(rows):
        y = 32 + 28 * row
        words = " ⏎ ".join(item.text.split("\n")).strip(" ⏎")
        parts.append(text(10, y + 16, words if len(words) <= 26 else f"{words[:25]}…"))
        for column, candidate in enumerate(survivors):
            colour = of[candidate][1] if item in splits else FAILED
            parts.append(box(206 + 74 * column, y, 68, printed(candidate, item.id)[:10], colour))
    width = 216 + 74 * len(survivors)
    return picture(width, 40 + 28 * len(rows), "What each surviving program prints on some inputs", parts)


def belief(state: RunState) -> str:
    """The report's chart, as a file of its own, once a person has said what is right for the deciding input."""
    said = HumanVerdict("i53", "ana 1", at=state.last_seen)
    chart = belief_chart(Assessment(apply(state, said)).history)
    assert chart is not None
    return chart.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) + "\n"


def drawn() -> dict[str, str]:
    """File name to SVG, of the pictures that follow from the recorded run alone."""
    state = fold([from_wire(kind, body) for kind, body in from_file(RUN.read_bytes()).events])
    return {
        "selection-samples.svg": samples(state),
        "selection-outputs.svg": outputs(state),
        "selection-belief.svg": belief(state),
    }


def in_a_terminal(folder: Path, *command: str) -> str:
    """What a command shows on a terminal, with its colours; settings and runs are those in ``folder``."""
    main, child = pty.openpty()
    environment = {
        **os.environ,
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "SSTAR_STATE_DIR": str(folder / "state"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=child, stdout=child, stderr=child)
    os.close(child)
    shown = b""
    while piece := _read(main):
        shown += piece
    os.close(main)
    process.wait()
    return shown.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    """What the terminal holds; nothing once the program has closed it."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def terminal(command: str, shown: str, name: str) -> str:
    """A picture of a terminal with a command and what it showed."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        console.print(Text(f"$ {command}", style="bold"))
        console.print(Text.from_ansi(shown))
        svg = console.export_svg(title=command, code_format=TERMINAL, unique_id=name)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE).rstrip() + "\n"


def shot() -> dict[str, str]:
    """File name to SVG, of the pictures of a terminal."""
    solve, stress = "sstar solve problem.md", "sstar stress mine.py brute.py --right b --no-save"
    with tempfile.TemporaryDirectory() as made:
        folder, example = Path(made), ROOT / "examples" / "village-vote"
        shutil.copy(example / "problem.md", folder)
        shutil.copy(example / "wrong_first_seen.py", folder / "mine.py")
        shutil.copy(example / "reference.py", folder / "brute.py")
        in_a_terminal(folder, "sstar", "runs", "import", str(RUN))
        solved = in_a_terminal(folder, "sstar", "show", "last")
        stressed = in_a_terminal(folder, *stress.split())
    return {
        "terminal-solve.svg": terminal(solve, solved, "solve"),
        "terminal-stress.svg": terminal(stress, stressed, "stress"),
    }


def main(only_check: bool) -> int:
    """Draw, or look; the exit code."""
    pictures = drawn() if only_check else {**drawn(), **shot()}
    stale = [
        name
        for name, svg in pictures.items()
        if not (HERE / name).is_file() or (HERE / name).read_text("utf-8") != svg
    ]
    for name in stale:
        sys.stderr.write(f"{name} {'is out of date' if only_check else 'drawn'}\n")
        if not only_check:
            (HERE / name).write_text(pictures[name], "utf-8")
    if only_check and stale:
        sys.stderr.write("run: .venv/bin/python docs/pictures/make.py\n")
    return 1 if only_check and stale else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
