"""What can be read under ``sstar://``: evidence, tests, programs and outputs of a run.

One reader behind three doors: ``sstar/document`` for every editor, ``workspace/textDocumentContent`` (LSP 3.18)
for those that open virtual documents themselves, and files in the state folder for those that open only files.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sstar_lsp.errors import RunError, UsageError
from sstar_lsp.lsp.documents import uri_of
from sstar_lsp.private_files import make_private_folder, write_private

if TYPE_CHECKING:
    from sstar_lsp.engine.run.state import RunState
    from sstar_lsp.service import Service

SCHEME = "sstar"
_PAGE = re.compile(
    r"sstar://run/(?P<run>[\w-]+)/(?:(?P<evidence>evidence\.md)|test/(?P<test>\w+)\.md"
    r"|candidate/(?P<candidate>[\w.]+?)\.(?P<ext>[a-z]+)|output/(?P<input>\w+)/(?P<cluster>\w+)\.txt)"
)
KNOWN = (
    "sstar://run/<run id>/ and then evidence.md, test/<input id>.md, candidate/<candidate id>.<ext> "
    "or output/<input id>/<cluster>.txt; sstar://problem/<URI in base64>/read.md"
)


def evidence_uri(run_id: str) -> str:
    """Where the evidence of a run is read."""
    return f"sstar://run/{run_id}/evidence.md"


def test_uri(run_id: str, input_id: str) -> str:
    """Where one distinguishing test is read."""
    return f"sstar://run/{run_id}/test/{input_id}.md"


test_uri.__test__ = False  # type: ignore[attr-defined]  # not a pytest test


def candidate_uri(run_id: str, candidate_id: str, language: str) -> str:
    """Where a program is read."""
    from sstar_sandbox import LANGUAGES

    return f"sstar://run/{run_id}/candidate/{candidate_id}{LANGUAGES[language].extensions[0]}"


async def page(service: Service, uri: str) -> dict[str, Any]:
    """``uri``, ``languageId`` and ``text`` of a virtual document.

    Raises:
        UsageError: there is no document of that form.
        RunError: no such run, or nothing of that name in it.
    """
    from sstar_lsp.engine.report.evidence import evidence_page

    found = _PAGE.fullmatch(uri)
    if found is None:
        raise UsageError(f"there is no document {uri}; known: {KNOWN}")
    run_id, state = await service.open_run(found["run"])
    if state.started is None:
        raise RunError(f"run {run_id} has not begun yet: there is no evidence to show.")
    if found["evidence"]:
        return {"uri": uri, "languageId": "markdown", "text": evidence_page(state)}
    if found["test"]:
        return {"uri": uri, "languageId": "markdown", "text": test_page(state, found["test"])}
    if found["candidate"]:
        candidate = state.candidates.get(found["candidate"])
        if candidate is None:
            raise _missing(run_id, "program", found["candidate"], state.candidates)
        return {"uri": uri, "languageId": candidate.language, "text": candidate.code}
    return {
        "uri": uri,
        "languageId": "plaintext",
        "text": output_of(state, found["input"], found["cluster"]),
    }


def _missing(run_id: str, what: str, name: str, known: Any) -> RunError:
    return RunError(f"run {run_id} has no {what} {name!r}; known: {', '.join(known) or 'none'}.")


def output_of(state: RunState, input_id: str, cluster_id: str) -> str:
    """What a cluster's programs print for an input, as it is.

    Raises:
        RunError: no such input or cluster, or it was not run.
    """
    assert state.started is not None
    cluster = next((c for c in state.clusters if c.id == cluster_id), None)
    if cluster is None:
        raise _missing(state.started.run_id, "cluster", cluster_id, [c.id for c in state.clusters])
    outcome = state.outcomes.get(cluster.members[0], {}).get(input_id)
    if outcome is None:
        raise _missing(state.started.run_id, "input", input_id, state.inputs)
    return outcome.transcript or outcome.output


def test_page(state: RunState, input_id: str) -> str:
    """One distinguishing test as Markdown: the input, what each cluster prints, who judged, what a person said.

    Raises:
        RunError: no such input.
    """
    from sstar_lsp.engine.prompts.fences import fenced
    from sstar_lsp.engine.report.evidence import chosen_cluster, evidence_of, shown_input

    assert state.started is not None
    item = state.inputs.get(input_id)
    if item is None:
        raise _missing(state.started.run_id, "input", input_id, state.inputs)
    leader = chosen_cluster(state)
    beliefs = state.decided.beliefs if state.decided else {}
    lines = [f"# S* test {input_id}: {_line(state.problem.title)}", "", "## Input", ""]
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
            lines += [f"> {_line(reason)}" for reason in judged.reasons]
    said = state.verdicts.get(input_id)
    if said is not None:
        what = "not allowed by the problem" if said.illegal else "unknown" if said.unknown else "right:"
        lines += ["", f"## What you said: {what}", ""]
        lines += [fenced((said.expected or "").rstrip("\n"), "text")] if said.expected is not None else []
    return "\n".join(lines).rstrip("\n") + "\n"


test_page.__test__ = False  # type: ignore[attr-defined]


def _line(text: str) -> str:
    from sstar_lsp.engine.prompts.fences import escaped

    return escaped(" ".join(text.split()))


def file_of(folder: Path, uri: str) -> Path:
    """The file that holds a page for editors that open only files."""
    if uri.startswith("sstar://problem/"):
        return folder / "pages" / "problem" / f"{hashlib.sha256(uri.encode()).hexdigest()[:16]}.md"
    return folder / "pages" / uri.removeprefix("sstar://run/")


def written(folder: Path, uri: str, text: str) -> str:
    """Write a page and return its ``file:`` URI; blocks, so call it on a thread.

    Raises:
        RunError: the state folder cannot be written.
    """
    path = file_of(folder, uri)
    try:
        make_private_folder(path.parent)
        write_private(path, text)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error}.") from error
    return uri_of(path)
