"""What was found about who leaves and when, in sentences that stay true where nothing was found."""

from crmlab.analyses.churn.calls import Calls
from crmlab.analyses.churn.chances import CONTRACT
from crmlab.analyses.churn.cohort import Cohort
from crmlab.analyses.churn.decide import Reach
from crmlab.analyses.churn.features import label
from crmlab.analyses.churn.hazard import Hazard, Spells
from crmlab.analyses.churn.leakage import Leak
from crmlab.analyses.churn.logit import Nested
from crmlab.analyses.churn.quality import Brier, Calibration
from crmlab.analyses.churn.study import Judged, Study, Trial
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, number, percent, points, signed, signed_percent, tr
from crmlab.language import day as spoken_day

ALPHA = 0.05
CHANCE = 0.5


def definition_claim(of: Study) -> str:
    """What counts as leaving here."""
    if of.setting == CONTRACT:
        return tr("A customer leaves by not renewing a contract: the day is in the contract, and everybody has it.")
    return tr(
        "Nobody says that they leave. A customer counts as lost on the day after which a model of buying holds it for "
        "likelier than not that they have gone, a deadline of each one's own that follows from their purchases."
    )


def windows_claim(of: Study) -> str:
    """What is learnt from, and what it is tried on."""
    train, test = of.train, of.test
    return tr(
        "Learnt from {rows} chances to leave, {share} of them taken ({learnt}); tried on {tried} later ones, {late} of "
        "them taken ({window}).",
        rows=count(len(train.rows)),
        share=percent(float(train.lost.mean())),
        learnt=train.window,
        tried=count(len(test.rows)),
        late=percent(float(test.lost.mean())),
        window=test.window,
    )


def returners_claim(found: Estimate | None) -> str:
    """How often the definition was wrong."""
    if found is None:
        return tr("A contract that ended has ended: the definition needs no correction.")
    return tr(
        "Of {n} deadlines that passed without a purchase, {share}{interval} were followed by one later: so often at "
        "least the definition was wrong.",
        n=count(found.n),
        share=percent(found.value),
        interval=interval(found.low, found.high),
    )


