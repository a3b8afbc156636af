"""What the connected editor can do, as one record: every gate of the server is a field here.

Nothing is sent that was not advertised; the defaults are those of a client that advertises nothing.
"""

from __future__ import annotations

from attrs import frozen
from lsprotocol import types
from pygls.capabilities import get_capability


@frozen
class Client:
    """Capabilities that matter to us."""

    work_done_progress: bool = False
    """The server may create progress tokens."""
    configuration: bool = False
    """Settings can be asked for."""
    action_literals: bool = False
    """Code actions may be more than commands."""
    resolves_edit: bool = False
    """The edit of a code action may be left for ``codeAction/resolve``."""
    keeps_data: bool = False
    """``data`` of a code action comes back."""
    disabled_actions: bool = False
    preferred_actions: bool = False
    versioned_edits: bool = False
    """``documentChanges`` are understood."""
    creates_files: bool = False
    """An edit may create a file."""
    text_document_content: bool = False
    """``workspace/textDocumentContent`` can be registered (LSP 3.18)."""
    position_encoding: str = types.PositionEncodingKind.Utf16.value
    """What columns count."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, position_encoding: str) -> Client:
        """Read the capabilities of ``initialize``."""

        def has(path: str) -> bool:
            return bool(get_capability(capabilities, path, False))

        resolves = get_capability(capabilities, "text_document.code_action.resolve_support.properties", [])
        operations = get_capability(capabilities, "workspace.workspace_edit.resource_operations", []) or []
        creates = types.ResourceOperationKind.Create in operations
        return cls(
            work_done_progress=has("window.work_done_progress"),
            configuration=has("workspace.configuration"),
            action_literals=has("text_document.code_action.code_action_literal_support"),
            resolves_edit="edit" in (resolves or []) and has("text_document.code_action.data_support"),
            keeps_data=has("text_document.code_action.data_support"),
            disabled_actions=has("text_document.code_action.disabled_support"),
            preferred_actions=has("text_document.code_action.is_preferred_support"),
            # a file operation can only be said in documentChanges, so who has one has the other
            versioned_edits=has("workspace.workspace_edit.document_changes") or creates,
            creates_files=creates,
            text_document_content=has("workspace.text_document_content.dynamic_registration"),
            position_encoding=str(getattr(position_encoding, "value", position_encoding)),
        )
