"""From what a student's code gave to what went wrong: the first broken links, their mistakes, and what follows from them.

Parts are taken in the order in which a student works. A part that is not right is computed again from the student's own
values before it: if that is what the student has, it follows, and keeps its points. Else it is a broken link, and its
mistake is looked for; a mistake that was found is held to be made wherever the same code runs again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.diagnosis.attempt import Attempt, Verdicts
from autograder.diagnosis.candidate import Candidate, agrees
from autograder.diagnosis.lab import Lab
from autograder.diagnosis.search import Search
from autograder.sandbox.runner import Outcomes
from autograder.trials import Exam

__all__ = ["Explained", "Verdicts", "explain", "roots"]

GIVEN_UP = 5
"""After so many broken links without a name no more are looked for: each costs up to half a second, and noise has none."""

ONE_FUNCTION = ("heads_order",)
"""Mistakes that are made in a function of the student's which all places call: whoever makes them again makes the same one."""


@dataclass(frozen=True)
class Explained:
    """What is known about a name that is not right.

    ``carried`` are the trials (by number) in which it follows rightly from values before it. ``mistake`` is its own, or
    the one that it ``repeats`` from an earlier part. ``follows`` are the parts whose values it follows from. A ``dead``
    value is made of wrong ones that say nothing, and nothing is gone on from it.
    """

    carried: frozenset[int] = frozenset()
    mistake: Candidate | None = None
    follows: tuple[str, ...] = ()
    repeats: str = ""
    dead: bool = False

    @property
    def broken(self) -> bool:
        """Whether the name is a broken link itself."""
        return not self.follows and not self.repeats


def explain(exam: Exam, outcomes: Outcomes, verdicts: Verdicts) -> dict[str, Explained]:
    """What is known about each name (part or watched) that has wrong values in some trial."""
    if exam.loaded.exercise.reference is None and exam.loaded.exercise.outputs is None:
        return {}
    return _Diagnosis(Attempt(exam.once(Lab), outcomes, verdicts)).run()


def roots(name: str, explained: Mapping[str, Explained]) -> list[str]:
    """The broken links that a name follows from, or whose mistake it repeats, in order."""
    known = explained.get(name)
    if known is None or known.broken:
        return []
    before = (known.repeats,) if known.repeats else known.follows
    known_before = [one for one in before if one in explained]
    found = [root for one in known_before for root in ([one] if explained[one].broken else roots(one, explained))]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class _Found:
    """A mistake that is held to be made, and the part that it was found at."""

    part: str
    candidate: Candidate


