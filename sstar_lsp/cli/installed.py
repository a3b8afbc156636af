"""After installing: ``sstar --version``, ``sstar completion`` for the shell, and the first step."""

from __future__ import annotations

import platform

import click
from click.shell_completion import get_completion_class

from sstar_lsp import __version__

PARTS = {
    "language server": ("pygls", "lsprotocol"),
    "models": ("openai",),
    "embedded model [local]": ("openvino-genai",),
    "agents [mcp]": ("mcp",),
    "vLLM [vllm]": ("vllm",),
    "cluster [cluster]": ("ray",),
}
"""What a person may want to know of, by use."""
SHELLS = {
    "bash": 'eval "$(sstar completion bash)"      # into ~/.bashrc',
    "zsh": 'eval "$(sstar completion zsh)"       # into ~/.zshrc',
    "fish": "sstar completion fish | source      # into ~/.config/fish/completions/sstar.fish",
}

FIRST_STEP = "sstar solve FILE (no problem at hand? sstar new --example)"
"""What the set-up commands end with."""


def print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """The version and those of what is inside, a line each."""
    if not wanted or ctx.resilient_parsing:
        return
    click.echo(f"sstar {__version__}")
    click.echo(f"  {'Python':24} {platform.python_version()} on {platform.system()} {platform.machine()}")
    for use, packages in PARTS.items():
        click.echo(f"  {use:24} {', '.join(map(_version_of, packages))}")
    ctx.exit()


def _version_of(package: str) -> str:
    from importlib import metadata

    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return "not installed"


@click.command(
    epilog="\b\nTo switch it on:\n" + "\n".join(f"  {line}" for line in SHELLS.values()),
)
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands and options of sstar in SHELL."""
    complete = get_completion_class(shell)
    assert complete is not None, "click knows these shells"
    click.echo(complete(ctx.find_root().command, {}, "sstar", "_SSTAR_COMPLETE").source())
