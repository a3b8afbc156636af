"""Group survivors by joint output over all valid inputs, under the problem's comparator.

Clustering is joint (Algorithm 1 of arXiv 2502.14382), not per input: two programs stand together only when
they agree everywhere. A crash or a time-out is an outcome too: it makes a program differ, not disappear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from sstar_lsp.engine.run.events import CaseInput, Cluster
from sstar_lsp.engine.run.executor import Outcome, same_output
from sstar_lsp.engine.run.state import RunState

_T = TypeVar("_T")

NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def cluster_name(number: int) -> str:
    """``A`` … ``Z``, then ``A1`` …: letters that a person can say."""
    letter = NAMES[number % len(NAMES)]
    return letter if number < len(NAMES) else f"{letter}{number // len(NAMES)}"


def grouped_by(items: Iterable[_T], are_alike: Callable[[_T, _T], bool]) -> list[list[_T]]:
    """Each item joins the first group whose first member it is like, else it is one of its own."""
    groups: list[list[_T]] = []
    for item in items:
        group = next((group for group in groups if are_alike(group[0], item)), None)
        if group is not None:
            group.append(item)
        else:
            groups.append([item])
    return groups


def agree(
    checker: str, left: Mapping[str, Outcome], right: Mapping[str, Outcome], inputs: Sequence[CaseInput]
) -> bool:
    """Whether two survivors printed the same on every one of these inputs."""
    return all(same_output(checker, left[i.id], right[i.id]) for i in inputs)


def cluster(
    checker: str, outcomes: Mapping[str, Mapping[str, Outcome]], inputs: Sequence[CaseInput]
) -> tuple[Cluster, ...]:
    """Clusters of the candidates in ``outcomes`` (in sampling order), largest first, then in their order.

    With a tolerant comparator "same" is not transitive: a candidate joins the first cluster whose first
    member it agrees with, so the result depends on sampling order and on nothing else.
    """
    groups = grouped_by(outcomes, lambda one, other: agree(checker, outcomes[one], outcomes[other], inputs))
    by_size = sorted(groups, key=len, reverse=True)
    return tuple(Cluster(cluster_name(number), tuple(group)) for number, group in enumerate(by_size))


def keep_names(old: Sequence[Cluster], new: Sequence[Cluster]) -> tuple[Cluster, ...]:
    """``new`` with the letters that a person knows: a cluster keeps the one that its program stood for
    before.

    Where clusters became one, it is called as the largest of them; a behaviour not seen before takes a free
    letter.
    """
    taken: set[str] = set()
    named: list[Cluster] = []
    used = {cluster.id for cluster in old}
    fresh = (name for number in range(len(old) + len(new)) if (name := cluster_name(number)) not in used)
    for group in new:
        before = [
            cluster for cluster in old if cluster.members[0] in group.members and cluster.id not in taken
        ]
        name = max(before, key=lambda cluster: len(cluster.members)).id if before else next(fresh)
        taken.add(name)
        named.append(Cluster(name, group.members))
    return tuple(named)


def separating(
    checker: str, left: Mapping[str, Outcome], right: Mapping[str, Outcome], inputs: Sequence[CaseInput]
) -> list[CaseInput]:
    """Those ``inputs`` on which two survivors differ: both ended well first, then the smallest."""
    met = (i for i in inputs if i.id in left and i.id in right)
    return sorted(
        (i for i in met if not same_output(checker, left[i.id], right[i.id])),
        key=lambda i: (not (left[i.id].ended_well and right[i.id].ended_well), len(i.text)),
    )


def separating_clusters(state: RunState, left: Cluster, right: Cluster) -> list[CaseInput]:
    """The valid inputs on which the programs that stand for two clusters differ, as :func:`separating` has
    them."""
    first, second = (state.outcomes.get(side.members[0], {}) for side in (left, right))
    return separating(state.problem.checker, first, second, state.valid_inputs)