class _Diagnosis:
    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.lab, self.exam = attempt.lab, attempt.exam
        self.names, self.runs = attempt.names, attempt.runs
        self.found: list[_Found] = self._stuck()
        self.explained: dict[str, Explained] = {}
        self.search = Search(attempt)

    def _go_on(self, name: str, known: Explained) -> None:
        """From here on, go on from the wrong values of a name, where they say something.

        Each value must say something itself in every generic case; where it does, only zeros say nothing elsewhere. What
        follows rightly from other wrong values, or has a mistake that is known, is understood: it is gone on from unless it
        is zero in all of a tier. What costs no points anywhere is not (see `Attempt.counts`).
        """
        understood = not known.broken or (known.mistake is not None and known.mistake.mistake != "no_answer")
        wrong = [run for run in self.runs if name in run.wrong]
        telling = {run.number for run in wrong if self.attempt.says_something(run, name)}
        generic = {run.number for run in wrong if run.trial.tier == "generic" and run.trial.variant == "plain"}
        if understood:
            values = [(run.trial.tier, run.actual[name]) for run in self.runs if name in run.actual]
            shown = {tier for tier, value in values if np.isfinite(value).all() and value.any()}
            telling = {run.number for run in wrong if run.trial.tier in shown} if "generic" in shown else set()
        elif not generic <= telling:
            telling = set()
        elif generic:
            telling |= {run.number for run in wrong if run.trial.tier != "generic" and run.actual[name].any()}
        for run in wrong:
            run.to_come.pop(name, None)
            if (
                not known.dead
                and self.attempt.counts(name)
                and run.number in telling
                and self.attempt.usable(run, name)
            ):
                run.own[name] = run.actual[name]

    def run(self) -> dict[str, Explained]:
        free: list[str] = []
        for name in self.names:
            if not any(name in run.wrong for run in self.runs):
                continue
            self.explained[name] = known = self._explain(name)
            if known.broken:
                self.attempt.broken.add(name)
            for one in [*free, name]:  # what has cost nothing so far may cost something by now
                self._go_on(one, self.explained[one])
            free = [one for one in [*free, name] if not self.attempt.counts(one)]
        for name, known in self.explained.items():
            if known.broken and known.mistake is None:  # it may be made by a mistake that was found after it
                self.attempt.forget(name)
                self.explained[name] = self._repeated(name, known.carried) or known
        return self.explained

    def _explain(self, name: str) -> Explained:
        """A value that is right from those before it follows; one that a known mistake explains repeats it."""
        if all(run.trial.variant != "plain" for run in self.runs if name in run.wrong):
            return self._of_state(name)
        carried = self._following(name)
        if self._enough(name, carried):
            return Explained(self._all(name, carried), follows=self._sources(name))
        repeated = self._repeated(name, carried)
        if repeated is not None:
            return repeated
        nothing = self._from_nothing(name)
        if nothing is not None:
            return nothing
        candidate = None
        if self._unnamed() < GIVEN_UP:
            candidate = self.search.mistake(name, [one.candidate for one in self.found])
        if candidate is None:
            return Explained(carried)
        for one in self.found:
            same = (one.candidate.mistake, one.candidate.how) == (candidate.mistake, candidate.how)
            line = one.candidate.mistake == candidate.mistake and (
                one.candidate.sites & candidate.sites or candidate.mistake in ONE_FUNCTION
            )
            again = one.part in self.attempt.earlier(name) or set(self.attempt.earlier(one.part)) & set(
                self.attempt.earlier(name)
            )
            if line:
                self.found.append(_Found(one.part, candidate))
                explained = carried | self._carried(name, [candidate])
                return Explained(self._all(name, explained), candidate, repeats=one.part)
            if same and again and candidate.mistake in ("other_call", "low_precision"):
                everywhere = frozenset(
                    run.number for run in self.runs if name in run.wrong and self.attempt.usable(run, name)
                )
                return Explained(self._all(name, everywhere), candidate, repeats=one.part)
        if name in self.exam.loaded.exercise.points:
            self.found.append(_Found(name, candidate))
        return Explained(frozenset(), candidate)

    def _following(self, name: str) -> frozenset[int]:
        """The trials in which a name follows from values before it.

        Mistakes that were found and are in other steps change nothing here, and later names are asked for with them in
        place: with them it is computed first, so that the reference runs once for both.
        """
        found = [one.candidate for one in self.found if one.candidate.changes]
        if found and all(candidate.touches and name not in candidate.touches for candidate in found):
            carried = self._carried(name, found)
            if self._enough(name, carried):
                return carried
        return self._carried(name, [])

    def _unnamed(self) -> int:
        """How many broken links have been looked at in vain."""
        return sum(known.broken and known.mistake is None for known in self.explained.values())

    def _of_state(self, name: str) -> Explained:
        """A value that is wrong only in a call after another one: the first part that shows it stands for all."""
        wrong = [run for run in self.runs if name in run.wrong]
        doubled = all(
            (expected := self.lab.expected(run.trial.case, name)) is not None
            and agrees(run.actual[name], expected, 2 * expected.value)
            for run in wrong
            if run.trial.variant == "again"
        )
        again = any(run.trial.variant == "again" for run in wrong)
        if all(run.trial.variant == "strided" for run in wrong):
            return Explained()
        candidate = Candidate(
            "accumulated" if again and doubled else "other_call",
            "wrong in a second call",
            {"earlier": "an earlier call"},
        )
        for other, known in self.explained.items():
            if known.mistake is not None and known.mistake.how == candidate.how and not known.repeats:
                shown = [run for run in wrong if np.isfinite(run.actual[name]).all() and run.actual[name].any()]
                return Explained(frozenset(run.number for run in shown), known.mistake, repeats=other)
        return Explained(mistake=candidate)

    def _repeated(self, name: str, carried: frozenset[int]) -> Explained | None:
        """What is known when a mistake that was found elsewhere explains a name as well."""
        for known in self._known():
            again = carried | self._carried(name, [one.candidate for one in known])
            if self._enough(name, again):
                first = known[-1]
                if first.candidate.mistake == "no_answer" and self.attempt.updated(name) in first.candidate.later:
                    return Explained(mistake=first.candidate)
                if first.candidate.step and name in first.candidate.touches and self.attempt.is_updated(name):
                    return Explained(mistake=first.candidate)  # no parameter's step follows from that of another
                return Explained(self._all(name, again), first.candidate, repeats=first.part)
        return None

    def _stuck(self) -> list[_Found]:
        """Parameters that are never moved: what comes of that is known before anything else is looked for."""
        stuck = [one for one in self.lab.inputs(self.lab.cases[0]) if self.attempt.is_stuck(one)]
        what = f"{', '.join(stuck)} never moved"
        later = dict.fromkeys(stuck, lambda gradient, _: gradient * 0)
        return [
            _Found(name, Candidate("no_answer", what, {"what": f"{self.attempt.updated(name)} itself"}, later=later))
            for name in self.names
            if self.attempt.updated(name) in stuck
        ][:1]

    def _from_nothing(self, name: str) -> Explained | None:
        """What is known of a value that is made of wrong ones that say nothing: it has no mistake of its own.

        It earns nothing either, unless something else that it is made of does say something.
        """
        before = set(self.exam.sources.get(name, []))
        shapes = any(not self.attempt.has_shape(run, name) for run in self.runs if name in run.wrong)
        if shapes and any(self.attempt.unusable(run, source) for run in self.runs for source in before):
            return Explained(dead=True)
        # Where every wrong value before it is gone on from, it would have been found to follow.
        if all(other in run.own for run in self.runs for other in run.wrong & self.explained.keys() - {name}):
            return None
        for known in ([], *self._known()):
            carried = self._from_all(name, [one.candidate for one in known])
            if self._enough(name, carried):
                break
        else:
            return None
        # A step of the network starts from one value; an update, or what is computed after it, from several.
        if name not in self.exam.traced and any(not self._says_nothing(source) for source in before):
            return Explained(self._all(name, carried), follows=self._sources(name))
        return Explained(dead=True)

    def _from_all(self, name: str, mistakes: Sequence[Candidate]) -> frozenset[int]:
        """The trials in which a value is made of all before it, whether they say something or not."""
        found = set()
        for run in self.runs:
            if name not in run.wrong or not run.trial.case.diagnosed:
                continue
            own = {n: run.actual[n] for n in self.exam.loaded.exercise.points if n in run.wrong and n != name}
            own = {n: value for n, value in own.items() if self.attempt.usable(run, n)} | run.own
            if self.attempt.gives(name, replace(run, own=own, to_come={}), mistakes):
                found.add(run.number)
            elif run.trial.variant == "plain" and run.trial.tier == "generic":
                break
        return frozenset(found)

    def _says_nothing(self, name: str) -> bool:
        """Whether a name has wrong values from which nothing is gone on."""
        return name in self.explained and not any(name in run.own for run in self.runs)

    def _all(self, name: str, carried: frozenset[int]) -> frozenset[int]:
        """Trials in which a name follows, with those of cases in which nothing is looked for."""
        wrong = [run for run in self.runs if name in run.wrong]
        values = [(run, run.trial.tier) for run in self.runs if name in run.actual and run.actual[name].any()]
        showing = {tier for run, tier in values if tier != "generic" or name in run.wrong}
        unseen = {r.number for r in wrong if not r.trial.case.diagnosed and np.isfinite(r.actual[name]).all()}
        unseen = {number for number in unseen if self.attempt.has_shape(self.runs[number], name)}
        # Zeros show nothing where there is nothing else in a whole tier; in generic cases, nothing else that is wrong: the
        # right values of public ones may be known by heart.
        return frozenset(number for number in carried | unseen if self.runs[number].trial.tier in showing)

    def _known(self) -> Iterator[list[_Found]]:
        """The mistakes found so far, one by one and all together."""
        usable = [one for one in self.found if one.candidate.changes]
        yield from ([one] for one in usable)
        if len(usable) > 1:
            yield usable

    def _carried(self, name: str, candidates: Sequence[Candidate]) -> frozenset[int]:
        """The trials in which a wrong value is what a right step makes of the values before it."""
        carried = set()
        for run in self.runs:
            if name not in run.wrong or not run.trial.case.diagnosed:
                continue
            if self.attempt.gives(name, run, candidates):
                carried.add(run.number)
            elif run.trial.variant == "plain" and run.trial.tier == "generic":
                break
        return frozenset(carried)

    def _enough(self, name: str, carried: frozenset[int]) -> bool:
        """Whether a name follows in every generic case in which it is wrong; that it is wrong at all is known."""
        told = [
            run.number
            for run in self.runs
            if name in run.wrong and self.attempt.looked_at(run) and run.trial.tier == "generic"
        ]
        return bool(carried) and all(number in carried for number in told)

    def _sources(self, name: str) -> tuple[str, ...]:
        """The nearest parts before a name that are not right themselves."""
        broken = tuple(source for source in self.exam.sources.get(name, []) if source in self.explained)
        if broken:
            return broken
        before = [other for other in self.explained if other in self.exam.loaded.exercise.points and other != name]
        endings = {name[len(earlier) :] for earlier in self.attempt.earlier(name)}
        same_call = [other for other in before if any(other.endswith(ending) for ending in endings)]
        return tuple(same_call or before)[:1]
