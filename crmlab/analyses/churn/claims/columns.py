"""What the columns of a score tell, and which of them know the future, in sentences."""

from crmlab.analyses.churn.claims.words import ALPHA, ends, p_value
from crmlab.analyses.churn.features import label
from crmlab.analyses.churn.leakage import Leak
from crmlab.analyses.churn.logit import Nested
from crmlab.analyses.churn.study import Trial
from crmlab.language import count, listed, number, percent, tr


def together_claim(found: Nested | None) -> str:
    """Whether all columns together tell anything."""
    if found is None:
        return tr("A column tells everybody apart, so the model was penalised and no test of it is possible.")
    told = {
        "statistic": number(found.statistic, 1),
        "df": count(found.df),
        "p": p_value(found.p_value),
        "n": count(found.n),
    }
    if found.p_value < ALPHA:
        return tr(
            "Together the columns tell leavers from stayers in the rows learnt from (likelihood ratio {statistic} on "
            "{df} degrees of freedom, p {p}, n = {n}).",
            **told,
        )
    return tr(
        "It is not shown that the columns tell anything at all (likelihood ratio {statistic} on {df} degrees of "
        "freedom, p {p}, n = {n}).",
        **told,
    )


def demographics_claim(found: Nested | None) -> str:
    """What demographics add to history, by the likelihood-ratio test."""
    if found is None:
        return tr("No demographics are held, or no test of them is possible: what they would add is not known.")
    told = {
        "statistic": number(found.statistic, 1),
        "df": count(found.df),
        "p": p_value(found.p_value),
        "n": count(found.n),
    }
    if found.p_value < ALPHA:
        return tr(
            "Demographics add something that history has not said (likelihood ratio {statistic} on {df} degrees of "
            "freedom, p {p}, n = {n}).",
            **told,
        )
    return tr(
        "It is not shown that demographics add anything to history (likelihood ratio {statistic} on {df} degrees of "
        "freedom, p {p}, n = {n}).",
        **told,
    )


def history_claim(found: Nested | None) -> str:
    """What history adds to demographics."""
    if found is None:
        return ""
    told = {"statistic": number(found.statistic, 1), "df": count(found.df), "p": p_value(found.p_value)}
    if found.p_value < ALPHA:
        return tr(
            "History adds something to demographics (likelihood ratio {statistic} on {df} degrees of freedom, p {p}).",
            **told,
        )
    return tr(
        "It is not shown that history adds anything to demographics (likelihood ratio {statistic} on {df} degrees of "
        "freedom, p {p}).",
        **told,
    )


def penalised_claim(of: Trial) -> str:
    """Whether the model had to be penalised, and what was left out of it."""
    said = tr("The model is plain maximum likelihood.")
    if of.model.penalised:
        said = tr("A column tells everybody apart: the model is penalised, and its coefficients have no intervals.")
    if of.model.dropped:
        left = listed(label(name) for name in of.model.dropped)
        said = f"{said} {tr('Left out, because they never vary or follow from others: {names}.', names=left)}"
    return said


def leak_claim(found: Leak) -> str:
    """What a column from an export made too late does to the AUC."""
    honest, leaky = found.honest, found.leaky
    if leaky.value <= honest.value:
        return tr(
            "With one column from an export made when the window was over, the AUC on later customers is "
            "{leaky}{ends}, not above the honest {honest}: this leak does not show in the AUC, and is found only by "
            "its dates.",
            leaky=number(leaky.value, 3),
            ends=ends(leaky),
            honest=number(honest.value, 3),
        )
    return tr(
        "With one column from an export made when the window was over, the AUC on later customers is {leaky}{ends} "
        "instead of {honest}. No hold-out in time objects: the column knows the outcome of these, too.",
        leaky=number(leaky.value, 3),
        ends=ends(leaky),
        honest=number(honest.value, 3),
    )


def replay_claim(table: object) -> str:
    """Which columns change when everything after the first day of the window is deleted."""
    found = table[table["changed"] > 0]  # type: ignore[index]
    n = len(table)  # type: ignore[arg-type]
    if found.empty:
        return tr("Deleting everything after the day changes none of {n} columns.", n=count(n))
    said = listed(
        tr("{name} ({share} of rows)", name=label(one.feature), share=percent(one.changed))
        for one in found.itertuples()
    )
    return tr("Deleting everything after the day changes, of {n} columns, {said}.", n=count(n), said=said)
