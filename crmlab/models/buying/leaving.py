"""Whether purchases show that customers leave: what a model with dropout gains over the NBD, against chance."""

from scipy.stats import chi2

LEVEL = 0.05


def dropout_p_value(gain: float) -> float:
    """The chance of a gain in log-likelihood as large as this over the NBD where nobody ever leaves.

    The NBD is the edge of every model with dropout, where the first parameter of dropout (a, s or γ) goes to 0. There
    the second (b, β or δ) means nothing: each of its values makes a test at the boundary of its own, and the search
    takes the largest of all. Twice the gain is then the square of the largest value of a Gaussian process, or 0 where
    all are negative (Davies 1977, Biometrika 64(2); Andrews 2001, Econometrica 69(3), for the boundary). By the number
    of times such a process crosses a level upwards (Davies 1987, Biometrika 74(1), section 2)

        P(2 gain > c) ≤ ½ P(χ²₁ > c) + κ / 2π · P(χ²₂ > c)

    with κ the length of the process's path on the sphere of normalised scores: the angle by which the direction of
    dropout turns. κ = 0, one direction, is the even mix of chi-square with 0 and 1 degree of freedom (Self and Liang
    1987, JASA 82, case 5), which forgets the second parameter and finds dropout too often. κ = π, every direction of
    a half-plane, is the even mix with 1 and 2. In worlds without dropout κ was 1.3 to 2.1 for BG/NBD, 1.6 to 2.6 for
    MBG/NBD and 0.1 to 1.7 for Pareto/NBD, other for other data. So the mix with 1 and 2 is taken for all: it errs on
    the safe side, and asks a gain of 2.57 where 1.4 to 2.4 would do.

    Parameters
    ----------
    gain : float
        Log-likelihood of the model with dropout less that of the NBD, of the same customers.
    """
    statistic = 2 * max(gain, 0.0)
    return float(chi2.sf(statistic, 1) + chi2.sf(statistic, 2)) / 2


def dropout_is_shown(gain: float) -> bool:
    """Whether so large a gain is rarer than 5 % where nobody leaves."""
    return dropout_p_value(gain) < LEVEL
