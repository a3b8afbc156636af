"""Emacs with eglot and with lsp-mode, and Vim with ALE, real: solve and insert once each, with a scripted model.

``python tests/editors/plain.py [eglot|lsp-mode|ale]``; see ``scripts/plain_editors.sh``. Exit code 0 if all could.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[0]))  # before what is imported from there, hence the E402

from engine.world import COUNTS_VALUES, RIGHT, RIGHT_TOO, World  # noqa: E402
from lsp.editor import SPLITTING, STATEMENT, environment  # noqa: E402

from sstar_lsp.models.testing.scripted_server import serve_scripted  # noqa: E402

WORLD = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})
SOURCE = f'"""{STATEMENT}"""\n\nprint("my own attempt")\n'
EDITORS = {
    "eglot": ["emacs", "--batch", "-q", "-l", str(HERE / "eglot.el")],
    "lsp-mode": ["emacs", "--batch", "-q", "-l", str(HERE / "lspmode.el")],
    "ale": ["vim", "-N", "-u", "NONE", "-i", "NONE", "-n", "-es", "-S", str(HERE / "ale.vim")],
}
PATIENCE_S = 300


async def solves_and_inserts(name: str) -> bool:
    """Whether the editor ends well and what it inserted is the right program."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "home").mkdir()
        problem, result, log = folder / "pairs.py", folder / "result.py", folder / "log"
        problem.write_text(SOURCE, "utf-8")
        async with serve_scripted(WORLD) as model:
            env = {
                **environment(
                    folder / "home", model.base_url, model.key, SSTAR_SAMPLES="3", SSTAR_ROUNDS="0"
                ),
                "SSTAR_BIN": str(Path(sys.executable).parent / "sstar"),
                "SSTAR_PROBLEM": str(problem),
                "SSTAR_RESULT": str(result),
                "SSTAR_LOG": str(log),
                "SSTAR_ALE": "/usr/share/vim-ale",
            }
            process = await asyncio.create_subprocess_exec(
                *EDITORS[name],
                env=env,
                cwd=folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            try:
                async with asyncio.timeout(PATIENCE_S):
                    said, _ = await process.communicate()
            except TimeoutError:
                process.kill()
                said, _ = await process.communicate()
        told = said.decode("utf-8", "replace") + (log.read_text("utf-8") if log.exists() else "")
        wanted = f'"""{STATEMENT}"""\n\n{RIGHT}'
        inserted = result.read_text("utf-8") if result.exists() else ""
        good = process.returncode == 0 and "all good" in told and inserted == wanted
        print(f"{name}: {'ok' if good else 'FAILED'}", flush=True)
        if not good:
            print(told, inserted, sep="\n--- inserted:\n")
        return good


async def main(names: list[str]) -> int:
    """The exit code."""
    results = [await solves_and_inserts(name) for name in names or EDITORS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
