"""Exercises of notebook 13: what a contact brings, from which value on it pays, and what each policy truly brings."""

import numpy as np

from crmlab.analyses import winback
from crmlab.client import Client
from crmlab.language import tr, translated
from crmlab.simulate.uplift import FEATURES, uplift_trial
from crmlab.teaching.exercise import Given, Task, Tolerance, Wrong, exercise, relative

VALUES, CONTACTS, OFFERS = (150.0, 200.0, 250.0, 300.0), (2.0, 3.0, 4.0, 5.0), (20.0, 25.0, 30.0, 35.0)
CUSTOMERS, DEPTH = 1500, 0.3
EFFECTS, SPREADS = (0.3, 0.6, 1.0), (0.4, 1.2)


@exercise("13.1")
def profit_of_a_contact(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - numbers of the student's own
    """What one win-back contact brings on average, the baseline taken off (Lemmens and Gupta 2020)."""
    value, contact, offer = (float(rng.choice(some)) for some in (VALUES, CONTACTS, OFFERS))
    p0 = float(rng.choice([0.04, 0.05, 0.06]))
    p1 = round(p0 + float(rng.choice([0.06, 0.07, 0.08, 0.09])), 2)
    return Task(
        given=(
            Given("V", value, tr("what a yes is worth"), "money"),
            Given("c", contact, tr("cost of a contact"), "money"),
            Given("o", offer, tr("cost of an offer that is taken up"), "money"),
            Given("p0", p0, tr("say yes when left alone"), "share"),
            Given("p1", p1, tr("say yes when contacted"), "share"),
        ),
        answer=(p1 - p0) * value - contact - p1 * offer,
        tolerance=relative(0.005),
        expects=tr("an amount of money for each customer contacted; a loss is below zero"),
        wrong=(
            Wrong(
                p1 * (value - offer) - contact,
                tr("You counted every yes as the contact's own. Some would have said yes without it."),
            ),
            Wrong(
                (p1 - p0) * (value - offer) - contact,
                tr("You gave the offer only to those won over. Who else takes it?"),
            ),
            Wrong((p1 - p0) * value - contact, tr("You left out what the offer costs.")),
            Wrong((p1 - p0) * value - p1 * offer, tr("You left out what the contact itself costs.")),
        ),
    )


@exercise("13.2")
def break_even_values(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - numbers of the student's own
    """From which value on a contact pays, among lost customers and among customers at renewal."""
    contact, offer = float(rng.choice(CONTACTS)), float(rng.choice(OFFERS))
    uplift = float(rng.choice([0.06, 0.07, 0.08]))
    lost, renewing = float(rng.choice([0.04, 0.05, 0.06])), float(rng.choice([0.84, 0.86, 0.88]))
    before = {"lost": lost, "renewing": renewing}
    after = {name: round(p0 + uplift, 2) for name, p0 in before.items()}
    gained = {name: after[name] - before[name] for name in before}

    def for_both(cost: dict[str, float], per: dict[str, float]) -> tuple[float, ...]:
        return tuple(cost[name] / per[name] for name in before)

    right = {name: contact + after[name] * offer for name in before}
    won_over = {name: contact + gained[name] * offer for name in before}
    return Task(
        given=(
            Given("c", contact, tr("cost of a contact"), "money"),
            Given("o", offer, tr("cost of an offer that is taken up"), "money"),
            Given("lost_p0", lost, tr("lost customers who come back when left alone"), "share"),
            Given("lost_p1", after["lost"], tr("lost customers who come back when contacted"), "share"),
            Given("renewing_p0", renewing, tr("customers at renewal who stay when left alone"), "share"),
            Given("renewing_p1", after["renewing"], tr("customers at renewal who stay when contacted"), "share"),
        ),
        answer=for_both(right, gained),
        tolerance=relative(0.005),
        expects=tr("two amounts of money: lost customers first, then customers at renewal"),
        wrong=(
            Wrong(
                for_both(won_over, gained),
                tr("You gave the offer only to those won over. Everybody contacted who says yes takes it."),
            ),
            Wrong(for_both(right, after), tr("You divided by all who say yes. Only the extra ones pay for it.")),
            Wrong(for_both(dict.fromkeys(before, contact), gained), tr("You left out what the offer costs.")),
            Wrong(for_both(right, gained)[::-1], tr("The order is the other way round: lost customers first.")),
        ),
    )


@exercise("13.3")
def true_policy_values(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - another firm's campaign
    """What four policies truly brought in another firm's campaign (against the truth of the simulation)."""
    effect, spread = float(rng.choice(EFFECTS)), float(rng.choice(SPREADS))
    world = uplift_trial(rng, n_customers=CUSTOMERS, effect=effect, value_spread=spread)
    costs = winback.Costs(contact=float(rng.choice(CONTACTS)), offer=float(rng.choice(OFFERS)))
    scores = winback.scores_unseen(world.table, FEATURES, rng=rng)
    ranked = winback.rankings(world.table, scores, costs)
    chosen = winback.policies(ranked, scores["fold"], depth=DEPTH)[list(winback.RANKINGS)].astype(int)
    firm = world.truth.loc[scores.index, ["p0", "p1"]].join(world.table["value"].rename("V")).join(chosen)
    p0, p1, value = (firm[name].to_numpy() for name in ("p0", "p1", "V"))

    def brought(each: np.ndarray, *, of: float = 1.0) -> tuple[float, ...]:
        return tuple(float((firm[name] * each).mean() / of) for name in winback.RANKINGS)

    profit = winback.contact_profit(value, p0, p1, costs)
    return Task(
        given=(
            Given("c", costs.contact, tr("cost of a contact"), "money"),
            Given("o", costs.offer, tr("cost of an offer that is taken up"), "money"),
            Given(
                "customers",
                firm.reset_index(drop=True),
                tr("The campaign: true chances, value, and 1 for whom each policy contacts."),
                units={"p0": "share", "p1": "share", "V": "money", **dict.fromkeys(winback.RANKINGS, "count")},
                headings={name: translated(name) for name in winback.RANKINGS} | {"p0": "p₀", "p1": "p₁"},
            ),
        ),
        answer=brought(profit),
        tolerance=Tolerance(absolute=0.005, relative=0.001),
        expects=tr(
            "four amounts of money for each customer of the campaign, contacted or not, in the order risk, value, "
            "risk × value, uplift × value"
        ),
        wrong=(
            Wrong(
                brought(p1 * (value - costs.offer) - costs.contact),
                tr("You counted every yes as the contact's own. Take off those who would have said yes anyway."),
            ),
            Wrong(brought((p1 - p0) * value), tr("You left out what contacts and offers cost.")),
            Wrong(
                brought(profit, of=float(chosen[winback.RISK].mean())),
                tr("You divided by the customers contacted. Policies are compared over all customers of the campaign."),
            ),
        ),
    )
