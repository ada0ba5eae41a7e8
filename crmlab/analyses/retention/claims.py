"""What was found about retention, as sentences made from the numbers.

A sentence says what the interval allows: in data without the effect it says that there is none. With `interval=True`
it names the interval too; a finding shows it beside the sentence.
"""

from crmlab.analyses.retention.loss import Definitions
from crmlab.analyses.retention.second import SecondPurchase
from crmlab.analyses.retention.tenure import Improvement, TenureRetention
from crmlab.analyses.retention.triangle import MANY_TIMES, CohortComparison, Cohorts
from crmlab.estimate import Estimate
from crmlab.language import count, listed, number, percent, points, tr, trn
from crmlab.language import interval as spoken_interval

SIGNIFICANT = 0.05
LEAST_CLIFF = 0.05
"""A fall on one day by this share of all customers or more is called a cliff."""


def second_purchase_claim(found: SecondPurchase, *, interval: bool = False) -> str:
    """How many come back, by when, and what is left open."""
    return tr(
        "{share}{interval} of customers buy a second time within {days} days of their first purchase.",
        share=percent(found.within.value),
        interval=_interval(found.within, interval),
        days=count(found.days),
    )


def half_back_claim(found: SecondPurchase) -> str:
    """By when half have bought again, where that was reached."""
    day, _, _ = found.curve.day_when(0.5)
    if day is None:
        return tr(
            "Within the {days} days that anyone was followed, fewer than half bought again.",
            days=count(found.curve.last_day),
        )
    return tr("Half of the customers have bought again after {days} days.", days=count(day))


def overdue_claim(found: Definitions, *, interval: bool = False) -> str:
    """How many are beyond a limit of their own now."""
    now = found.own.now
    return tr(
        "{late} of {n} customers, {share}{interval}, have been silent for longer than a limit of their own, which "
        "{quantile} of the gaps of a customer of their pace keep (for who bought once: of second purchases).",
        late=count(now.value * now.n),
        n=count(now.n),
        share=percent(now.value),
        interval=_interval(now, interval),
        quantile=percent(found.quantile, 0),
    )


def mislabelled_claim(found: Definitions, *, interval: bool = False) -> str:
    """What one gap for all does to slow buyers, and to fast ones."""
    wrong = found.mislabelled
    if wrong is None:
        return tr("With one gap of {days} days nobody is called lost.", days=count(found.churn_gap_days))
    told = tr(
        "One gap of {days} days calls {lost} customers lost; {within} of them, {share}{interval}, are still within a "
        "limit of their own.",
        days=count(found.churn_gap_days),
        lost=count(found.called_lost),
        within=count(wrong.value * wrong.n),
        share=percent(wrong.value),
        interval=_interval(wrong, interval),
    )
    missed = trn(
        found.overdue_unseen,
        "It does not see {n} customer who is already beyond a limit of their own.",
        "It does not see {n} customers who are already beyond a limit of their own.",
        n=count(found.overdue_unseen),
    )
    return f"{told} {missed}"


def returned_claim(found: Definitions, *, interval: bool = False) -> str:
    """How often the definition was wrong: returns after being called lost."""
    back = found.own.returned
    if back is None:
        return tr("Nobody was ever silent for longer than a limit of their own: nothing can be said of returns.")
    return tr(
        "Of {n} customers who were ever beyond a limit of their own, {share}{interval} have bought again since: the "
        "definition was wrong at least so often.",
        n=count(back.n),
        share=percent(back.value),
        interval=_interval(back, interval),
    )


def half_life_claim(found: Definitions) -> str:
    """After how long half have been called lost, where that was reached."""
    life, half = found.own.life, found.own.half_life
    if half is None:
        return tr(
            "Half of the customers were not yet called lost after {days} days, the longest time anyone was followed; "
            "when it will be half, these data do not say.",
            days=count(life.last_day),
        )
    if half.low == half.high:
        return tr(
            "Half of the customers have been called lost once {days} days after their first purchase: the day on which "
            "the limit of all who bought once passes, so it says more of the definition than of the customers.",
            days=count(half.value),
        )
    return tr(
        "Half of the customers have been called lost once {days} days after their first purchase{interval}.",
        days=count(half.value),
        interval=spoken_interval(half.low, half.high, count, half.level),
    )


def cliff_claim(found: Definitions) -> str:
    """Whether the curve of those never called lost falls at once, and what that means."""
    on, fall = found.own.life.steepest()
    if fall < LEAST_CLIFF:
        return tr(
            "The curve has no cliff: on no single day does it fall by more than {fall} of all customers.",
            fall=percent(fall),
        )
    if on != found.once_lost_on:
        return tr(
            "On day {day} alone the curve falls by {fall} of all customers: so many reach a limit that day, and "
            "nothing shows that they left on it.",
            day=count(on),
            fall=percent(fall),
        )
    return tr(
        "On day {day} alone the curve falls by {fall} of all customers. It is no day on which customers walked out: "
        "all who bought once share one limit, so they are all called lost at the same age.",
        day=count(on),
        fall=percent(fall),
    )


def running_claim(found: Cohorts) -> str:
    """Whether a period was still running on the last day, whose cells can only grow."""
    if (~found.table["complete"] & (found.table["age"] > 0)).any():
        return tr(
            "Hatched cells belong to a period that was still running on the last day of the data; they can only grow "
            "and are left out of every comparison."
        )
    return tr("The last period had ended by the last day of the data: every cell is final.")


