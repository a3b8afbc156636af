"""What a person finds after ``pip install``: the version with what is inside, completion, and a wheel with all its files."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from sstar_lsp import __version__
from sstar_lsp.cli.main import main

ROOT = Path(__file__).parents[1]


def test_the_version_names_what_is_inside() -> None:
    said = CliRunner().invoke(main, ["--version"]).output.splitlines()
    assert said[0] == f"sstar {__version__}"
    assert any("pygls 2." in line for line in said)
    assert any("cluster" in line for line in said)
    assert f'version = "{__version__}"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_is_told_how_to_complete(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert "_SSTAR_COMPLETE" in result.output


def test_bash_completes_commands_and_their_options(tmp_path: Path) -> None:
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "_SSTAR_COMPLETE": "bash_complete",
        "COMP_CWORD": "2",
    }
    command = [Path(sys.executable).with_name("sstar")]
    said = subprocess.run(
        command, env={**environ, "COMP_WORDS": "sstar model p"}, capture_output=True, text=True, check=True
    ).stdout
    assert said.split() == ["plain,path", "plain,pull"]


def test_the_wheel_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "sstar_lsp", "sandbox/sstar_sandbox"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert {path.removeprefix("sandbox/") for path in listed if (ROOT / path).exists()} <= held
    assert not any(name.startswith(("tests/", "examples/")) for name in held)


def test_a_command_imports_no_other_commands_modules() -> None:
    """An editor waits for ``sstar lsp`` each time it starts."""
    code = (
        "import sys\n"
        "from sstar_lsp.cli.main import main\n"
        "main.get_command(None, 'lsp')\n"
        "print([name for name in sys.modules if name.startswith(('sstar_sandbox.conformance', 'sstar_lsp.cli.setup'))])\n"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"
