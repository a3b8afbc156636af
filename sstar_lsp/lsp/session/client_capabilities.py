"""What the connected editor can do, as one record: every gate of the server is a field here.

Nothing is sent that was not advertised; the defaults are those of a client that advertises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen
from lsprotocol import types
from pygls.capabilities import get_capability


@frozen
class ClientCapabilities:
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
    opens_pages: bool = False
    """``sstar://`` URIs can be opened; else pages are shown as files."""
    shows_documents: bool = False
    """``window/showDocument`` is understood."""
    applies_edits: bool = False
    """``workspace/applyEdit`` is understood."""
    refreshes_lenses: bool = False
    refreshes_hints: bool = False
    related_information: bool = False
    """Diagnostics may carry it."""
    diagnostic_data: bool = False
    """``data`` of a diagnostic comes back."""
    markdown: bool = False
    """Hovers may be Markdown."""
    watches_files: bool = False
    """File watchers can be registered."""
    gives_secrets: bool = False
    """``sstar/secret`` is answered."""
    wants_progress: bool = False
    """``sstar/progress`` is wanted."""
    position_encoding: str = types.PositionEncodingKind.Utf16.value
    """What columns count."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, position_encoding: str) -> ClientCapabilities:
        """Read the capabilities of ``initialize``."""

        def has(path: str) -> bool:
            return bool(get_capability(capabilities, path, False))

        def says(word: str) -> bool:
            """Whether the client has one of our own capabilities."""
            experimental = capabilities.experimental
            ours = experimental.get("sstar") if isinstance(experimental, Mapping) else None
            return isinstance(ours, Mapping) and ours.get(word) is True

        hovers = get_capability(capabilities, "text_document.hover.content_format", []) or []
        content = has("workspace.text_document_content.dynamic_registration")
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
            text_document_content=content,
            opens_pages=content or says("documents"),
            shows_documents=has("window.show_document.support"),
            applies_edits=has("workspace.apply_edit"),
            refreshes_lenses=has("workspace.code_lens.refresh_support"),
            refreshes_hints=has("workspace.inlay_hint.refresh_support"),
            related_information=has("text_document.publish_diagnostics.related_information"),
            diagnostic_data=has("text_document.publish_diagnostics.data_support"),
            markdown=types.MarkupKind.Markdown in hovers,
            watches_files=has("workspace.did_change_watched_files.dynamic_registration"),
            gives_secrets=says("secret"),
            wants_progress=says("progress"),
            position_encoding=str(getattr(position_encoding, "value", position_encoding)),
        )
