"""Sentences on how the last report did."""

from crmlab.analyses.actions.changes import ForecastScore, Outcome
from crmlab.analyses.actions.departures import DeparturesScore
from crmlab.analyses.actions.last import Score
from crmlab.analyses.actions.wording import title
from crmlab.estimate import Estimate
from crmlab.language import count, interval, listed, number, percent, points, tr


def score_claims(score: Score) -> tuple[str, ...]:
    """How the last report's recommendations and forecasts did, or that nothing of it can be scored yet."""
    untested = tr("There is no earlier plan with a hold-out whose review date has passed, so none can be scored yet.")
    unscored = tr("There is no earlier forecast with intervals whose time has passed, so none can be scored yet.")
    return (
        *([outcome_claim(one) for one in score.outcomes] or [untested]),
        forecast_claim(score.forecast) if score.forecast else unscored,
        *([departures_claim(score.departures)] if score.departures else []),
    )


def score_lines(score: Score) -> tuple[str, ...]:
    """The score of the last report in one line, for the summary; none where nothing can be scored."""
    parts = []
    if score.outcomes:
        told = sum(not one.difference.contains(0) for one in score.outcomes)
        parts.append(
            tr(
                "{told} of {n} lists show a difference between contacted and left alone",
                told=count(told),
                n=count(len(score.outcomes)),
            )
        )
    if score.forecast:
        parts.append(
            tr(
                "{expected} purchases were forecast and {actual} made",
                expected=count(score.forecast.expected),
                actual=count(score.forecast.actual),
            )
        )
    if score.departures:
        parts.append(
            tr(
                "{expected} departures were expected and {actual} came",
                expected=number(score.departures.expected, 1),
                actual=count(score.departures.actual),
            )
        )
    return (tr("The last report, scored: {parts}.", parts=listed(parts, strong=True)),) if parts else ()


def departures_claim(found: DeparturesScore) -> str:
    """Whether as many left as the last report's probabilities say."""
    said = {
        "n": count(found.n),
        "expected": number(found.expected, 1),
        "low": count(found.low),
        "high": count(found.high),
        "actual": count(found.actual),
    }
    if found.held:
        return tr(
            "Of {n} customers on the last report's list of calls whose day has come, its probabilities expected "
            "{expected} to leave (95 % of the time {low} to {high}); {actual} did, as many as they allow. Calls that "
            "kept somebody are in that number.",
            **said,
        )
    return tr(
        "Of {n} customers on the last report's list of calls whose day has come, its probabilities expected "
        "{expected} to leave (95 % of the time {low} to {high}); {actual} did, which they do not allow: the "
        "probabilities were wrong, or the calls changed who left.",
        **said,
    )


def outcome_claim(found: Outcome) -> str:
    """What came of a list's test, as intended."""
    both = {
        "action": title(found.name),
        "contacted": percent(found.contacted_bought / found.contacted),
        "alone": percent(found.left_alone_bought / found.left_alone),
        "n": count(found.contacted),
        "m": count(found.left_alone),
        "difference": _points(found.difference),
    }
    if found.difference.contains(0):
        return tr(
            "{action}: of the {n} to be contacted {contacted} bought, of the {m} left alone {alone}; the difference, "
            "{difference}, is within what chance does.",
            **both,
        )
    return tr(
        "{action}: of the {n} to be contacted {contacted} bought, of the {m} left alone {alone}: a difference of "
        "{difference}, if the contacts were made as planned.",
        **both,
    )


def forecast_claim(found: ForecastScore) -> str:
    """How the last report's forecast did."""
    inside = found.inside
    return tr(
        "The last report expected {expected} purchases from its customers; they made {actual}. {share} of the "
        "customers{interval} ended up within their own prediction interval, of which 95 % was promised.",
        expected=count(found.expected),
        actual=count(found.actual),
        share=percent(inside.value),
        interval=interval(inside.low, inside.high, level=inside.level),
    )


def _points(estimate: Estimate) -> str:
    return points(estimate.value) + interval(estimate.low, estimate.high, points, estimate.level)
