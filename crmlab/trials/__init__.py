"""What a comparison of two arms says, and what it can see: the one way in which crmlab reckons an effect.

Differences of shares and of means with their intervals (`effects`) · power, the least uplift a test can detect and
the customers it needs (`power`).
"""

from crmlab.trials.effects import (
    difference_of_means,
    difference_of_shares,
    relative_difference_of_means,
    relative_difference_of_shares,
    stratified_difference,
)
from crmlab.trials.power import (
    Detectable,
    detectable,
    detectable_mean,
    needed_for_mean,
    needed_per_arm,
    power_of,
)

__all__ = [
    "Detectable",
    "detectable",
    "detectable_mean",
    "difference_of_means",
    "difference_of_shares",
    "needed_for_mean",
    "needed_per_arm",
    "power_of",
    "relative_difference_of_means",
    "relative_difference_of_shares",
    "stratified_difference",
]
