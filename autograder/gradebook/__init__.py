"""nbgrader's gradebook, filled by this grader: the only place of the package that imports nbgrader.

`configure` is for an ``nbgrader_config.py``; it imports nothing, as every nbgrader command runs it.
"""

from autograder.gradebook.config import configure

__all__ = ["configure"]
