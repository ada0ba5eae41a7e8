"""Which model of spending to plan with: what the test of independence says, and whether the hold-out objects."""

from crmlab.analyses.value.fits import Fit
from crmlab.analyses.value.holdout import HoldOut
from crmlab.language import interval, number, percent, tr

TINY = 0.001  # a chance below it is said as such


def settled(fit: Fit, checked: HoldOut) -> Fit:
    """`fit` with the model of spending to plan with.

    Where independence is rejected that is the dependent one, unless the hold-out showed, beyond chance, that it
    foresees worse.
    """
    return fit.with_independent_spend() if fit.dependent and checked.spend_worse else fit


def spend_claim(fit: Fit, checked: HoldOut) -> str:
    """Whether spend depends on frequency, by the likelihood-ratio test, and which model is used."""
    test = fit.independence
    if test is None and not fit.usable:
        return tr("No model of spending is used below.")
    if test is None:
        return tr("Whether spend depends on frequency could not be tested, so it is taken not to.")
    values = {
        "p": chance(test.p_value),
        "delta": number(test.elasticity.value),
        "interval": interval(test.elasticity.low, test.elasticity.high, number, test.elasticity.level),
    }
    if not test.rejected():
        return tr(
            "Within the model of spending, that it is independent of frequency is not rejected (likelihood-ratio test, "
            "{p}; elasticity {delta}{interval}), and the forecast takes it to be so.",
            **values,
        )
    doubled = 2**test.elasticity.value - 1
    values["doubled"] = tr("{share} more", share=percent(doubled))
    if doubled < 0:
        values["doubled"] = tr("{share} less", share=percent(-doubled))
    said = tr(
        "Within the model of spending, independence of frequency is rejected (likelihood-ratio test, {p}): who buys "
        "again twice as often spends {doubled} each time, an elasticity of {delta}{interval}.",
        **values,
    )
    return f"{said} {_used(fit, checked)}"


def chance(p_value: float) -> str:
    """A p-value for a sentence, with its name; a tiny one as below a bound."""
    return tr("p below {least}", least=number(TINY, 3)) if p_value < TINY else tr("p = {p}", p=number(p_value, 3))


def _used(fit: Fit, checked: HoldOut) -> str:
    if not fit.usable or checked.verdict in ("loses", "no_model"):
        return tr("No model of spending is used below.")
    if fit.dependent_spending is None:
        return tr("The model that allows for it could not be used, so the forecast takes spend to be independent.")
    if checked.spend_worse:
        return tr(
            "On the hold-out, however, the model that allows for it foresaw revenue worse, beyond chance, so the "
            "forecast takes spend to be independent."
        )
    return tr(
        "The forecast uses the model that allows for it; what the other one would say is among the settings varied "
        "below."
    )
