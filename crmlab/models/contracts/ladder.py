"""Models of the same contracts side by side, each with one parameter more: whether the richer one is worth it."""

import numpy as np
import pandas as pd
from scipy.stats import chi2

from crmlab.errors import ParameterError
from crmlab.models.contracts.base import ContractModel

ORDER = ("geometric", "sBG", "BdW")  # each is the next one with a parameter at a special value


def ladder(*models: ContractModel) -> pd.DataFrame:
    """One row a model, the simplest first, with a likelihood-ratio test of each against the one above it.

    The geometric model is the sBG with α, β → ∞, a boundary, so that its test has half the p-value of chi-square with
    one degree of freedom (Self and Liang 1987, case 5); the sBG is the BdW with c = 1, where it is the usual one.

    Parameters
    ----------
    models : ContractModel
        Two or more of geometric, sBG and BdW, fitted to the same customers.

    Returns
    -------
    DataFrame
        `model`, `parameters` (how many), `log_likelihood`, `aic`, `bic` (with the number of customers), `ratio` (twice
        the gain in log-likelihood over the row above, NaN in the first) and `p`.

    Raises
    ------
    ParameterError
        If there are fewer than two models, a model stands twice, or they were fitted to other numbers of customers or
        periods.
    """
    rows = sorted(models, key=lambda model: ORDER.index(model.name))
    same = {(model.n_customers, model.observed, model.time_unit) for model in models}
    if len({model.name for model in models}) < max(len(models), 2) or len(same) > 1 or models[0].n_customers == 0:
        raise ParameterError("a ladder takes two or three different models fitted to the same customers and periods")
    table = pd.DataFrame(
        {
            "model": [model.name for model in rows],
            "parameters": [len(model.parameters) for model in rows],
            "log_likelihood": [model.log_likelihood for model in rows],
        }
    )
    table["aic"] = 2 * table["parameters"] - 2 * table["log_likelihood"]
    table["bic"] = table["parameters"] * np.log(models[0].n_customers) - 2 * table["log_likelihood"]
    table["ratio"] = (2 * table["log_likelihood"].diff()).clip(lower=0)
    more = table["parameters"].diff()
    # The even mix of chi-squares with one degree of freedom fewer and as many, where the row above is geometric.
    at_boundary = table["model"].shift() == ORDER[0]
    usual, fewer = (
        chi2.sf(table["ratio"], more),
        np.where(more > 1, chi2.sf(table["ratio"], (more - 1).clip(lower=1)), 0),
    )
    table["p"] = np.where(at_boundary, (usual + fewer) / 2, usual)
    table.loc[at_boundary & (table["ratio"] == 0), "p"] = 1.0
    return table
