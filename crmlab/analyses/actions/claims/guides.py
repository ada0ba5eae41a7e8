"""How to read and use the parts of the report: sentences that stand only where there is what they speak of."""

from collections.abc import Mapping

from crmlab.analyses.actions.measure import ListFacts
from crmlab.analyses.actions.plan import Plan
from crmlab.analyses.actions.tried import Tried
from crmlab.language import tr

Known = Mapping[str, ListFacts]


def actions_guide(plan: Plan) -> tuple[str, ...]:
    """What the table of actions means."""
    if plan.table.empty:
        return ()
    return (
        tr(
            "Every customer is in one situation and on one list at most. The actions stand in the order in which money "
            "and attention should go to them. “Evidence” says what the effect of an action rests on. An “experiment”: "
            "customers contacted and left alone by chance were compared, and what that showed is said below. An "
            "“association”: we know what customers in these situations did next, but not what a contact changes. An "
            "“assumption”: not even that."
        ),
    )


def file_guide(plan: Plan) -> tuple[str, ...]:
    """How the file of the plan is to be used."""
    if plan.table.empty:
        return ()
    return (
        tr(
            "One file holds every customer on a list, with the arm, the priority and the reason: one file, so that "
            "nobody works from a copy without the hold-out. Names and addresses are never in it; whoever works with it "
            "joins them in the company's own system. Customers marked “do nothing” are left alone on purpose; please "
            "do not contact them with anything like this action until the review."
        ),
    )


def order_guide(known: Known) -> tuple[str, ...]:
    """In which order to work through the plan."""
    if not known:
        return ()
    return (
        tr(
            "The plan is sorted: work from the top. Who is to be kept by a date comes first on that list, the nearest "
            "date before the others; then the most valuable. If time runs out, the customers at the end of a list are "
            "the ones to leave."
        ),
    )


def test_guide(known: Known) -> tuple[str, ...]:
    """What the comparison of the arms is."""
    if not known:
        return ()
    return (
        tr(
            "One period ago some customers were in the same situations. What they did since is the baseline: what to "
            "expect of customers nobody singles out. On the review date, compare the share of buyers among those "
            "contacted with the share among those left alone. Look once, on that day."
        ),
    )


def stop_guide(known: Known) -> tuple[str, ...]:
    """The stop rule."""
    if not known:
        return ()
    return (
        tr(
            "Stop rule. If on the review date the interval of the difference lies wholly below what a contact has to "
            "add, stop contacting that list. If it lies wholly above, go on and keep a small group left alone. If it "
            "contains it, the question is open: run another round, with more customers left alone. Stop at once if "
            "complaints rise."
        ),
    )


def sensitivity_guide(known: Known) -> tuple[str, ...]:
    """How to read the figure of what the test rests on."""
    if not known:
        return ()
    return (
        tr(
            "What the answer rests on: the same computation again with one thing changed at a time. The longer the "
            "bar, the more the test depends on that choice. The dashed line is the uplift worth finding."
        ),
    )


def season_guide(known: Known) -> tuple[str, ...]:
    """What else is in the baseline."""
    if not known:
        return ()
    return (
        tr(
            "The baseline is business as usual. Whatever marketing the company did in that period is in it, and so is "
            "the season. The comparison of the two arms does not suffer from that; a comparison with last period would."
        ),
    )


def do_nothing_guide(known: Known) -> tuple[str, ...]:
    """What the table of doing nothing says, or that there is none."""
    if not any(facts.baseline for facts in known.values()):
        return (tr("How many would is not known here: it takes a list, and what such customers did one period ago."),)
    return (
        tr(
            "The table has how many are expected to, beside what the contacts cost. The interval is that of the "
            "expected number; chance comes on top."
        ),
    )


def tried_guide(tried: Mapping[str, Tried]) -> tuple[str, ...]:
    """How far an experiment speaks for these lists, or that there was none."""
    if not tried:
        return (tr("No experiment on such contacts was found."),)
    return (
        tr(
            "What experiments found of such contacts stands beside it. An experiment of another notebook was made with "
            "that campaign's customers and not with those of this list, for whom a contact may do more or less; what "
            "it counted need not be purchases. And the uplift that pays takes the purchases that a contact causes to "
            "be as large as others: where they are smaller, more of them are needed."
        ),
    )
