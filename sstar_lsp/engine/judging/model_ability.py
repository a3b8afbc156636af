"""Which steps a model is able enough for, and in which forms it judges.

Its exam counts (:mod:`sstar_lsp.engine.judging.exam`), else the size in its name. A model with neither counts
as tiny, because these steps are paid before anybody sees whether they help; so does one whose name says it is
tiny.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sstar_lsp.engine.run.events import Dueled, Role
from sstar_lsp.engine.run.policy import POLICY, Policy
from sstar_lsp.engine.run.state import RunState
from sstar_lsp.records import FormExam, JudgeExam, JudgeForm
from sstar_lsp.settings import Use

_PARAMETERS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)b(?![a-z\d])", re.IGNORECASE)


def billions_of(model: str) -> float | None:
    """Parameters that the name of a model speaks of, as in ``qwen2.5-coder-1.5b-instruct``; None: of none."""
    found = _PARAMETERS.search(model)
    return float(found[1]) if found is not None else None


def examined(exam: FormExam, policy: Policy = POLICY) -> float:
    """Probability that a verdict of both orders is right, by an exam in that form."""
    right = (exam.agreed_right + policy.exam_right) / (exam.agreed + policy.exam_agreed)
    return min(policy.most_trusted, right)


def is_usable(exam: FormExam, policy: Policy = POLICY) -> bool:
    """Whether a form is worth its tokens: verdicts hold in both orders, and better than a coin's."""
    return 4 * exam.agreed >= exam.answers // 2 and examined(exam, policy) >= policy.usable_form


def usable_forms(exam: JudgeExam, policy: Policy = POLICY) -> tuple[JudgeForm, ...]:
    """Forms in which this judge beats a coin, the cheapest first; a dearer one only if it is better."""
    best, found = 0.0, []
    for form in JudgeForm:
        done = exam.of(form)
        if done is not None and is_usable(done, policy) and examined(done, policy) > best:
            best = examined(done, policy)
            found.append(form)
    return tuple(found)


def exam_of(state: RunState, role: Role) -> JudgeExam | None:
    """The exam of the model in a role, where one was made before the run began."""
    return state.started.exams.get(role.value) if state.started is not None else None


def forms_of(state: RunState) -> tuple[JudgeForm, ...]:
    """Forms in which the run's judge is asked, in order; none: by its exam it is not worth asking."""
    if state.settings.judge_sees_programs:
        return (JudgeForm.PROGRAMS,)
    exam = exam_of(state, Role.JUDGE)
    return (JudgeForm.OUTPUTS,) if exam is None else usable_forms(exam, state.policy)


def is_of(duel: Dueled, form: JudgeForm, forms: Sequence[JudgeForm]) -> bool:
    """Whether a duel was fought in a form; where there is but one, older journals do not say which."""
    return duel.form is form or len(forms) == 1


def is_tiny(model: str, policy: Policy = POLICY) -> bool:
    """Whether the name of a model says that it has no more than three billion parameters."""
    size = billions_of(model)
    return size is not None and size <= policy.able_billions


def _name_of(state: RunState, role: Role) -> str:
    return state.started.models.get(role.value, "") if state.started is not None else ""


def is_good_judge(state: RunState) -> bool:
    """Whether an exam says that the run's judge, which is no tiny model, is right far more often than not."""
    exam = exam_of(state, Role.JUDGE)
    if exam is None or is_tiny(_name_of(state, Role.JUDGE), state.policy):
        return False
    done = [exam.of(form) for form in forms_of(state)]
    return any(form is not None and examined(form, state.policy) >= state.policy.good_judge for form in done)


def most_verdicts(state: RunState) -> int:
    """Inputs on which the judge may decide between two programs in its last form: one alone unless its exam
    is good.

    A good judge that was wrong once can be outvoted; of a poor one a second verdict is no news.
    """
    return state.policy.verdicts if is_good_judge(state) else 1


def is_able(state: RunState, role: Role) -> bool:
    """Whether the model in a role is more than a tiny one: by its name, and by its exam where it had one."""
    name, exam = _name_of(state, role), exam_of(state, role)
    if exam is not None:
        return not is_tiny(name, state.policy) and bool(usable_forms(exam, state.policy))
    return billions_of(name) is not None and not is_tiny(name, state.policy)


def uses(state: RunState, use: Use, role: Role) -> bool:
    """Whether a step of a run is taken whose setting is ``use``."""
    return use is Use.ON or (use is Use.AUTO and is_able(state, role))
