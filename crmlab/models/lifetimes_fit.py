"""Parameters found by the `lifetimes` package, which is loaded only when a model is fitted and leaves no trace.

Its optimum is a starting point for ours: it is the mean log-likelihood of rescaled time to about four digits, and
its covariance is wrong off the diagonal, so likelihood and standard errors are computed here.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Vector = NDArray[np.float64]

OPTION = "mode.chained_assignment"  # what lifetimes sets when it is imported


def beta_geometric_start(name: str, x: Vector, t_x: Vector, T: Vector, weights: Vector) -> Vector | None:
    """Logarithms of r, α, a and b of the model `name`, or None where `lifetimes` does not converge."""
    with _undisturbed():
        import lifetimes  # noqa: PLC0415 - loading it takes a second and changes settings

        fitters = {"BG/NBD": lifetimes.BetaGeoFitter, "MBG/NBD": lifetimes.ModifiedBetaGeoFitter}
        return _logarithms(fitters[name](), x, t_x, T, weights=weights)


def gamma_gamma_start(x: Vector, mean_value: Vector, weights: Vector) -> Vector | None:
    """Logarithms of p, q and γ, or None where `lifetimes` does not converge."""
    with _undisturbed():
        from lifetimes import GammaGammaFitter  # noqa: PLC0415 - loading it takes a second and changes settings

        return _logarithms(GammaGammaFitter(), x, mean_value, weights=weights)


def _logarithms(fitter: Any, *data: Vector, weights: Vector) -> Vector | None:
    from lifetimes.utils import ConvergenceError  # noqa: PLC0415 - as above

    try:
        fitter.fit(*data, weights=weights)
    except (ConvergenceError, np.linalg.LinAlgError):
        return None
    found = np.log(np.asarray(fitter.params_, dtype=np.float64))
    return found if np.isfinite(found).all() else None


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Warning filters, the one option of pandas it sets and the screen are afterwards what they were before."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        with pd.option_context(OPTION, pd.get_option(OPTION)):
            yield
