"""What became of the wrong answers to an exercise, in words: (what must hold, whether it does, what was seen)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from autograder.mutation.campaign import Campaign, Verdict
from autograder.mutation.mistakes import WAY as MISTAKES
from autograder.mutation.mistakes import kind_of
from autograder.mutation.mutant import Mutant

__all__ = ["tell"]

SHOWN = 12
EXAMPLES = 2
MISTAKEN = 4

Told = tuple[str, bool, str]


def tell(campaign: Campaign) -> Iterator[Told]:
    """Who is not killed, what is declared and no longer so, who cannot be told apart, and how many points they keep.

    All but the first two are for information, and are there only where the campaign was thorough.
    """
    yield "every wrong answer loses points", not campaign.survivors, _killed(campaign)
    yield "what is declared equivalent keeps its points", *_declared(campaign)
    if not campaign.thorough:
        return
    yield "how well wrong answers are told apart", True, _told_apart(campaign)
    yield "how well mistakes are told apart", True, _mistakes_apart(campaign)
    yield "points that wrong answers keep before errors are carried forward", True, _spread(campaign)


def _killed(campaign: Campaign) -> str:
    every = len(campaign.killed) + len(campaign.survivors)
    ways = ", ".join(f"{killed} of {killed + survived} {way}" for way, (killed, survived) in campaign.by_way().items())
    seen = f"{len(campaign.killed)} of {every} wrong answers lose points"
    seen += f" ({ways})" if ways else ""
    seen += f"; {len(campaign.equivalent)} equivalent ones declared" if campaign.equivalent else ""
    seen += f"; {campaign.not_loaded} more do not load" if campaign.not_loaded else ""
    if not campaign.survivors:
        return seen
    lines = [seen, "Add a case that tells these from the solution, or declare the key as `equivalent` with the reason:"]
    for one in campaign.survivors[:SHOWN]:
        lines += [f"key: {one.mutant.key}", *one.mutant.shown.splitlines()]
    if len(campaign.survivors) > SHOWN:
        lines.append(f"… and {len(campaign.survivors) - SHOWN} more")
    return "\n".join(lines)


def _declared(campaign: Campaign) -> tuple[bool, str]:
    if campaign.stale:
        return False, "\n".join(["no answer that keeps all points has this key: take it out", *campaign.stale])
    unexplained = [key for key, reason in campaign.declared.items() if not reason.strip()]
    if unexplained:
        return False, "\n".join(["declared without a reason", *unexplained])
    return True, f"{len(campaign.declared)} declared" if campaign.declared else "none declared"


def _told_apart(campaign: Campaign) -> str:
    alike = campaign.alike()
    seen = f"{_pairs(alike)} pairs give the same values"
    return "\n".join(
        [seen, *(f"same values: {' | '.join(one.mutant.key for one in group[:2])}" for group in alike[:EXAMPLES])]
    )


def _mistakes_apart(campaign: Campaign) -> str:
    """Mistakes that nobody can tell apart: those of one name are no matter, as the same is said about both."""
    rules = [one for one in campaign.verdicts if one.mutant.way == MISTAKES]
    if not rules:
        return "none can be made: there is neither a reference nor outputs"
    other = [pair for pair in campaign.same if kind_of(pair[0]) != kind_of(pair[1])]
    seen = (
        f"{len(rules)} mistakes, {len(rules) * (len(rules) - 1) // 2} pairs: {len(campaign.same)} give the same values, "
        f"{len(other)} of them by two names"
    )
    kinds: dict[frozenset[str], tuple[Mutant, Mutant]] = {}
    for one, two in other:
        kinds.setdefault(frozenset((kind_of(one), kind_of(two))), (one, two))
    return "\n".join([seen, *(f"same values: {one.key} | {two.key}" for one, two in list(kinds.values())[:MISTAKEN])])


def _pairs(groups: Sequence[Sequence[Verdict]]) -> int:
    return sum(math.comb(len(group), 2) for group in groups)


def _spread(campaign: Campaign) -> str:
    told = []
    for way in campaign.ways():
        shares = [one.share for one in campaign.killed if one.mutant.way == way]
        least, *quartiles, most = (f"{100 * share:.1f}%" for share in np.quantile(shares, [0, 0.25, 0.5, 0.75, 1]))
        told.append(f"{way}: {least} to {most}, quartiles {', '.join(quartiles)}")
    return "; ".join(told) + (f" (in the {campaign.trials} shortest runs)" if campaign.shortened else "")
