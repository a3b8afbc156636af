"""The tuned numbers of the engine: thresholds, odds, counts and weights that were chosen by measurement.

They are journaled with a run (:class:`~sstar_lsp.engine.run.events.RunStarted`), so an old run can say by
which numbers it was decided, and is judged and resumed by these. Formats, safety limits and what a user sets
are not here.

Sources: "seeds" are the recorded programs for MBPP that other models wrote; "packages" are development
problems with real validators of their inputs (both: docs/design/engine.md). "Not fitted": no measurement of
it is written down.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Policy:
    """Numbers by which a run samples, tests and chooses."""

    # --- belief ---------------------------------------------------------------------------------
    none_of_them: float = 0.5
    """Weight of "no cluster is right" with examples; a program weighs 1. Source: seeds (Brier score)."""
    none_of_them_untested: float = 4.0
    """The same without examples: passing nothing proves nothing. Source: seeds."""
    not_compared: float = 1.75
    """Times as much weighs "no cluster is right" where not one input was compared. Source: likelihood on half
    1 of packages and MBPP, docs/benchmarks.md."""
    calibration_shift: float = 0.21
    """Log-odds added to the leader's … Source: half 0 of six pools, docs/benchmarks.md."""
    calibration_slope: float = 1.0
    """… and by how much its own are multiplied. Source: as ``calibration_shift``."""
    calibration_share: float = 4.2
    """Log-odds more where all samples for a whole program pass the examples than where none does. Source: as
    ``calibration_shift``; for functions it earned nothing."""
    calibration_level: float = 8.0
    """The correction is lessened by the ratio of the second belief to the first, to this power. Source: not
    fitted; level leaders must stay level."""
    calibrates_votes_alone: bool = True
    """That ratio is the one before any duel: what a judge added is not corrected. Source: the correction was fitted
    without a judge; four programs against four were told with 0.93 after a small judge's word."""
    neighbour: float = 30.0
    """A program that differs on a share d of the inputs that it answers in time counts exp(-neighbour d) for
    a cluster: half at 2 in 100. Source: not fitted; seeds cannot tell values between 1 and 30 apart."""
    failing: float = 3.0
    """Nats against a cluster that fails on all inputs (or its share of them) or is slow. Source: seeds."""
    other_answers: float = 2.0
    """Nats against a cluster that answers every example otherwise than shown, where several answers are
    right; on a share of the examples, that share. Source: seeds."""
    brute_force_vote: float = 2.0
    """Nats that a brute-force program can be worth. Source: not fitted; one more voter, never the truth."""
    checker_vote: float = 2.0
    """Nats against a cluster whose output a checker written by a model refuses on all inputs where it takes
    another's. Source: not fitted, as ``brute_force_vote``."""

    # --- legality of inputs -----------------------------------------------------------------------
    legal_by_format: float = 50.0
    """Odds that an input of a wholly known format is legal. Source: packages, 560 of 560 were."""
    legal_otherwise: float = 1.2
    """The same of other made inputs that no rule rejects. Source: packages, 0.54 were."""
    refused: float = 25.0
    """Divides the odds of a refused input. Source: packages, 39 % of illegal inputs, 1.5 % of legal."""
    crashed: float = 2.0
    """So does each crash that has no other end beside it. Source: packages."""

    # --- the judge --------------------------------------------------------------------------------
    small_billions: float = 4.0
    """Most parameters, by its name, of a small judge. Source: the 1.5B's duels, docs/benchmarks.md."""
    able_judges: float = 0.4
    """Share of judges of unknown size that are anything between a coin and perfect, all alike. Source:
    docs/design/engine.md, "What a judge is worth"."""
    able_small_judges: float = 0.05
    """The same of small ones. Source: the same; the 1.5B was right 2 times of 6 if both orders agreed."""
    coin: int = 8
    """Other judges are right with (1 + u) / 2, u from Beta(1, coin): 0.56 on average. Source: the same."""
    able_billions: float = 3.0
    """Most parameters of a model that is not able. Source: docs/configuration.md, "What auto means"."""
    usable_form: float = 0.65
    """Probability that a verdict of both orders is right, below which a form of question is not used. Source:
    not fitted; better than a coin."""
    good_judge: float = 0.8
    """From here on a judge may be asked about more clusters, and on more inputs. Source: not fitted."""
    settled_for_a_good_judge: float = 0.98
    """Share of all belief from which a good judge is asked no more; others stop at ``solve.confidence``. Source: a
    scripted judge that is right nine times of ten, docs/benchmarks.md."""
    verdicts: int = 3
    """Inputs on which a good judge may decide between two programs. Source: not fitted; least majority."""
    exam_agreed: float = 2.0
    """Added to the duels of an exam in which both orders agreed. Source: not fitted; a weak prior."""
    exam_right: float = 1.2
    """Added to the right ones: at first an agreed verdict is right with 0.6. Source: as ``exam_agreed``."""
    most_trusted: float = 0.95
    """A judge is never believed more. Source: duels of the exam are easier than real ones."""
    tournament: int = 8
    """Clusters in play where the judge is good. Source: not fitted; right programs may be rare."""

    # --- sampling and repair ----------------------------------------------------------------------
    enough_survivors: int = 2
    """First attempts that survive, at least, where failing ones are not repaired: one has nothing to be
    compared with. Source: docs/design/engine.md, "What is debugged"."""
    enough_share: float = 0.25
    """And at least this share of all samples. Source: as ``enough_survivors``."""
    fresh_start_round: int = 3
    """From this round on an able model writes anew instead of repairing. Source: arXiv 2506.18403."""

    # --- test inputs ------------------------------------------------------------------------------
    quiet_waves: int = 2
    """Waves in a row without a new split after which no more are made. Source: not fitted."""
    enough_inputs: int = 4
    """Valid inputs that make asking a model for more unnecessary. Source: not fitted."""
    confirmations: int = 3
    """Times that a batch may be found wrong before its outcomes are taken. Source: not fitted."""
    screening_batch: int = 80
    """Further inputs that are run together to split programs which have agreed so far. Source: not fitted."""
    screening_batches: int = 6
    """Such batches, at most. Source: as ``screening_batch``."""
    quiet_batches: int = 2
    """So many batches in a row without a new split end it. Source: as ``screening_batch``."""
    screening_s: float = 1.0
    """CPU seconds that the programs may take for them together. Source: not fitted."""
    enumerated_inputs: int = 10_000
    """Legal inputs of a problem, at most, to be run all. Source: four of 213 problems have so few, the most
    7,983; docs/benchmarks.md."""
    enumerated_s: float = 5.0
    """CPU seconds that the programs may take for them together. Source: 2,000 inputs took six programs in
    Python 0.3."""
    listed_inputs: int = 8
    """Inputs asked for in one list. Source: not fitted."""
    pair_inputs: int = 3
    """Inputs asked for to separate one pair of programs. Source: not fitted."""
    minimize_rounds: int = 8
    """Most kept reductions of a distinguishing input. Source: not fitted; a bound on executions."""
    minimize_tries: int = 14
    """Smaller inputs tried in such a round, both programs each. Source: not fitted; a bound on executions."""
    brute_force_inputs: int = 24
    """Inputs that a brute force meets, the smallest first. Source: not fitted."""
    checker_inputs: int = 12
    """Distinguishing inputs that a checker written by a model judges. Source: not fitted."""
    validators: int = 3
    """Validators asked for; the majority of the believed decides. Source: not fitted; least majority."""
    bounds_refused: float = 0.75
    """A believed validator refuses this share of examples with a broken bound. Source: not fitted."""

    doubting_programs: int = 3
    """Different programs that agree against an example make its reading doubted. Source: not fitted."""
    doubting_share: float = 0.75
    """And at least this share of all that ran well on it. Source: not fitted."""

    # --- speed ------------------------------------------------------------------------------------
    racers: int = 4
    """Different programs of a cluster that meet large inputs. Source: not fitted; a bound on time."""
    clearly_slower: float = 3.0
    """Times as slow as the fastest, to be passed over for it … Source: not fitted."""
    outran: float = 3.0
    """Times as slow as programs of other clusters, and above the statement's own limit, is too slow; 0: only what
    is stopped is. Source: packages, where four slow programs took 1.5 to 1.7 times the limit; not fitted."""
    noticed_s: float = 0.05
    """… and slower by so many CPU seconds. Source: not fitted."""
    large_s: float = 1.5
    """CPU seconds on large inputs after which a program meets no further one. Source: not fitted."""


POLICY = Policy()
"""The numbers of today: what a new run goes by."""
POLICY_OF_OLD_JOURNALS = Policy(
    calibration_shift=0.0,
    calibration_slope=1.0,
    calibration_share=0.0,
    calibrates_votes_alone=False,
    settled_for_a_good_judge=0.5,
    enumerated_inputs=0,
    outran=0.0,
)
"""The numbers of journals that do not tell theirs; what changes above is kept here."""
