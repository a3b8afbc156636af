"""What the connected editor can do, as one record: every gate of the server is a field here.

Nothing is sent that was not advertised; the defaults are those of a client that advertises nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from attrs import field, frozen
from lsprotocol import types
from pygls.capabilities import get_capability


def _advertised(path: str) -> Any:
    """A field that is read from a capability of LSP."""
    return field(default=False, metadata={"path": path})


def _ours(name: str) -> Any:
    """A field that is read from a capability of our own, ``experimental.sstar``."""
    return field(default=False, metadata={"ours": name})


@frozen
class ClientCapabilities:
    """Capabilities that matter to us."""

    work_done_progress: bool = _advertised("window.work_done_progress")
    """The server may create progress tokens."""
    configuration: bool = _advertised("workspace.configuration")
    """Settings can be asked for."""
    action_literals: bool = _advertised("text_document.code_action.code_action_literal_support")
    """Code actions may be more than commands."""
    keeps_data: bool = _advertised("text_document.code_action.data_support")
    """``data`` of a code action comes back."""
    disabled_actions: bool = _advertised("text_document.code_action.disabled_support")
    preferred_actions: bool = _advertised("text_document.code_action.is_preferred_support")
    text_document_content: bool = _advertised("workspace.text_document_content.dynamic_registration")
    """``workspace/textDocumentContent`` can be registered (LSP 3.18)."""
    shows_documents: bool = _advertised("window.show_document.support")
    """``window/showDocument`` is understood."""
    applies_edits: bool = _advertised("workspace.apply_edit")
    """``workspace/applyEdit`` is understood."""
    refreshes_lenses: bool = _advertised("workspace.code_lens.refresh_support")
    refreshes_hints: bool = _advertised("workspace.inlay_hint.refresh_support")
    related_information: bool = _advertised("text_document.publish_diagnostics.related_information")
    """Diagnostics may carry it."""
    diagnostic_data: bool = _advertised("text_document.publish_diagnostics.data_support")
    """``data`` of a diagnostic comes back."""
    watches_files: bool = _advertised("workspace.did_change_watched_files.dynamic_registration")
    """File watchers can be registered."""
    gives_secrets: bool = _ours("secret")
    """``sstar/secret`` is answered."""
    wants_progress: bool = _ours("progress")
    """``sstar/progress`` is wanted."""
    opens_pages: bool = _ours("documents")
    """``sstar://`` URIs can be opened; else pages are shown as files."""
    resolves_edit: bool = False
    """The edit of a code action may be left for ``codeAction/resolve``."""
    versioned_edits: bool = False
    """``documentChanges`` are understood."""
    creates_files: bool = False
    """An edit may create a file."""
    markdown: bool = False
    """Hovers may be Markdown."""
    position_encoding: str = types.PositionEncodingKind.Utf16.value
    """What columns count."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, position_encoding: str) -> ClientCapabilities:
        """Read the capabilities of ``initialize``."""
        experimental = capabilities.experimental
        ours = experimental.get("sstar") if isinstance(experimental, Mapping) else None
        ours = ours if isinstance(ours, Mapping) else {}

        def get(path: str) -> Any:
            return get_capability(capabilities, path, False)

        has: dict[str, bool] = {}
        for each in attrs.fields(cls):
            if "path" in each.metadata:
                has[each.name] = bool(get(each.metadata["path"]))
            elif "ours" in each.metadata:
                has[each.name] = ours.get(each.metadata["ours"]) is True
        has["opens_pages"] |= has["text_document_content"]
        resolved = get("text_document.code_action.resolve_support.properties") or []
        creates = types.ResourceOperationKind.Create in (
            get("workspace.workspace_edit.resource_operations") or []
        )
        return cls(
            **has,
            resolves_edit="edit" in resolved and has["keeps_data"],
            # a file operation can only be said in documentChanges, so who has one has the other
            versioned_edits=bool(get("workspace.workspace_edit.document_changes")) or creates,
            creates_files=creates,
            markdown=types.MarkupKind.Markdown in (get("text_document.hover.content_format") or []),
            position_encoding=str(getattr(position_encoding, "value", position_encoding)),
        )
