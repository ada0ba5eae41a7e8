"""What leads, stages and activities are drawn from."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class PipelineWorld:
    """The parameters of the pipeline.

    Where nothing is said of a value's source, it is chosen so that a year of a representative holds some twenty
    opportunities, of which about three in ten are won within four months.

    Attributes
    ----------
    leads_per_customer : float
        How many leads come in over the whole window for each customer of the firm.
    growth : float
        By how much of itself the flow of leads has grown from the first day to the last; 0: no trend.
    at_home : float
        The share of leads that is routed to a representative whose home the territory is, where there is one; the
        others go to anybody, by the load each takes.
    load_shape : float
        The shape of the Gamma that the loads are drawn from; the smaller, the more unequal they are.
    called : float
        The share of leads that is called at all.
    hours_median, hours_spread : float
        Hours to the first call are log-normal with this median and this standard deviation of their logarithm.
    hours_after_live : float
        By what the hours are multiplied at branches where CRM is live; 1: no effect of the roll-out.
    hours_uncalled : float
        As what a lead stands that is never called.
    conversion : float
        c, the log odds of a lead called at once, from a source without effect in a territory without ease.
    lost_per_doubling : float
        δ, what each doubling of 1 + hours takes off the log odds; 0: speed has no effect. Oldroyd, McElheran and
        Elkington (2011), Harvard Business Review 89(3), report far more; a smaller loss leaves late calls worth making.
    sources : dict
        What each channel adds to the log odds to become an opportunity; all 0: no effect of the source.
    sources_on_stages : float
        The fraction of it that is added to the log odds to advance.
    advance, days : tuple of float
        Of each stage: the chance to advance, and the mean stay.
    back : float
        The chance to go back a stage.
    days_shape : float
        k, the shape of the Gamma behind the stays.
    amount, amount_spread : float
        Median amount in tomans of the month that prices are compared with, and the standard deviation of its logarithm.
    for_customers : float
        The share of opportunities that are for one of the firm's customers, if already one by then.
    documents, documents_gain : float
        Mean share of what is to be written down, and how much more of it is where CRM is live.
    optimism : float
        What representatives add to the log odds of winning; 0: none.
    spread_plain, spread_documented : float
        The precision (a + b) of the Beta that the stated chance is drawn from, without documents, and what full
        documents add to it.
    activities_a_stay : float
        How many there are on average for each stay in a stage: one, and a Poisson number more.
    kinds : dict
        Shares of the kinds of activities.
    minutes : dict
        Mean minutes of each kind.
    automated, automated_live : float
        The share of letters, quotes and reports the system does, without and with CRM.
    minutes_automated : float
        The fraction of the minutes that an automated one takes where CRM is live; 1: no effect.
    planned, planned_live, in_error, in_error_live : float
        The shares the firm set off, and that had to be done again, without and with CRM.
    deals_of_the_last : int or None
        How many opportunities the last representative has, if that is held to a number.
    """

    SECTION: ClassVar[str] = "pipeline"

    leads_per_customer: float
    growth: float
    at_home: float
    load_shape: float
    called: float
    hours_median: float
    hours_spread: float
    hours_after_live: float
    hours_uncalled: float
    conversion: float
    lost_per_doubling: float
    sources: dict[str, float]
    sources_on_stages: float
    advance: tuple[float, ...]
    days: tuple[float, ...]
    back: float
    days_shape: float
    amount: float
    amount_spread: float
    for_customers: float
    documents: float
    documents_gain: float
    optimism: float
    spread_plain: float
    spread_documented: float
    activities_a_stay: float
    kinds: dict[str, float]
    minutes: dict[str, float]
    automated: float
    automated_live: float
    minutes_automated: float
    planned: float
    planned_live: float
    in_error: float
    in_error_live: float
    deals_of_the_last: int | None
