"""What makes the notebooks a course: exercises that check themselves, worlds to be fooled by, the planted truth.

`exercise`: what an exercise asks, its answer and its typical wrong answers · `exercises/`: one module a notebook ·
`judge`: whether a value is the answer · `session`: `begin`, the student's side · `worlds`: `two_worlds`, the
fool-yourself switch · `truth`: what was planted · `blanks`: the notebooks of `notebooks/exercises/` · `key`, `grades`:
the instructor's side · `course`: the course page.
"""

from crmlab.teaching.session import begin
from crmlab.teaching.truth import has_truth, truth
from crmlab.teaching.worlds import two_worlds

__all__ = ["begin", "has_truth", "truth", "two_worlds"]
