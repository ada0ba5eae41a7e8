"""The survival of customers whose churn rates are Beta distributed, and its slopes, exact however alike they are.

ln S(x) = ln B(α, β + x) − ln B(α, β). Where customers are nearly alike, α and β are large and the logarithms of Gamma
functions, some 10⁷, would leave no digit of their difference. So differences are taken first, by Stirling's series.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, psi

Vector = NDArray[np.float64]

LARGE = 1e3  # from here on Stirling's series is exact to the last digit


def log_survival(alpha: ArrayLike, beta: ArrayLike, x: ArrayLike) -> Vector:
    """Logarithm of [B(α, β + x) / B(α, β)]; arrays broadcast."""
    a, b, x = (np.asarray(value, dtype=np.float64) for value in (alpha, beta, x))
    # Γ(β + x) Γ(α + β) / [Γ(β) Γ(α + β + x)] is the same with α and x exchanged: the smaller one is the step.
    step, far = np.minimum(a, x), np.maximum(a, x)
    return log_rise(b, step) - log_rise(b + far, step)


def slopes(alpha: ArrayLike, beta: ArrayLike, x: ArrayLike) -> tuple[Vector, Vector, Vector]:
    """Derivatives of `log_survival` with respect to α, β and x."""
    a, b, x = (np.asarray(value, dtype=np.float64) for value in (alpha, beta, x))
    both = psi_rise(a + b, x)
    return -both, psi_rise(b, x) - both, -psi_rise(b + x, a)


def log_rise(z: Vector, x: Vector) -> Vector:
    """Difference ln Γ(z + x) − ln Γ(z)."""
    z, x = np.broadcast_arrays(z, x)
    large = z > LARGE
    found = np.empty(z.shape)
    found[~large] = gammaln(z[~large] + x[~large]) - gammaln(z[~large])
    far, by = z[large], x[large]
    end = far + by
    # (z − ½) ln(1 + x/z) + x ln(z + x) − x, and the terms 1/(12 z) − 1/(360 z³) of both ends
    found[large] = (
        (far - 0.5) * np.log1p(by / far) + by * np.log(end) - by
        - by / (12 * far * end) - (end**-3 - far**-3) / 360
    )  # fmt: skip
    return found


def psi_rise(z: Vector, x: Vector) -> Vector:
    """Difference ψ(z + x) − ψ(z)."""
    z, x = np.broadcast_arrays(z, x)
    large = z > LARGE
    found = np.empty(z.shape)
    found[~large] = psi(z[~large] + x[~large]) - psi(z[~large])
    far, by = z[large], x[large]
    end = far + by
    # ln z − 1/(2 z) − 1/(12 z²) of both ends
    found[large] = np.log1p(by / far) + by / (2 * far * end) + by * (far + end) / (12 * far**2 * end**2)
    return found