def together_claim(found: Nested | None) -> str:
    """Whether all columns together tell anything."""
    if found is None:
        return tr("A column tells everybody apart, so the model was penalised and no test of it is possible.")
    told = {
        "statistic": number(found.statistic, 1),
        "df": count(found.df),
        "p": _p(found.p_value),
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
    told = {"statistic": number(found.statistic, 1), "df": count(found.df), "p": _p(found.p_value), "n": count(found.n)}
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
    told = {"statistic": number(found.statistic, 1), "df": count(found.df), "p": _p(found.p_value)}
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


def loses(difference: Estimate) -> bool:
    """Whether the score is shown to order worse than the benchmark."""
    return difference.high is not None and difference.high < 0


def auc_claim(found: Estimate) -> str:
    """The order of the score in the last window."""
    told = {"auc": number(found.value, 3), "interval": _ends(found), "n": count(found.n), "window": found.window}
    if found.low is not None and found.low > CHANCE:
        return tr(
            "Of one who left and one who stayed, the score puts the leaver first in {auc} of all pairs{interval}; n = "
            "{n}, {window}.",
            **told,
        )
    return tr(
        "It is not shown that the score orders better than chance: it puts the leaver first in {auc} of all pairs"
        "{interval}; n = {n}, {window}.",
        **told,
    )


def benchmark_claim(found: Estimate, of: Study) -> str:
    """The score's AUC less that of what needs no columns."""
    told = {"difference": _signed(found.value), "interval": _ends(found), "bar": _bar(of)}
    if found.low is not None and found.low > 0:
        return tr("It beats {bar}: its AUC is {difference} higher{interval}.", **told)
    if loses(found):
        return tr(
            "It loses to {bar}: the difference of AUC is {difference}{interval}. The list below is made by "
            "that instead.",
            **told,
        )
    return tr(
        "It is not shown to beat {bar}: the difference of AUC is {difference}{interval}. The simpler one will do.",
        **told,
    )


def judged_claim(found: Judged, of: Study) -> str:
    """Of what everything that follows is said: of that by which the list is made."""
    if found.demoted:
        return tr(
            "The list is made by {bar}, to which the score lost. So all that follows judges that, not the score: the "
            "calls, the probabilities, the thresholds and the errors by group.",
            bar=_bar(of),
        )
    return tr("The list is made by the score, and so all that follows judges the score.")


def orders(found: Judged) -> dict[str, str]:
    """What orders the calls and what the other order is, as they are called in a figure."""
    names = (tr("by the score"), tr("by the benchmark"))
    return dict(zip(("by", "other"), names[::-1] if found.demoted else names, strict=True))


def of_list_claim(said: str, found: Judged) -> str:
    """A sentence that can stand apart from the others: with the benchmark's name where it is not about the score."""
    return tr("By the benchmark, which makes the list: {said}", said=said) if found.demoted else said


def lift_claim(found: Estimate) -> str:
    """Lift in the top decile."""
    told = {"lift": number(found.value), "interval": _ends(found, 2), "n": count(found.n), "window": found.window}
    if found.low is not None and found.low > 1:
        return tr(
            "In the top tenth by score, {lift} times as many leave as in all{interval}; n = {n}, {window}.", **told
        )
    return tr(
        "It is not shown that more leave in the top tenth by score than in all: {lift} times as many{interval}; n = "
        "{n}, {window}.",
        **told,
    )


def reach_claim(found: Reach) -> str:
    """What so many calls reach, in customers."""
    return tr(
        "Of {lost} who left among {n}, the first {size} calls would have reached {hits}; as many drawn by lot reach "
        "{chance}. {wasted} calls would have gone to customers who stayed.",
        lost=count(found.lost),
        n=count(found.n),
        size=count(found.size),
        hits=count(found.hits),
        chance=count(found.by_chance),
        wasted=count(found.size - found.hits),
    )


def brier_claim(found: Brier) -> str:
    """Skill of the probabilities over one for everybody."""
    told = {
        "skill": signed_percent(found.skill.value),
        "interval": interval(found.skill.low, found.skill.high, signed_percent),
        "score": number(found.score, 4),
        "base": number(found.base, 4),
    }
    if found.skill.low is not None and found.skill.low > 0:
        return tr(
            "The probabilities are nearer to what came than one for everybody: skill {skill}{interval}, Brier score "
            "{score} against {base}.",
            **told,
        )
    return tr(
        "The probabilities are not shown to be nearer to what came than one for everybody: skill {skill}{interval}, "
        "Brier score {score} against {base}.",
        **told,
    )


def calibration_claim(found: Calibration) -> str:
    """Whether level and spread of the probabilities are right."""
    level, slope = found.intercept, found.slope
    if level.contains(0):
        first = tr("The level is right as far as can be seen (intercept {value}{interval}).", **_told(level))
    elif level.value > 0:
        first = tr("More left than the probabilities said (intercept {value}{interval}).", **_told(level))
    else:
        first = tr("Fewer left than the probabilities said (intercept {value}{interval}).", **_told(level))
    if slope is None:
        return first
    if slope.contains(1):
        second = tr("So is the spread (slope {value}{interval}).", **_told(slope))
        if not level.contains(0):
            second = tr("The spread is right as far as can be seen (slope {value}{interval}).", **_told(slope))
    elif slope.value < 1:
        second = tr("High ones are too high and low ones too low (slope {value}{interval}).", **_told(slope))
    else:
        second = tr("They differ less than they could (slope {value}{interval}).", **_told(slope))
    return f"{first} {second}"


def adjusted_claim(before: Brier, after: Brier) -> str:
    """What moving the level to that of the window before did."""
    told = {"before": number(before.score, 4), "after": number(after.score, 4)}
    if after.score < before.score:
        return tr(
            "Moved to the level of the window before, the probabilities come nearer: Brier score {after} instead of "
            "{before}.",
            **told,
        )
    return tr(
        "Moving them to the level of the window before would not have helped: Brier score {after} instead of {before}.",
        **told,
    )


def shift_claim(found: Estimate, train: Cohort, test: Cohort) -> str:
    """Whether the share that leaves moved between learning and trying."""
    told = {
        "before": percent(float(train.lost.mean())),
        "after": percent(float(test.lost.mean())),
        "difference": points(found.value),
        "interval": interval(found.low, found.high, points),
    }
    if found.contains(0):
        return tr(
            "The share that leaves is not shown to have moved: {before} in the windows learnt from, {after} in the "
            "last ({difference}{interval}).",
            **told,
        )
    return tr(
        "The share that leaves moved from {before} in the windows learnt from to {after} in the last "
        "({difference}{interval}).",
        **told,
    )


def rarer_claim(precision: float, halved: float, size: int) -> str:
    """What the same order is worth where half as many leave."""
    return tr(
        "With the same order but half as many leavers, {halved} instead of {precision} of the first {size} calls would "
        "be expected to go to a leaver: AUC would not move, the calls would be worth less.",
        halved=percent(halved),
        precision=percent(precision),
        size=count(size),
    )


def fairness_claim(tests: object, groups: int) -> str:
    """Whether errors differ between groups by more than chance."""
    found = tests[tests["holm"] < ALPHA]  # type: ignore[index]
    n = len(tests)  # type: ignore[arg-type]
    if n == 0:
        return tr("No group holds enough customers to compare errors, or no groups are held.")
    if len(found) == 0:
        return tr(
            "It is not shown that errors differ between groups ({n} comparisons of {groups} groupings, corrected for "
            "their number).",
            n=count(n),
            groups=count(groups),
        )
    said = listed(
        tr("{grouping} (p {p})", grouping=_grouping(one.grouping), p=_p(one.holm)) for one in found.itertuples()
    )
    return tr("Errors differ between groups by more than chance: {said}.", said=said)


def hazard_claim(timing: Hazard, followed: Spells) -> str:
    """Of whom it can be said when."""
    unit = tr("renewals") if followed.dates is not None else tr("days")
    return tr(
        "{n} customers were followed from {start} on, {lost} were lost ({window}); the clock runs in {unit}.",
        n=count(timing.n),
        start=spoken_day(followed.start),
        lost=count(timing.lost),
        window=timing.window,
        unit=unit,
    )


def proportional_claim(timing: Hazard) -> str:
    """Whether the hazards are proportional."""
    table = timing.proportional
    broken = table[table["holm"] < ALPHA]
    if broken.empty:
        return tr(
            "It is not shown that any effect changes along the clock ({n} tests, smallest p after correction {p}).",
            n=count(len(table)),
            p=_p(float(table["holm"].min())),
        )
    return tr(
        "The effect of {names} changes along the clock (corrected for {n} tests): read its hazard ratio as an average, "
        "and days far ahead with care.",
        names=listed(label(name) for name in broken["feature"]),
        n=count(len(table)),
    )


def bands_claim(table: object, days: int) -> str:
    """What was said of bands of like forecast and what came."""
    rows = table.to_dict(orient="records")  # type: ignore[attr-defined]
    inside = sum(row["low"] <= row["expected"] <= row["high"] for row in rows)
    low, high = rows[0], rows[-1]
    return tr(
        "Within {days} days {low} of the lowest band were lost and {high} of the highest; what was said lies inside "
        "the interval of what came in {inside} of {n} bands.",
        days=count(days),
        low=percent(low["share"]),
        high=percent(high["share"]),
        inside=count(inside),
        n=count(len(rows)),
    )


def leak_claim(found: Leak) -> str:
    """What a column from an export made too late does to the AUC."""
    honest, leaky = found.honest, found.leaky
    if leaky.value <= honest.value:
        return tr(
            "With one column from an export made when the window was over, the AUC on later customers is "
            "{leaky}{ends}, not above the honest {honest}: this leak does not show in the AUC, and is found only by "
            "its dates.",
            leaky=number(leaky.value, 3),
            ends=_ends(leaky),
            honest=number(honest.value, 3),
        )
    return tr(
        "With one column from an export made when the window was over, the AUC on later customers is {leaky}{ends} "
        "instead of {honest}. No hold-out in time objects: the column knows the outcome of these, too.",
        leaky=number(leaky.value, 3),
        ends=_ends(leaky),
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


def cost_claim(success: float, found: Reach) -> str:
    """What the calls have to achieve to pay."""
    if success > 1:
        return tr(
            "The first {size} calls could not pay for themselves even if every leaver they reach stayed.",
            size=count(found.size),
        )
    return tr(
        "The first {size} calls pay for themselves if they keep {share} or more of the leavers they reach. Nothing "
        "here says whether they would.",
        size=count(found.size),
        share=percent(success),
    )


def list_claim(of: Calls, arms: object | None = None) -> str:
    """Who is on the list and who is not."""
    contact = int((arms == "contact").sum()) if arms is not None else len(of.table)  # type: ignore[attr-defined]
    told = {
        "due": count(of.due),
        "window": of.window,
        "calls": count(contact),
        "held": count(len(of.table) - contact),
        "no": count(of.no_consent),
        "unknown": count(of.consent_unknown),
        "beyond": count(of.beyond),
    }
    if not of.consent_held:
        return tr(
            "{due} customers have a chance to leave from {window}. {calls} are to be called and {held} held out at "
            "random; {beyond} are beyond the capacity.",
            **told,
        )
    return tr(
        "{due} customers have a chance to leave from {window}. {calls} are to be called and {held} held out at random; "
        "{no} have not agreed to be contacted, of {unknown} it is not known, and {beyond} are beyond the capacity.",
        **told,
    )


def detectable_claim(uplift: float | None, *, contact: int, held: int, needed: int, wanted: float) -> str:
    """What comparing the called with those held out will be able to show."""
    told = {"contact": count(contact), "held": count(held), "needed": count(needed), "wanted": points(wanted)}
    if uplift is None:
        return tr(
            "{contact} called and {held} held out cannot show any effect of the calls; {needed} in each arm would show "
            "{wanted}.",
            **told,
        )
    return tr(
        "{contact} called and {held} held out can show an effect of {uplift} or more (power 80 %); {needed} in each "
        "arm would show {wanted}.",
        **told,
        uplift=points(uplift),
    )


def ceiling_claim(known: Estimate, said: Estimate) -> str:
    """How well one could order who knew each contract's own planted chance."""
    return tr(
        "Even who knew each contract’s own planted chance to leave would order {known} of all pairs rightly{ends}; the "
        "score orders {said}. The rest is chance, which no column foresees.",
        known=number(known.value, 3),
        ends=_ends(known),
        said=number(said.value, 3),
    )


def consent_claim(of: Calls) -> str:
    """Whether consent is held at all."""
    if of.consent_held:
        return tr("Only customers who agreed to be contacted are on the list.")
    return tr("These data do not say who agreed to be contacted: ask before the first call.")


def penalised_claim(of: Trial) -> str:
    """Whether the model had to be penalised, and what was left out of it."""
    said = tr("The model is plain maximum likelihood.")
    if of.model.penalised:
        said = tr("A column tells everybody apart: the model is penalised, and its coefficients have no intervals.")
    if of.model.dropped:
        left = listed(label(name) for name in of.model.dropped)
        said = f"{said} {tr('Left out, because they never vary or follow from others: {names}.', names=left)}"
    return said


def _bar(of: Study) -> str:
    if of.setting == CONTRACT:
        return tr("the share that left at a first, second, third and later renewal")
    return tr("the model of buying alone")


def _grouping(name: str) -> str:
    said = {
        "region": tr("region"),
        "income_band": tr("income band"),
        "customer_type": tr("type of customer"),
        "age_band": tr("age band"),
    }
    return said.get(name, name)


def _told(found: Estimate) -> dict[str, str]:
    return {"value": number(found.value), "interval": _ends(found, 2)}


def _ends(found: Estimate, decimals: int = 3) -> str:
    return interval(found.low, found.high, lambda value: number(value, decimals))


def _signed(value: float) -> str:
    return signed(number(abs(value), 3), value)


def _p(value: float) -> str:
    return tr("below {least}", least=number(0.001, 3)) if value < 0.001 else f"= {number(value, 3)}"  # noqa: PLR2004
