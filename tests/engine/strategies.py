"""Hypothesis strategies for the engine's records."""

from __future__ import annotations

from hypothesis import strategies as st

from sstar_lsp.engine.run import events as e
from sstar_lsp.engine.run.executor import Outcome
from sstar_lsp.records import (
    CallForm,
    Candidate,
    CheckerProgram,
    Problem,
    PromptKind,
    Remark,
    Severity,
    Status,
    Style,
    Test,
    TestOrigin,
    Usage,
)
from sstar_lsp.settings import Budget, Price, Prices, Rule, SolveSettings
from sstar_sandbox import CheckerStyle, Verdict

texts = st.text(max_size=20)
"""Any, the characters that JSON and terminals dislike among them."""
seconds = st.floats(0, 1e6)
counts = st.integers(0, 10**9)
candidate_ids = st.builds(
    lambda sample, round_: f"c{sample}.{round_}" if round_ else f"c{sample}",
    st.integers(1, 20),
    st.integers(0, 3),
)
input_ids = st.integers(1, 30).map(lambda number: f"i{number}")
cluster_ids = st.sampled_from("ABCDE")


def maybe(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """Or None."""
    return st.none() | strategy


def several(strategy: st.SearchStrategy) -> st.SearchStrategy:
    """A short tuple."""
    return st.lists(strategy, max_size=3).map(tuple)


outcomes = st.builds(
    Outcome,
    st.sampled_from(Verdict),
    texts,
    texts,
    texts,
    seconds,
    seconds,
    counts,
    maybe(st.integers(0, 255)),
    maybe(st.integers(1, 64)),
)
usages = st.builds(Usage, counts, counts, counts)
problems = st.builds(
    Problem,
    title=texts,
    statement=texts,
    style=st.sampled_from(Style),
    entry_point=maybe(texts),
    starter_code=texts,
    public_tests=several(st.builds(Test, texts, texts, st.sampled_from(TestOrigin), texts)),
    time_limit_s=maybe(seconds),
    memory_limit_bytes=maybe(counts),
    language=maybe(texts),
    header=texts,
    remarks=several(st.builds(Remark, st.sampled_from(Severity), texts, maybe(counts))),
    url=maybe(texts),
    several_answers=st.booleans(),
    call_form=maybe(st.builds(CallForm, several(texts), texts, maybe(counts), st.booleans())),
    checker_program=maybe(
        st.builds(CheckerProgram, texts, texts, st.sampled_from(CheckerStyle), several(texts), texts)
    ),
    is_checker_named=st.booleans(),
)
searches = st.builds(
    SolveSettings,
    language=maybe(st.sampled_from(("python", "cpp"))),
    samples=st.integers(1, 64),
    rounds=st.integers(0, 5),
    temperature=st.floats(0, 2),
    rule=st.sampled_from(Rule),
    pair_inputs=st.booleans(),
    budget=st.builds(
        Budget,
        maybe(st.integers(1, 999)),
        maybe(st.integers(1, 10**6)),
        maybe(st.floats(0, 1e3)),
        maybe(st.floats(0, 1e5)),
    ),
)
candidates = st.builds(
    Candidate, candidate_ids, texts, texts, maybe(candidate_ids), st.sampled_from(PromptKind)
)
clusters = st.builds(e.Cluster, cluster_ids, several(candidate_ids))
votes = st.builds(e.Vote, cluster_ids, maybe(cluster_ids), texts)
names = st.dictionaries(texts, texts, max_size=3)
prices = st.builds(
    Prices,
    texts,
    st.dictionaries(
        texts, st.builds(Price, st.floats(0, 99), maybe(st.floats(0, 99)), st.floats(0, 99)), max_size=2
    ),
)
roles = st.sampled_from(e.Role)

started = st.builds(e.RunStarted, texts, problems, searches, names, names, seconds, maybe(texts), prices)
events = st.one_of(
    started,
    st.builds(e.Resumed, seconds),
    st.builds(e.Completed, texts, roles, texts, texts, texts, usages, seconds, st.booleans(), texts, seconds),
    st.builds(e.CallFailed, texts, roles, texts, texts, usages, texts, seconds),
    st.builds(e.CallCancelled, texts, roles, texts, usages, texts, seconds),
    st.builds(e.SamplingEnded, several(candidate_ids), counts, texts),
    st.builds(e.Sampled, candidates),
    st.builds(e.NoProgram, candidate_ids, texts),
    st.builds(e.Checked, candidate_ids, several(outcomes), maybe(texts)),
    st.builds(
        e.InputsProposed,
        several(st.builds(e.CaseInput, input_ids, texts, st.sampled_from(e.InputOrigin), maybe(input_ids))),
    ),
    st.builds(e.InputRejected, input_ids, texts),
    st.builds(e.Ran, candidate_ids, st.dictionaries(input_ids, outcomes, max_size=3), st.booleans()),
    st.builds(e.Enumerated, several(candidate_ids), counts, counts, counts),
    st.builds(e.Clustered, several(clusters)),
    st.builds(
        e.Dueled,
        cluster_ids,
        cluster_ids,
        several(input_ids),
        several(votes),
        maybe(cluster_ids),
        several(candidate_ids),
    ),
    st.builds(e.CheckerTried, st.booleans()),
    st.builds(e.BruteForced, texts, st.booleans(), st.dictionaries(input_ids, outcomes, max_size=3)),
    st.builds(
        e.HumanVerdict,
        input_ids,
        maybe(texts),
        seconds,
        maybe(cluster_ids),
        st.booleans(),
        st.booleans(),
    ),
    st.builds(e.Warned, texts),
    st.builds(
        e.Decided,
        st.sampled_from(Status),
        maybe(candidate_ids),
        texts,
        st.dictionaries(cluster_ids, st.floats(0, 1), max_size=3),
        seconds,
    ),
    st.builds(e.Stopped, seconds, seconds),
    st.builds(e.Refused, seconds, texts),
)
"""Any event, whole or nonsensical."""
