"""Virtual documents (``sstar://``): evidence, tests, programs, outputs of a run; problems as read.

Editors read them by ``sstar/document``, by ``workspace/textDocumentContent`` (LSP 3.18) where they open
virtual documents themselves, and as files in the state folder where they open only files.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from lsprotocol import types

from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.lsp.lazy_service import LazyService
from sstar_lsp.lsp.protocol_types import DocumentContent, DocumentParams, RunParams
from sstar_lsp.lsp.session.documents import uri_of
from sstar_lsp.lsp.session.editor import Editor
from sstar_lsp.lsp.session.runs import RunIndex
from sstar_lsp.private_files import make_private_folder
from sstar_lsp.regular_files import replace_file

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.service import Service

SCHEME = "sstar"
PROBLEM_PREFIX, PROBLEM_SUFFIX = "sstar://problem/", "/read.md"
"""Where what was read of a document is read: the document's URI in URL-safe base64 between the two."""
_PAGE = re.compile(
    r"sstar://run/(?P<run>[\w-]+)/(?:(?P<evidence>evidence\.md)|test/(?P<test>\w+)\.md"
    r"|candidate/(?P<candidate>[\w.]+?)\.(?P<ext>[a-z]+)|output/(?P<input>\w+)/(?P<cluster>\w+)\.txt)"
)
FORMS = (
    "sstar://run/<run id>/ and then evidence.md, test/<input id>.md, candidate/<candidate id>.<ext> "
    "or output/<input id>/<cluster>.txt; sstar://problem/<URI in base64>/read.md"
)


def evidence_uri(run_id: str) -> str:
    """Where the evidence of a run is read."""
    return f"sstar://run/{run_id}/evidence.md"


def input_uri(run_id: str, input_id: str) -> str:
    """Where one distinguishing test is read."""
    return f"sstar://run/{run_id}/test/{input_id}.md"


def candidate_uri(run_id: str, candidate_id: str, language: str) -> str:
    """Where a program is read."""
    from sstar_sandbox import LANGUAGES

    return f"sstar://run/{run_id}/candidate/{candidate_id}{LANGUAGES[language].extensions[0]}"


@frozen
class VirtualDocuments:
    """Reads virtual documents, and has the editor open them."""

    editor: Editor
    service: LazyService
    runs: RunIndex
    problem_page: Callable[[str], Awaitable[DocumentContent]]
    """What was read of the document that a URI of a problem names."""

    async def document(self, params: DocumentParams) -> DocumentContent:
        """``sstar/document``."""
        return await self.read(params.uri)

    async def content(self, params: types.TextDocumentContentParams) -> types.TextDocumentContentResult:
        """``workspace/textDocumentContent``."""
        return types.TextDocumentContentResult((await self.read(params.uri))["text"])

    async def read(self, uri: str) -> DocumentContent:
        """A virtual document.

        Raises:
            UsageError: there is no document of that form.
            RunError: no such run, or nothing of that name in it.
        """
        if uri.startswith(PROBLEM_PREFIX):
            return await self.problem_page(uri)
        return await run_document(await self.service(), uri)

    async def openable(self, uri: str) -> str:
        """The URI by which this client opens a document: ``sstar://``, or a file with the same text.
        Raises :class:`UsageError` or :class:`RunError`: there is no such document, or it cannot be
        written."""
        if self.editor.client.opens_pages:
            return uri
        service, document = await self.service(), await self.read(uri)
        return await asyncio.to_thread(write_file, service.store.folder, uri, document["text"])

    async def open(self, uri: str) -> dict[str, Any]:
        """Have the editor open a virtual document, or say where it is."""
        shown = await self.openable(uri)
        if self.editor.client.shows_documents:
            await self.editor.open(shown, takes_focus=True)
        else:
            self.editor.show_info(f"S*: see {shown}")
        return {"uri": shown}

    async def open_evidence(self, params: RunParams) -> dict[str, Any]:
        """The command ``sstar.evidence``."""
        return await self.open(evidence_uri((await self.runs.find(params.run_id)).begun.run_id))

    async def open_test(self, params: RunParams) -> dict[str, Any]:
        """The command ``sstar.review``: the test that is named, else the one whose verdict would settle most.
        Raises :class:`RunError`: the run has no test."""
        run = await self.runs.find(params.run_id)
        run_id, evidence = run.begun.run_id, run.evidence
        tests = [params.input_id, evidence.next_question, *(test.id for test in evidence.deciding_inputs)]
        chosen = next(filter(None, tests), None)
        if chosen is None:
            raise RunError(f"run {run_id} has no test to review: all programs that survived agree.")
        return await self.open(input_uri(run_id, chosen))


