# This course in nbgrader. A course that has a configuration of its own gains the grader with the last three lines.
from pathlib import Path

c = get_config()

c.CourseDirectory.course_id = "backpropagation"

from autograder.gradebook import configure

configure(c, course=Path(__file__).parent)
