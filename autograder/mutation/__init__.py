"""Wrong answers made on purpose: how many does an exercise let through?

``page`` edits source text; ``rules`` are the slips that spoil a model solution, and ``edits`` makes wrong answers by
them; ``values`` spoils the true values; ``mistakes`` makes those that a diagnosis knows, in the reference; ``campaign``
has the list of these ways, and runs what they make; ``words`` says what became of it.
"""

from autograder.mutation.campaign import GENERATORS, Campaign, Verdict, judge
from autograder.mutation.mutant import Mutant
from autograder.mutation.words import tell

__all__ = ["GENERATORS", "Campaign", "Mutant", "Verdict", "judge", "tell"]
