"""Every attack of ``tests/attacks`` on a real grading: it achieves nothing, and with its protections off it would."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence

import pytest
from arena import BY_DESIGN, HONEST, POINTS, Attack, Graded, a_class_around, arena, harm, load_attacks

pytestmark = pytest.mark.usefixtures("needs_isolation")

ATTACKS = load_attacks()
ROWS = range(1, 23)
TRIES = 3  # some attacks are a race, against another submission say
TOGETHER: dict[frozenset[str], list[Attack]] = defaultdict(list)
for one in ATTACKS:
    TOGETHER[one.off].append(one)


def test_every_way_in_is_tried_several_times():
    assert len(ATTACKS) >= 70
    by_row = {row: [attack.name for attack in ATTACKS if attack.row == row] for row in ROWS}
    assert {row: names for row, names in by_row.items() if len(names) < 2} == {}
    assert {
        attack.name: attack.expect.keys() ^ POINTS.keys() for attack in ATTACKS if attack.expect.keys() != POINTS.keys()
    } == {}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(False, marks=pytest.mark.xdist_group("attacks"), id="as this user"),
        pytest.param(True, marks=pytest.mark.xdist_group("attacks by an ordinary user"), id="as an ordinary user"),
    ],
)
def graded(request: pytest.FixtureRequest) -> Iterator[Graded]:
    """All attacks and the honest in one class, with every protection."""
    if request.param and os.geteuid() != 0:
        pytest.skip("these tests are run by an ordinary user already")
    with arena() as place:
        yield place.grade(ATTACKS, ordinary=request.param)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_achieves_nothing(graded: Graded, attack: Attack):
    assert harm(attack, graded) == []
    assert graded.statuses(attack.name) == attack.expect


@pytest.mark.xdist_group("attacks with the kernel alone")
def test_the_kernel_alone_holds_where_the_second_lines_are_off():
    """Nobody looks for native code, say, and still it can reach nothing: the boundary is not what can be talked round."""
    attacks = [attack for attack in ATTACKS if not attack.off <= {"guard", "source"}]
    with arena() as place:
        graded = place.grade(attacks, off={"guard", "source"})
        # Who nobody looks at keeps the points of an answer that is right, though not by hand.
        points = {attack.name for attack in attacks if "forbidden" in attack.expect.values()}
        achieved = {
            attack.name: [one for one in harm(attack, graded) if attack.name not in points or " points " not in one]
            for attack in attacks
        }
        left = (graded.processes, graded.outside, graded.temporary, graded.mounts, graded.connections)
    assert {name: found for name, found in achieved.items() if found} == {}
    assert left == ([], [], [], [], [])
    assert {name: graded.raw[name] for name in HONEST} == graded.alone


@pytest.mark.xdist_group("three hundred")
def test_three_hundred_submissions_of_which_every_tenth_is_an_attack():
    """A class that is larger than most. How long a thousand take, and more, is for ``benchmarks/throughput.py`` to say."""
    attackers = ATTACKS[:: len(ATTACKS) // 30][:30]
    honest = a_class_around(attackers)
    with arena() as place:
        graded = place.grade(attackers, honest=honest)
    assert graded.exit_code == 0, graded.said[-3000:]
    assert len(graded.records) == 300
    assert all(len(graded.statuses(name)) == 4 for name in graded.records)
    assert {name: graded.raw[name] for name in honest} == graded.alone
    scores = [sum(e["score"] for e in graded.records[name]["exercises"]) for name in honest]
    assert scores == [(7.0, 5.0, 3.0)[place % 3] for place in range(270)]
    assert {attack.name: harm(attack, graded) for attack in attackers} == {attack.name: [] for attack in attackers}
    left = (graded.processes, graded.outside, graded.temporary, graded.mounts, graded.connections)
    assert left == ([], [], [], [], [])


def test_the_grading_of_attackers_ends_well(graded: Graded):
    assert graded.exit_code == 0, graded.said[-3000:]
    assert "CANARY" not in graded.said
    assert not any(
        "CANARY" in page and name != "index.html" for name, page in graded.pages.items() if "ada" not in name
    )


def test_the_marks_of_the_honest_are_exact_and_as_without_attackers(graded: Graded):
    scores = {name: sum(e["score"] for e in graded.records[name]["exercises"]) for name in HONEST}
    assert scores == {"00-ada": 7.0, "11-bob": 5.0, "zz-zoe": 7.0}
    assert {name: graded.raw[name] for name in HONEST} == graded.alone


def test_attackers_leave_nothing_behind(graded: Graded):
    assert graded.processes == []
    assert graded.outside == []
    assert graded.temporary == []
    assert graded.mounts == []


def test_attackers_reach_no_listener(graded: Graded):
    assert graded.connections == []


@pytest.mark.parametrize("off", TOGETHER, ids=lambda off: " and ".join(sorted(off)))
def test_without_its_protections_an_attack_succeeds(off: frozenset[str]):
    attacks = TOGETHER[off]
    for number in range(TRIES):
        attacks = without_success(attacks, off, alone=number > 0)
        if not attacks:
            break
    assert [attack.name for attack in attacks] == []


def without_success(attacks: Sequence[Attack], off: frozenset[str], *, alone: bool) -> list[Attack]:
    """Those of the attacks that achieve nothing where these protections are off.

    Whether the honest ``alone`` can be graded is only asked where they are not, with the attackers: it takes as long again.
    """
    with arena() as place:
        if off & BY_DESIGN:
            return [attack for attack in attacks if not place.judge_naively(attack)]
        # A second warm process takes seconds: it is for attacks that are races. Those that are waited for are in parallel.
        jobs = max(2, len(attacks)) if "wall" in off else 2 if alone else 1
        graded = place.grade(attacks, off=off, alone=alone, warm=True, jobs=jobs)
    if not alone:
        return without_success(attacks, off, alone=True) if graded.spoilt else survivors(attacks, graded)
    assert graded.sound, f"the grader fails on the honest without {sorted(off)}:\n{graded.said[-3000:]}"
    if graded.spoilt and len(attacks) > 1:
        return [attack for one in attacks for attack in without_success([one], off, alone=True)]
    return survivors(attacks, graded)


def survivors(attacks: Sequence[Attack], graded: Graded) -> list[Attack]:
    """Those that have achieved nothing."""
    return [attack for attack in attacks if not harm(attack, graded)]
