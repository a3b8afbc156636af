"""An editor for tests: a real ``sstar lsp`` process on stdio, driven with the capabilities of real editors."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, evolve, field
from engine.world import COUNTS_VALUES, PAIRS, RIGHT, RIGHT_TOO, World
from lsprotocol import types
from lsprotocol.converters import get_converter
from pytest_lsp import ClientServerConfig, LanguageClient, make_test_lsp_client

PROFILES = ("vscode-languageclient-11.0.0", "neovim-0.11.4", "emacs-eglot-1.9", "ale-3.3.0")
SPLITTING = "4\n1 1 -1 -1\n"
WORLD = World(samples=(RIGHT, COUNTS_VALUES, RIGHT_TOO), inputs=(SPLITTING,), judge={RIGHT: 2, RIGHT_TOO: 2})
"""Three programs pass the example, one of them is wrong on equal numbers, and the judge says so."""
QUICK = {"samples": 3, "rounds": 0, "inputs": 3}
MISREAD = """\
# Pairs that cancel

Given n and n integers, print how many pairs of positions have sum zero. Time limit: 1 second.

1 ≤ n ≤ 100, −9 ≤ a ≤ 9.

## Sample Input 1

```
3
1 -1 2
```

## Sample Output 1

```
1
1 and -1 cancel each other.
```

## Sample Input 2

```
2
5 5
```

## Sample Output 2

