"""The survivors that Fader and Hardie published, of 1,000 customers a year after another."""

import pytest

# Fader and Hardie (2007), Journal of Interactive Marketing 21(1), table 1: percentages of 1,000 customers, 12 years.
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394)
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173)


@pytest.fixture(scope="session")
def high_end() -> tuple[int, ...]:
    return HIGH_END


@pytest.fixture(scope="session")
def regular() -> tuple[int, ...]:
    return REGULAR