async def run_document(service: Service, uri: str) -> DocumentContent:
    """A virtual document about a run.

    Raises:
        UsageError: there is no document of that form.
        RunError: no such run, or nothing of that name in it.
    """
    from sstar_lsp.engine.report.evidence import evidence_page

    match = _PAGE.fullmatch(uri)
    if match is None:
        raise UsageError(f"there is no document {uri}; known: {FORMS}")
    run_id, state = await service.open_run(match["run"])
    if state.started is None:
        raise RunError(f"run {run_id} has not begun yet: there is no evidence to show.")
    language = "markdown"
    if match["evidence"]:
        text = evidence_page(state)
    elif match["test"]:
        text = input_page(state, match["test"])
    elif match["candidate"]:
        candidate = state.candidates.get(match["candidate"])
        if candidate is None:
            raise _missing(run_id, "program", match["candidate"], state.candidates)
        language, text = candidate.language, candidate.code
    else:
        language, text = "plaintext", output_of(state, match["input"], match["cluster"])
    return {"uri": uri, "languageId": language, "text": text}


def _missing(run_id: str, what: str, name: str, known: Iterable[str]) -> RunError:
    return RunError(f"run {run_id} has no {what} {name!r}; known: {', '.join(known) or 'none'}.")


def output_of(state: RunState, input_id: str, cluster_id: str) -> str:
    """What a cluster's programs print for an input, as it is.
    Raises :class:`RunError`: no such input or cluster, or it was not run."""
    cluster = next((c for c in state.clusters if c.id == cluster_id), None)
    if cluster is None:
        raise _missing(state.run_id, "cluster", cluster_id, [c.id for c in state.clusters])
    outcome = state.outcomes.get(cluster.members[0], {}).get(input_id)
    if outcome is None:
        raise _missing(state.run_id, "input", input_id, state.inputs)
    return outcome.transcript or outcome.output


def input_page(state: RunState, input_id: str) -> str:
    """A distinguishing test as Markdown: input, each cluster's output, judgements, a person's verdict.
    Raises :class:`RunError`: no such input."""
    from sstar_lsp.engine.prompts.fences import fenced, one_line
    from sstar_lsp.engine.report.evidence import chosen_cluster, evidence_of, shown_input

    item = state.inputs.get(input_id)
    if item is None:
        raise _missing(state.run_id, "input", input_id, state.inputs)
    leader = chosen_cluster(state)
    beliefs = state.decided.beliefs if state.decided else {}
    lines = [f"# S* test {input_id}: {one_line(state.problem.title)}", "", "## Input", ""]
    lines += [fenced(shown_input(state, item.text), "text"), ""]
    for cluster in state.clusters[: state.settings.clusters_in_play]:
        outcome = state.outcomes.get(cluster.members[0], {}).get(input_id)
        if outcome is None:
            continue
        mark = ", chosen" if leader is not None and cluster.id == leader.id else ""
        belief = f", belief {beliefs[cluster.id]:.0%}" if cluster.id in beliefs else ""
        lines += [
            f"## Cluster {cluster.id}{mark}{belief}: {len(cluster.members)} programs, {outcome.verdict.value}",
            "",
        ]
        lines += [fenced((outcome.transcript or outcome.output).rstrip("\n"), "text"), ""]
    for deciding in evidence_of(state).deciding_inputs:
        for judged in deciding.judged if deciding.id == input_id else ():
            lines.append(
                f"Judge on {judged.between[0]} against {judged.between[1]}: **{judged.winner or 'undecided'}**"
            )
            lines += [f"> {one_line(reason)}" for reason in judged.reasons]
    verdict = state.verdicts.get(input_id)
    if verdict is not None:
        what = "not allowed by the problem" if verdict.illegal else "unknown" if verdict.unknown else "right:"
        lines += ["", f"## What you said: {what}", ""]
        lines += [fenced(verdict.expected.rstrip("\n"), "text")] if verdict.expected is not None else []
    return "\n".join(lines).rstrip("\n") + "\n"


def _file_of(folder: Path, uri: str) -> Path:
    """The file that holds a page for editors that open only files."""
    if uri.startswith(PROBLEM_PREFIX):
        return folder / "pages" / "problem" / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}.md"
    return folder / "pages" / uri.removeprefix("sstar://run/")


def write_file(folder: Path, uri: str, text: str) -> str:
    """Write a page and return its ``file:`` URI; blocks, so call it on a thread.
    Raises :class:`RunError`: the state folder cannot be written."""
    path = _file_of(folder, uri)
    try:
        make_private_folder(path.parent)
        replace_file(path, text.encode(), 0o600)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error}.") from error
    return uri_of(path)
