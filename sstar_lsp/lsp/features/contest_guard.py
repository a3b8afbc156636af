"""The contest guard in an editor: which contests a document links to that nobody confirmed as practice."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from lsprotocol import types

from sstar_lsp.errors import SStarError
from sstar_lsp.lsp import command_names
from sstar_lsp.lsp.features.results.quick_fixes import SOURCE, Action, command_action
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.protocol_types import PracticeParams
from sstar_lsp.lsp.session.configuration import EditorSettings
from sstar_lsp.lsp.session.documents import current_text, position_of
from sstar_lsp.lsp.session.editor import Editor


@frozen
class Link:
    """A contest that is not confirmed as practice, and where a document links to it."""

    contest: str
    offset: int
    length: int
    text: str

    def diagnostic(self, encoding: str) -> types.Diagnostic:
        """The warning on the link, in the client's units."""
        start, end = (position_of(self.text, at, encoding) for at in (self.offset, self.offset + self.length))
        message = (
            f"S* does not solve problems of {self.contest} until you confirm that it is practice: "
            "contests forbid it while they run."
        )
        severity = types.DiagnosticSeverity.Warning
        return types.Diagnostic(types.Range(start, end), message, severity, "contest", source=SOURCE)


@frozen
class ContestGuard:
    """Asks the service's guard about documents, and tells it what a person confirms."""

    editor: Editor
    service: LazyService
    settings: EditorSettings

    async def unconfirmed(self, uri: str) -> list[Link]:
        """Contests that a document links to and that nobody confirmed; none if the guard is off."""
        try:
            document = current_text(self.editor.workspace, uri)
            guard = (await self.service()).guard
            contests = await guard.open_contests(document.text, self.settings.shown.contest)
        except SStarError:
            return []
        return [Link(contest.name, contest.offset, contest.length, document.text) for contest in contests]

    def confirmation(self, link: Link) -> Action:
        """The action by which a person says that it is practice."""
        title = f"This is practice: let S* solve {link.contest}"
        argument = {"contest": link.contest}
        return command_action(self.editor.client, title, command_names.CONFIRM_PRACTICE, argument)

    async def confirm(self, params: PracticeParams) -> dict[str, Any]:
        """``sstar/confirmPractice`` and ``sstar.confirmPractice``."""
        service = await self.service()
        contests = await service.guard.remember(params.contest, practice=params.practice)
        self.editor.changed()
        return {"contests": sorted(contests)}