```
0
```
"""
"""The explanation stands in the fence of the output."""
SERVER = [str(Path(sys.executable).parent / "sstar"), "lsp", "--stdio"]


def capabilities(profile: str) -> types.ClientCapabilities:
    """What a real editor advertises."""
    path = Path(__file__).parent / "client-capabilities" / f"{profile}.json"
    found: types.ClientCapabilities = get_converter().structure(
        json.loads(path.read_text("utf-8")), types.ClientCapabilities
    )
    return found


@define
class Buffer:
    """An open document."""

    uri: str
    text: str
    version: int


@define
class Heard:
    """What the server asked for or told besides answers."""

    edits: list[types.WorkspaceEdit] = field(factory=list)
    refreshed: list[str] = field(factory=list)
    progress: list[Any] = field(factory=list)
    asked_keys: list[Any] = field(factory=list)
    keys: list[str | None] = field(factory=list)
    """What the person types when asked for a key, one after another."""
    questions: list[types.ShowMessageRequestParams] = field(factory=list)
    choices: list[str | None] = field(factory=list)
    """The actions that the person takes when asked, one after another; None: the question is closed."""


def with_extras(
    advertised: types.ClientCapabilities, extras: Mapping[str, bool] | None
) -> types.ClientCapabilities:
    """Capabilities with some of our own."""
    return evolve(advertised, experimental={"sstar": dict(extras)}) if extras else advertised


@define
class Editor:
    """A client, its server, and a folder."""

    client: LanguageClient
    folder: Path
    profile: str
    initialized: types.InitializeResult
    registered: list[types.Registration]
    heard: Heard
    buffers: dict[str, Buffer] = field(factory=dict)

    @property
    def pid(self) -> int:
        """Of the server."""
        assert self.client._server is not None
        return self.client._server.pid

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server."""
        assert self.client._server is not None
        return self.client._server

    def has(self, path: str) -> bool:
        """Whether the profile advertises a capability (in LSP's own words)."""
        at: Any = json.loads(
            (Path(__file__).parent / "client-capabilities" / f"{self.profile}.json").read_text("utf-8")
        )
        for key in path.split("."):
            at = at.get(key) if isinstance(at, dict) else None
        return bool(at)

    def write(self, name: str, text: str) -> str:
        """A file on disk; its URI."""
        path = self.folder / name
        path.write_bytes(text.encode())
        return path.as_uri()

    def open(self, name: str, text: str, language: str = "markdown", *, on_disk: bool = True) -> str:
        """Open a document, saved before or not; its URI."""
        uri = self.write(name, text) if on_disk else (self.folder / name).as_uri()
        self.buffers[uri] = Buffer(uri, text, 1)
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text))
        )
        return uri

    def change(self, uri: str, text: str) -> None:
        """Type."""
        buffer = self.buffers[uri]
        buffer.text, buffer.version = text, buffer.version + 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(buffer.version, uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def solve(self, uri: str, msg_id: str | None = None, **more: Any) -> asyncio.Future[Any]:
        """Send ``sstar/solve``; awaiting it gives the answer."""
        params = {"textDocument": {"uri": uri}, "options": QUICK, **more}
        sent = self.client.protocol.send_request("sstar/solve", params, msg_id=msg_id)
        return asyncio.shield(asyncio.wrap_future(sent))

    async def ask(self, method: str, params: Any = None) -> Any:
        """Any request."""
        return await self.client.protocol.send_request_async(method, params)

    async def actions(
        self, uri: str, only: list[str] | None = None, span: types.Range | None = None
    ) -> list[types.CodeAction]:
        """Code actions at the top of a document (or on a selection)."""
        top = types.Range(types.Position(0, 0), types.Position(0, 0))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(uri),
                span or top,
                types.CodeActionContext([], only=only),  # type: ignore[arg-type]
            )
        )
        assert all(isinstance(action, types.CodeAction) for action in found or [])
        return list(found or [])  # type: ignore[arg-type]

    async def accept(self, action: types.CodeAction) -> types.WorkspaceEdit:
        """What an editor does with an accepted action: resolve it if it can and must, and apply the edit."""
        if self.has("textDocument.codeAction.resolveSupport"):
            assert action.edit is None, "the edit is left for resolve"
            action = await self.client.code_action_resolve_async(action)
        assert action.edit is not None
        self.apply(action.edit)
        return action.edit

    async def lenses(self, uri: str) -> dict[str, types.Command]:
        """Title to command of a document's code lenses."""
        found = await self.client.text_document_code_lens_async(
            types.CodeLensParams(types.TextDocumentIdentifier(uri))
        )
        return {lens.command.title: lens.command for lens in found or [] if lens.command is not None}

    async def run(self, command: types.Command) -> Any:
        """Execute a command, as a click on a lens does."""
        return await self.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command.command, command.arguments)
        )

    async def diagnostics(self, uri: str, count: int) -> list[types.Diagnostic]:
        """What a document's diagnostics are, once there are so many."""
        while len(found := list(self.client.diagnostics.get(uri, []))) != count:
            await self.client.protocol.wait_for_notification_async(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        return found

    async def insert(self, uri: str) -> types.WorkspaceEdit:
        """Accept the action that inserts the solution."""
        action = next(a for a in await self.actions(uri) if a.title.startswith("Insert S* solution"))
        return await self.accept(action)

    def apply(self, edit: types.WorkspaceEdit) -> None:
        """Apply an edit to buffers and files, as strictly as the profile asks for."""
        if edit.document_changes is None:
            for uri, edits in (edit.changes or {}).items():
                self._edit(uri, None, list(edits))
            return
        assert self.has("workspace.workspaceEdit")
        for change in edit.document_changes:
            if isinstance(change, types.CreateFile):
                assert "create" in (edit_operations(self.profile))
                path = Path(change.uri.removeprefix("file://"))
                assert not path.exists()
                path.touch()
            else:
                assert isinstance(change, types.TextDocumentEdit)
                self._edit(change.text_document.uri, change.text_document.version, list(change.edits))

    def _edit(self, uri: str, version: int | None, edits: list[Any]) -> None:
        assert len(edits) == 1, "one edit is one undo"
        [edit] = edits
        buffer = self.buffers.get(uri)
        if buffer is not None:
            if version is not None:
                assert version == buffer.version, "an edit for another version is refused"
            self.change(uri, self._edited(buffer.text, edit))
            return
        assert version is None
        path = Path(uri.removeprefix("file://"))
        text = path.read_bytes().decode() if path.exists() else ""
        path.write_bytes(self._edited(text, edit).encode())

    def _edited(self, text: str, edit: types.TextEdit) -> str:
        start, end = (self._offset(text, at) for at in (edit.range.start, edit.range.end))
        return text[:start] + edit.new_text + text[end:]

    def _offset(self, text: str, at: types.Position) -> int:
        lines = text.split("\n")
        assert at.line < len(lines), "positions are inside the document"
        encoding = self.initialized.capabilities.position_encoding or "utf-16"
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[
            str(getattr(encoding, "value", encoding))
        ]
        width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[codec]
        raw = lines[at.line].encode(codec)
        assert at.character * width <= len(raw), "positions are inside the line"
        before = raw[: at.character * width].decode(codec)
        return sum(len(line) + 1 for line in lines[: at.line]) + len(before)


def edit_operations(profile: str) -> list[Any]:
    """Resource operations of a profile."""
    edit = capabilities(profile).workspace.workspace_edit  # type: ignore[union-attr]
    return list(edit.resource_operations or []) if edit else []


def environment(home: Path, base_url: str = "", key: str = "", **more: str) -> dict[str, str]:
    """The server's environment: nobody's settings, the scripted model's address."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SSTAR_", "OPENAI_"))}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "SSTAR_STATE_DIR": str(home / "state"),
        **({"SSTAR_BASE_URL": base_url, "SSTAR_API_KEY": key} if base_url else {}),
        **more,
    }


def _action(raw: Any, _kind: Any) -> types.Command | types.CodeAction:
    """lsprotocol 2025.0.0 takes every code action that has a command for a bare command."""
    kind = types.Command if isinstance(raw.get("command"), str) else types.CodeAction
    return get_converter().structure(raw, kind)


@asynccontextmanager
async def editor(
    folder: Path,
    env: Mapping[str, str],
    profile: str = PROFILES[0],
    *,
    options: Any = None,
    configuration: dict[str, Any] | None = None,
    extras: Mapping[str, bool] | None = None,
    keys: Sequence[str | None] = (),
    choices: Sequence[str | None] = (),
) -> AsyncIterator[Editor]:
    """An initialised session; ends it with ``shutdown`` and ``exit`` where the test did not."""
    registered: list[types.Registration] = []
    heard = Heard(keys=list(keys), choices=list(choices))
    folder.mkdir(exist_ok=True)  # noqa: ASYNC240 - a test may wait for its own disk

    def factory() -> LanguageClient:
        client = make_test_lsp_client()
        client.protocol._converter.register_structure_hook(types.Command | types.CodeAction, _action)

        @client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def _register(params: types.RegistrationParams) -> None:
            registered.extend(params.registrations)

        @client.feature(types.WORKSPACE_APPLY_EDIT)
        def _apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            heard.edits.append(params.edit)
            return types.ApplyWorkspaceEditResult(applied=True)

        @client.feature(types.WORKSPACE_CODE_LENS_REFRESH)
        def _lenses(_params: Any) -> None:
            heard.refreshed.append(types.WORKSPACE_CODE_LENS_REFRESH)

        @client.feature(types.WORKSPACE_INLAY_HINT_REFRESH)
        def _hints(_params: Any) -> None:
            heard.refreshed.append(types.WORKSPACE_INLAY_HINT_REFRESH)

        @client.feature("sstar/progress")
        def _progress(params: Any) -> None:
            heard.progress.append(params)

        @client.feature("sstar/secret")
        def _secret(params: Any) -> Any:
            heard.asked_keys.append(params)
            return {"value": heard.keys.pop(0) if heard.keys else None}

        @client.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)
        def _question(params: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
            heard.questions.append(params)
            choice = heard.choices.pop(0) if heard.choices else None
            return types.MessageActionItem(choice) if choice else None

        return client

    client = await ClientServerConfig(SERVER, factory, dict(env)).start()
    assert isinstance(client, LanguageClient)
    if configuration is not None:
        client.set_configuration({"sstar": configuration})
    try:
        initialized = await client.initialize_session(
            types.InitializeParams(
                capabilities=with_extras(capabilities(profile), extras),
                root_uri=folder.as_uri(),
                workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
                initialization_options=options,
            )
        )
        yield Editor(client, folder, profile, initialized, registered, heard)
        if client._server is not None and client._server.returncode is None:
            await client.shutdown_session()
            assert client._server.returncode == 0
    finally:
        if client._server is not None and client._server.returncode is None:
            client._server.kill()
        await client.stop()


STATEMENT = PAIRS.statement
