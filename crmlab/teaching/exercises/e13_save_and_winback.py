"""Exercises of notebook 13: what a contact brings, from which value on it pays, and which policy is truly best."""

import numpy as np

from crmlab.analyses import winback
from crmlab.client import Client
from crmlab.language import tr, translated
from crmlab.simulate.uplift import FEATURES, uplift_trial
from crmlab.teaching.exercise import Given, Task, Wrong, exercise, relative

VALUES, CONTACTS, OFFERS = (150.0, 200.0, 250.0, 300.0), (2.0, 3.0, 4.0, 5.0), (20.0, 25.0, 30.0, 35.0)
CUSTOMERS, DEPTH = 1500, 0.3


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
def truly_best_policy(shop: Client, rng: np.random.Generator) -> Task:  # noqa: ARG001 - another firm's campaign
    """Which of four policies truly brought most in another firm's campaign (against the truth of the simulation)."""
    world = uplift_trial(rng, n_customers=CUSTOMERS)
    costs = winback.Costs(contact=float(rng.choice(CONTACTS)), offer=float(rng.choice(OFFERS)))
    scores = winback.scores_unseen(world.table, FEATURES, rng=rng)
    ranked = winback.rankings(world.table, scores, costs)
    chosen = winback.policies(ranked, scores["fold"], depth=DEPTH)[list(winback.RANKINGS)].astype(int)
    firm = world.truth.loc[scores.index, ["p0", "p1"]].join(world.table["value"].rename("V")).join(chosen)
    profit = winback.contact_profit(firm["V"].to_numpy(), firm["p0"].to_numpy(), firm["p1"].to_numpy(), costs)
    best = {name: float(profit[firm[name] == 1].sum()) for name in winback.RANKINGS}
    counted = firm["p1"].to_numpy() * (firm["V"].to_numpy() - costs.offer) - costs.contact
    responders = {name: float(counted[firm[name] == 1].sum()) for name in winback.RANKINGS}
    answer, by_response = max(best, key=lambda name: best[name]), max(responders, key=lambda name: responders[name])
    hints = {
        by_response: tr("That one has most responses in money. Take off those who would have said yes anyway."),
        winback.RISK_VALUE: tr("Valuable customers at risk are worth keeping, if a contact keeps them. Does it?"),
        winback.RISK: tr("Many at high risk are lost whatever is done. Compute what contacts bring."),
    }
    return Task(
        given=(
            Given("c", costs.contact, tr("cost of a contact"), "money"),
            Given("o", costs.offer, tr("cost of an offer that is taken up"), "money"),
            Given(
                "customers",
                firm.reset_index(drop=True),
                tr("The campaign: true chances, value, and 1 for whom each policy contacts."),
                units={"p0": "share", "p1": "share", "V": "money", **dict.fromkeys(winback.RANKINGS, "count")},
                headings={name: translated(name) for name in winback.RANKINGS},
            ),
        ),
        answer=answer,
        expects=tr("one of: risk, value, risk × value, uplift × value"),
        wrong=tuple(Wrong(name, hint) for name, hint in hints.items() if name != answer),
    )
