"""Writes the settings of the server into package.json, and the table of all settings into README.md.

One schema: names, types and defaults are those of ``sstar_lsp.settings``, the meanings those of the table in
``docs/configuration.md``. Run it with the project's Python after either has changed; ``--check`` only says
whether it would change anything (exit code 1).
"""

from __future__ import annotations

import json
import re
import sys
import types
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import click

from sstar_lsp.settings import CAPS, WORKSPACE_SECTIONS, Settings

HERE = Path(__file__).resolve().parents[1]
PACKAGE, README = HERE / "package.json", HERE / "README.md"
CONFIGURATION = HERE.parents[1] / "docs" / "configuration.md"
OPEN, CLOSE = "<!-- settings: written by scripts/settings.py -->", "<!-- end of settings -->"
TITLES = {
    "solve": "S*: Search",
    "model": "S*: Model",
    "sandbox": "S*: Sandbox",
    "contest": "S*: Contests",
    "problem": "S*: Problems",
}


def meanings() -> dict[str, str]:
    """Setting to its meaning in docs/configuration.md."""
    found: dict[str, str] = {}
    for row in re.findall(
        r"^\| (`[a-z].*?) \|.*?\| (.*) \|$", CONFIGURATION.read_text("utf-8"), re.MULTILINE
    ):
        text = re.sub(r"\[([^]]+)\]\([^)]*\)", r"\1", row[1])
        for name in re.findall(r"`([a-z_.]+)`", row[0]):
            found.setdefault(name, text)
    return found


def json_type(kind: Any) -> dict[str, Any]:
    """The JSON schema of a setting's type."""
    if get_origin(kind) in (Union, types.UnionType):
        inner = [option for option in get_args(kind) if option is not type(None)]
        schema = json_type(inner[0])
        return {**schema, "type": [schema["type"], "null"]} if isinstance(schema.get("type"), str) else schema
    if get_origin(kind) in (tuple, list, frozenset):
        return {"type": "array", "items": json_type(get_args(kind)[0])}
    if get_origin(kind) is not None:
        return {"type": "object"}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"type": "string", "enum": [member.value for member in kind]}
    return {"type": {bool: "boolean", int: "integer", float: "number"}.get(kind, "string")}


def properties(schema: Any, where: str, known: dict[str, str]) -> dict[str, Any]:
    """Settings below a record as VS Code's configuration schema."""
    found: dict[str, Any] = {}
    hints = get_type_hints(type(schema))
    for attribute in attrs.fields(type(schema)):
        value, name = getattr(schema, attribute.name), f"{where}.{attribute.name}"
        if attrs.has(type(value)):
            found |= properties(value, name, known)
            continue
        kind = json_type(hints[attribute.name])
        default = value.value if isinstance(value, Enum) else value
        default = list(default) if isinstance(default, tuple | frozenset) else default
        is_for_folders = where.split(".", maxsplit=1)[0] in WORKSPACE_SECTIONS and name not in CAPS
        found[f"sstar.{name}"] = {
            **kind,
            "default": default if not isinstance(default, dict) else {},
            "markdownDescription": (known.get(name, "") or name).replace("likewise", "as above"),
            "scope": "resource" if is_for_folders else "machine",
        }
    return found


def with_settings(package: dict[str, Any]) -> dict[str, Any]:
    """package.json with the server's sections made anew; the first section (the extension's own) stays."""
    known = meanings()
    own = package["contributes"]["configuration"][0]
    sections = [
        {"title": TITLES.get(a.name, f"S*: {a.name}"), "properties": properties(section, a.name, known)}
        for a in attrs.fields(Settings)
        if attrs.has(type(section := getattr(Settings(), a.name)))
    ]
    contributes = {**package["contributes"], "configuration": [own, *sections]}
    return {**package, "contributes": contributes}


def table(package: dict[str, Any]) -> str:
    """All settings as a Markdown table."""
    rows = ["| setting | default | meaning |", "|---|---|---|"]
    for section in package["contributes"]["configuration"]:
        for name, schema in section["properties"].items():
            default = schema.get("default")
            shown = "" if default in (None, "", [], {}) else f"`{json.dumps(default, ensure_ascii=False)}`"
            text = schema.get("markdownDescription") or schema.get("description") or ""
            note = "" if schema["scope"] != "machine" else " *(user settings only)*"
            rows.append(f"| `{name}` | {shown} | {text.replace('|', chr(92) + '|')}{note} |")
    return "\n".join(rows)


def main(only_check: bool) -> int:
    """Write, or look; the exit code."""
    package = with_settings(json.loads(PACKAGE.read_text("utf-8")))
    readme = README.read_text("utf-8")
    if OPEN not in readme or CLOSE not in readme:
        click.echo(f"README.md has no '{OPEN}' … '{CLOSE}'", err=True)
        return 1
    before, rest = readme.split(OPEN, 1)
    texts = {
        PACKAGE: json.dumps(package, indent=2, ensure_ascii=False) + "\n",
        README: f"{before}{OPEN}\n\n{table(package)}\n\n{CLOSE}{rest.split(CLOSE, 1)[1]}",
    }
    changed = [path for path, text in texts.items() if path.read_text("utf-8") != text]
    for path in changed:
        click.echo(f"{path.name} {'is out of date' if only_check else 'written'}", err=True)
        if not only_check:
            path.write_text(texts[path], "utf-8")
    if only_check and changed:
        click.echo("run: .venv/bin/python editor/vscode/scripts/settings.py", err=True)
    return 1 if only_check and changed else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
