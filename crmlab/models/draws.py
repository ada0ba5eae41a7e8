"""Parameters as uncertain as a fit left them: draws from the normal distribution of their logarithms."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crmlab.language import tr
from crmlab.models.results import Diagnosis, FittedModel

Vector = NDArray[np.float64]

FURTHEST = np.log(1e9)  # a logarithm beyond it is the tail of a flat likelihood, and would overflow


def parameter_draws(rng: np.random.Generator, model: FittedModel, n_draws: int) -> Mapping[str, Vector]:
    """`n_draws` values of each parameter.

    Asymptotically the logarithms are normal around the estimates with the covariance of the fit. A parameter without a
    standard error (at its boundary, or of a fit whose curvature defines no covariance) keeps its estimate.
    """
    values = np.array(list(model.params.values()))
    free = np.flatnonzero(np.isfinite(model.standard_errors.to_numpy()))
    logarithms = np.tile(np.log(values), (n_draws, 1))
    covariance = model.covariance.to_numpy()[np.ix_(free, free)] / np.outer(values[free], values[free])
    # Drawn even where nothing is free, so that the next draws do not depend on it.
    standard = rng.standard_normal((n_draws, values.size))[:, : free.size]
    logarithms[:, free] += standard @ _root(covariance).T
    drawn = np.exp(np.clip(logarithms, -FURTHEST, FURTHEST))
    return dict(zip(model.params, drawn.T, strict=True))


def fixed_parameters(model: FittedModel) -> Diagnosis | None:
    """What to say of a model whose parameters have no covariance, or None."""
    if np.isfinite(model.standard_errors).any():
        return None
    sentence = tr(
        "How uncertain the model's parameters are cannot be computed from the data. The intervals of the forecast take "
        "them as known, and are too narrow."
    )
    return Diagnosis(kind="parameters_fixed", sentence=sentence, serious=True)


def _root(covariance: Vector) -> Vector:
    """A matrix whose product with its transpose is `covariance`; rounding may leave eigenvalues just below zero."""
    eigenvalues, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(eigenvalues, 0)))
