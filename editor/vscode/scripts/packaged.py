"""Says which files that the extension names are not in ``sstar.vsix`` (exit code 1): pages of the walkthrough, icon, program, server."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import click

VSIX = Path(__file__).resolve().parents[1] / "sstar.vsix"
OPENED_BY_US = ("media/example.md",)
"""By a command of the extension."""


@click.command()
@click.argument("vsix", type=click.Path(exists=True, path_type=Path), default=VSIX)
def main(vsix: Path) -> None:
    """Look into VSIX."""
    with zipfile.ZipFile(vsix) as packed:
        held = {
            name.removeprefix("extension/")
            for name in packed.namelist()
            if packed.getinfo(name).file_size > 0
        }
        manifest = json.loads(packed.read("extension/package.json"))
    steps = [step for one in manifest["contributes"]["walkthroughs"] for step in one["steps"]]
    named = [step["media"]["markdown"] for step in steps]
    named += [manifest["icon"], manifest["main"].removeprefix("./"), *OPENED_BY_US]
    missing = [name for name in named if name not in held]
    if not any(name.startswith("server/") and name.endswith(".whl") for name in held):
        missing.append("server/*.whl")
    if missing:
        click.echo(f"{vsix} lacks {', '.join(missing)}: see .vscodeignore", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
