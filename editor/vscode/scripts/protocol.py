"""Writes src/protocol.ts and docs/lsp-records.md: the messages of the server, from ``sstar_lsp.lsp.protocol_types``.

One contract: names, types and comments are those of the server's records. Run it with the project's Python
after they have changed; ``--check`` only says whether it would change anything (exit code 1).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import types
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

import attrs
import click

from sstar_lsp.lsp import protocol_types

TARGET = Path(__file__).resolve().parents[1] / "src" / "protocol.ts"
PAGE = Path(__file__).resolve().parents[3] / "docs" / "lsp-records.md"
HEAD = """/** Written by scripts/protocol.py from `sstar_lsp/lsp/protocol_types.py`: what `sstar lsp` and its clients say. */

import type { Range, WorkspaceEdit } from 'vscode-languageclient/node';

export type { Range };
"""
PAGE_HEAD = """# Records of the language server

Written by `editor/vscode/scripts/protocol.py` from `sstar_lsp/lsp/protocol_types.py`. What each request does: [the language server](lsp.md).
Types are TypeScript's; a key with `?` may be left out.
"""
FROM_LSP = ("Range", "WorkspaceEdit")
WIDTH = 110
"""Columns of a line, as biome formats it."""
PRIMITIVES: dict[Any, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    object: "unknown",
    Any: "unknown",
}


def is_record(kind: Any) -> bool:
    """Whether a type becomes an interface."""
    return is_typeddict(kind) or (isinstance(kind, type) and attrs.has(kind))


def aliases() -> dict[str, Any]:
    """The named types of the contract that are no records, as ``Status``."""
    tree = ast.parse(inspect.getsource(protocol_types))
    names = [
        n.targets[0].id for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name)
    ]
    values = {name: getattr(protocol_types, name) for name in names}
    return {
        n: v
        for n, v in values.items()
        if get_origin(v) in (Annotated, Union, types.UnionType) and n[0].isupper()
    }


def comments_below(tree: ast.AST) -> dict[str, str]:
    """The string under each assignment of a module's or a class's body."""
    body = getattr(tree, "body", [])
    below: dict[str, str] = {}
    for node, after in pairwise(body):
        target = node.target if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [None])[0]
        is_comment = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(target, ast.Name) and is_comment and isinstance(after.value.value, str):
            below[target.id] = after.value.value
    return below


def comment(text: str | None, indent: str = "") -> str:
    """A JSDoc comment; empty where there is nothing to say."""
    line = " ".join(
        re.sub(
            r"\bNone\b", "null", re.sub(r":\w+:`[~.\w]*?(\w+)`", r"`\1`", (text or "").replace("``", "`"))
        ).split()
    )
    return f"{indent}/** {line} */\n" if line else ""


class Writer:
    """Turns types into TypeScript, and finds the records that they name."""

    def __init__(self) -> None:
        self._aliases = {repr(value): name for name, value in aliases().items()}
        self._records: dict[str, Any] = {}
        self._respelled: set[Any] = set()
        """Records of the engine whose keys are spelt as parameters are."""

    def text(self) -> str:
        """The file."""
        known = comments_below(ast.parse(inspect.getsource(protocol_types)))
        parts = [HEAD]
        for name, kind in aliases().items():
            parts.append(
                comment(known.get(name)) + self._line(f"export type {name} =", self._options(kind), ";")
            )
        own = [kind for kind in vars(protocol_types).values() if is_record(kind)]
        for kind in own:
            if kind.__module__ == protocol_types.__name__:
                self._records[kind.__name__] = kind
        done: dict[str, str] = {}
        while missing := [name for name in self._records if name not in done]:
            for name in missing:
                done[name] = self._interface(self._records[name])
        return "\n".join([*parts, *done.values()])

    def page(self) -> str:
        """The reference: which record each request and command takes, and the keys of every record."""
        self.text()  # finds the records
        named = [*protocol_types.REQUESTS.items(), *protocol_types.COMMANDS.items()]
        rows = [f"| `{name}` | [{kind.__name__}](#{kind.__name__.lower()}) |" for name, kind in named]
        parts = [PAGE_HEAD, "\n".join(["| request or command | parameters |", "|---|---|", *rows, ""])]
        for name, kind in aliases().items():
            parts.append(f"## {name}\n\n`{' | '.join(self._options(kind))}`\n")
        return "\n".join([*parts, *map(self._table, self._records.values())])

    def _table(self, kind: Any) -> str:
        """A record's keys, with those that it inherits."""
        comments: dict[str, str] = {}
        for base in reversed([*kind.__mro__, *getattr(kind, "__orig_bases__", ())]):
            if is_record(base):
                comments |= comments_below(ast.parse(inspect.getsource(base)).body[0])
        rows = [
            f"| `{key}{mark}` | {self._linked(options)} | {comment(comments.get(name))[4:-4].strip()} |"
            for name, key, mark, options in self._fields(kind)
        ]
        table = ["| key | type | |", "|---|---|---|", *rows] if rows else ["No keys."]
        return "\n".join([f"## {kind.__name__}\n", kind.__doc__.partition("\n")[0], "", *table, ""])

    def _linked(self, options: list[str]) -> str:
        """A type in a cell, with links to the records in it."""
        text = " or ".join(options).replace("<", "&lt;").replace("|", "\\|")
        known = {*self._records, *aliases()}
        return re.sub(r"\b[A-Z]\w+", lambda m: f"[{m[0]}](#{m[0].lower()})" if m[0] in known else m[0], text)

    def _interface(self, kind: Any) -> str:
        tree = ast.parse(inspect.getsource(kind)).body[0]
        comments = comments_below(tree)
        bases = [base.id for base in getattr(tree, "bases", []) if base.id != "TypedDict"]
        inherited = {name for base in bases for name in getattr(protocol_types, base).__annotations__}
        lines = "".join(
            comment(comments.get(name), "  ") + self._line(f"  {key}{mark}:", options, ";", "    ")
            for name, key, mark, options in self._fields(kind)
            if name not in inherited
        )
        if not lines and not bases:
            return f"{comment(kind.__doc__.partition(chr(10))[0])}export type {kind.__name__} = Record<string, never>;\n"
        extends = f" extends {', '.join(bases)}" if bases else ""
        return f"{comment(kind.__doc__.partition(chr(10))[0])}export interface {kind.__name__}{extends} {{\n{lines}}}\n"

    def _fields(self, kind: Any) -> Iterator[tuple[str, str, str, list[str]]]:
        """Name, key on the wire, ``?`` or nothing, and type of each field."""
        hints = get_type_hints(kind, include_extras=True)
        if is_typeddict(kind):
            for name, hint in hints.items():
                is_optional = get_origin(hint) is NotRequired or name in kind.__optional_keys__
                inner = get_args(hint)[0] if get_origin(hint) is NotRequired else hint
                yield name, name, "?" if is_optional else "", self._named_options(inner)
            return
        is_parameters = kind.__module__ == protocol_types.__name__
        for each in attrs.fields(kind):
            options = self._named_options(hints[each.name])
            if each.metadata.get("is_text_document"):
                yield each.name, "textDocument", "", ["{ uri: string }"]
            elif is_parameters and each.default is not attrs.NOTHING:
                may_be = [option for option in options if option != "null"]
                yield each.name, protocol_types.on_the_wire(each.name), "?", may_be
            else:
                is_respelled = is_parameters or kind in self._respelled
                key = protocol_types.on_the_wire(each.name) if is_respelled else each.name
                yield each.name, key, "", options

    def _options(self, hint: Any) -> list[str]:
        """The members of a union, or the one type."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            inner, *words = arguments
            if inner is str:
                return [f"'{word}'" for word in words]
            module, _, name = words[0].rpartition(".")
            record = getattr(importlib.import_module(module), name)
            if protocol_types.on_the_wire in words:
                self._respelled.add(record)
            replaced = self._type(record)
            return [replaced, *(["null"] if type(None) in get_args(inner) else [])]
        if origin in (Union, types.UnionType):
            return [option for each in arguments for option in self._named_options(each)]
        if isinstance(hint, type) and issubclass(hint, Enum):
            return [f"'{member.value}'" for member in hint]
        return [self._type(hint)]

    def _named_options(self, hint: Any) -> list[str]:
        return [self._aliases[repr(hint)]] if repr(hint) in self._aliases else self._options(hint)

    def _type(self, hint: Any) -> str:
        """A type where no union is meant; one that is stands in parentheses."""
        if hint in PRIMITIVES:
            return PRIMITIVES[hint]
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is tuple and Ellipsis not in arguments:
            return f"[{', '.join(map(self._whole, arguments))}]"
        if origin in (list, tuple):
            inner = self._whole(arguments[0])
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        if origin in (dict, Mapping):
            if arguments[1] is Any:
                return "object"
            return f"Record<{self._whole(arguments[0])}, {self._whole(arguments[1])}>"
        if getattr(hint, "__name__", None) in FROM_LSP:
            return str(hint.__name__)
        if is_record(hint):
            self._records[hint.__name__] = hint
            return str(hint.__name__)
        raise TypeError(f"{hint!r} has no TypeScript type: add one in scripts/protocol.py")

    def _whole(self, hint: Any) -> str:
        return " | ".join(self._named_options(hint))

    def _line(self, before: str, options: list[str], after: str, indent: str = "  ") -> str:
        """A declaration; a union that is too long for a line gets one for each member."""
        short = f"{before} {' | '.join(options)}{after}"
        if len(short) <= WIDTH:
            return f"{short}\n"
        return before + "".join(f"\n{indent}| {option}" for option in options) + f"{after}\n"


def main(only_check: bool) -> int:
    """Write, or look; the exit code."""
    texts = {TARGET: Writer().text(), PAGE: Writer().page()}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    for path in stale:
        click.echo(f"{path.name} {'is out of date' if only_check else 'written'}", err=True)
        if not only_check:
            path.write_text(texts[path], "utf-8")
    if only_check and stale:
        click.echo("run: .venv/bin/python editor/vscode/scripts/protocol.py", err=True)
    return int(only_check and bool(stale))


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
