"""Searching a submission's source for means other than deriving by hand.

The source is parsed, never run. Only what the graded calls can reach counts: the top level of the student's module, what
a statement of the calls names, and from there every function, method and class whose name is mentioned. So a student's
own ``gradient_check`` with autograd in it is legitimate as long as no graded function mentions it.

This is advice to people and a second line, not a boundary: names are followed through imports, assignments and constant
strings, but source can always hide what it does. In doubt nothing is said here; the guard in the student process sees
what is really called. What does not parse is not searched, since it does not run either; what is too long or too deep to
be searched is a finding itself.
"""

from autograder.byhand.rules import MEANS, TOO_LONG, Finding
from autograder.byhand.search import find_forbidden

__all__ = ["MEANS", "TOO_LONG", "Finding", "find_forbidden"]