def cohort_claim(found: CohortComparison, *, interval: bool = False) -> str:
    """Whether later cohorts come back more often at the same age."""
    later = found.later
    if later is None:
        return tr(
            "Fewer than two cohorts were large enough and followed for {days} days, so they cannot be compared.",
            days=count(found.age_days),
        )
    told = tr(
        "Of {later} the share who bought again within {days} days of the first purchase differs by {change}{interval} "
        "from that of {earlier}",
        days=count(found.age_days),
        later=_cohorts(found.later_names),
        earlier=_cohorts(found.earlier_names),
        change=points(later.value),
        interval=_interval(later, interval, as_points=True),
    )
    if later.contains(0):
        return tr("{told}: no difference beyond chance.", told=told)
    if later.value > 0:
        return tr("{told}: the later cohorts are better at the same age.", told=told)
    return tr("{told}: the later cohorts are worse at the same age.", told=told)


def single_cohorts_claim(found: CohortComparison) -> str:
    """Which single cohorts stand out once all of them were looked at."""
    table = found.table
    if len(table) < 2:  # noqa: PLR2004 - one cohort has no others
        return tr("There are no two cohorts to look at one by one.")
    out = table.loc[table["p_holm"] < SIGNIFICANT, "cohort"]
    if out.empty:
        return tr(
            "Of {n} cohorts looked at one by one, none differs from the others once it is counted that {n} were "
            "looked at.",
            n=count(len(table)),
        )
    return tr(
        "Of {n} cohorts looked at one by one, these differ from the others even when it is counted that {n} were "
        "looked at: {names}.",
        n=count(len(table)),
        names=listed(out),
    )


def not_compared_claim(found: CohortComparison) -> str:
    """Which cohorts could not be compared."""
    if not found.not_compared:
        return tr("Every cohort could be compared.")
    return tr(
        "Not compared, as too small, not followed for {days} days or holding customers of old: {names}.",
        days=count(found.age_days),
        names=listed(found.not_compared),
    )


def intake_claim(jump: float | None) -> str:
    """Whether the records seem to begin in mid-history."""
    if jump is None:
        return tr("There are too few cohorts to see whether the records begin with the business or in mid-history.")
    if jump < MANY_TIMES:
        return tr(
            "The first cohort is not much larger than the others: nothing suggests that it holds customers of old."
        )
    return tr(
        "The first cohort is {times} times the size of a usual later one: the records probably begin in mid-history, "
        "and this cohort holds customers of old. The comparison of cohorts leaves it out; a lead-in, set for this "
        "notebook in days, would leave it out of the second purchase too.",
        times=number(jump, 1),
    )


def tenure_claim(found: TenureRetention, *, interval: bool = False) -> str:
    """Whether older customers return more often."""
    if found.rise is None:
        return tr("Newcomers and older customers are not both here in sufficient number to compare their retention.")
    told = tr(
        "From one period of {months} months to the next, the share of older customers who return differs by "
        "{change}{interval} from that of newcomers",
        months=count(found.months),
        change=points(found.rise.value),
        interval=_interval(found.rise, interval, as_points=True),
    )
    if found.rise.contains(0):
        return tr("{told}: no difference beyond chance.", told=told)
    if found.rise.value > 0:
        return tr(
            "{told}. This alone shows no improvement: customers who were always likelier to return are what is left.",
            told=told,
        )
    return tr("{told}: newcomers return more often than older customers.", told=told)


def change_claim(found: Improvement) -> str:
    """How retention changed, whatever the reason."""
    told = tr(
        "Of the buyers of one period {before} bought in the next, and {after} one period later",
        before=percent(found.before),
        after=percent(found.after),
    )
    if found.total.contains(0):
        return tr("{told}: no change beyond chance.", told=told)
    return tr("{told}. The change alone does not say whether customers changed.", told=told)


def improvement_claim(found: Improvement | None) -> str:
    """Whether retention improved, and whether that is sorting."""
    if found is None:
        return tr("Nobody bought in one of the periods, so there is no retention to compare.")
    told = tr(
        "Retention went from {before} to {after}, {change}{interval}",
        before=percent(found.before),
        after=percent(found.after),
        change=points(found.total.value),
        interval=_interval(found.total, True, as_points=True),
    )
    if found.rates is None or found.mix is None:
        return tr(
            "{told}. Whether customers changed or the base grew older cannot be told: {reason}.",
            told=told,
            reason=found.reason,
        )
    parts = tr(
        "{told}: {mix}{mix_interval} because the base holds other tenures, {rates}{rates_interval} because customers "
        "of the same tenure return at another rate",
        told=told,
        mix=points(found.mix.value),
        mix_interval=_interval(found.mix, True, as_points=True),
        rates=points(found.rates.value),
        rates_interval=_interval(found.rates, True, as_points=True),
    )
    if found.rates.contains(0):
        return tr("{parts}. No improvement or decline beyond chance among customers of the same tenure.", parts=parts)
    if found.rates.value > 0:
        return tr("{parts}. Customers of the same tenure do return more often than before.", parts=parts)
    return tr("{parts}. Customers of the same tenure return less often than before.", parts=parts)


def _cohorts(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return tr("the cohort {name}", name=names[0])
    return tr("the cohorts {first} to {last}", first=names[0], last=names[-1])


def _interval(estimate: Estimate, wanted: bool, *, as_points: bool = False) -> str:
    if not wanted:
        return ""
    return spoken_interval(estimate.low, estimate.high, points if as_points else percent, estimate.level)
