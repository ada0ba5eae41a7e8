"""Customers whose way to the firm is known, with a record of it and an answer about it, each wrong in its own way.

A customer came by channel c. The record has it right with chance `recorded_right`, else it says the first channel, as a
till does that proposes one. Asked, a customer names it with chance `remembers`, else one that is much in sight
(`credited`). Who answers depends on what is asked: the log-odds of answering are those of the mode, and for the
satisfied `by_satisfaction` more. A random part of the silent is followed up until they answer; a random part of all was
listed with the right channel before they bought.
"""

import numpy as np
import pandas as pd

from crmlab.errors import ParameterError

CHANNELS = ("branch", "social", "search", "referral", "partner", "direct_mail")
CAME = (0.34, 0.20, 0.16, 0.14, 0.10, 0.06)
MODES = {"email": (0.35, -0.9), "web": (0.25, -0.6), "phone": (0.25, 0.3), "post": (0.15, -1.1)}
"""Shares of the modes, and the log-odds of answering of the dissatisfied."""
REGIONS = ("Tehran", "Isfahan", "Fars")


def simulate_answers(
    rng: np.random.Generator,
    *,
    customers: int = 2000,
    remembers: float = 0.6,
    credited: dict[str, float] | None = None,
    recorded_right: float = 0.8,
    satisfied: float = 0.3,
    by_satisfaction: float = 1.2,
    followed_up: float = 0.2,
    listed: float = 0.15,
) -> pd.DataFrame:
    """Customers asked, one row each.

    Parameters
    ----------
    rng : numpy.random.Generator
    customers : int
        How many are asked.
    remembers, recorded_right : float
        Chances that the answer and the record name the true channel for that reason.
    credited : dict, optional
        What is named otherwise; by default half social, the rest branch and search. The channels' own shares make
        forgetting harmless: no channel is then credited beyond its due.
    satisfied : float
        Share of all who are satisfied.
    by_satisfaction : float
        What being satisfied adds to the log-odds of answering; 0: silence says nothing.
    followed_up, listed : float
        Shares of the silent followed up, and of all listed before they bought.

    Returns
    -------
    DataFrame
        As `impact.answers` makes it: `customer_id`, `mode`, `responded`, `follow_up`, `said`, `recorded`, `region`,
        `satisfaction` (6 of the satisfied, 3 of the others; missing where nobody answered); and the truth: `came`,
        `is_satisfied`, and `listed`, the channel on the list, missing of most.

    Raises
    ------
    ParameterError
        If there is nobody to ask.
    """
    if customers < 1:
        raise ParameterError(f"customers is {customers}: somebody is to be asked")
    names = np.array(CHANNELS, dtype=object)
    otherwise = credited or {"social": 0.5, "branch": 0.3, "search": 0.2}
    came = rng.choice(names, customers, p=CAME)
    guessed = rng.choice(np.array(list(otherwise), dtype=object), customers, p=list(otherwise.values()))
    said = np.where(rng.random(customers) < remembers, came, guessed)
    recorded = np.where(rng.random(customers) < recorded_right, came, names[0])
    happy = rng.random(customers) < satisfied
    shares = [share for share, _ in MODES.values()]
    mode = rng.choice(np.array(list(MODES), dtype=object), customers, p=shares)
    odds = np.array([MODES[one][1] for one in mode]) + by_satisfaction * happy
    once = rng.random(customers) < 1 / (1 + np.exp(-odds))
    late = ~once & (rng.random(customers) < followed_up)
    answered = once | late
    return pd.DataFrame(
        {
            "customer_id": [f"A{number:05}" for number in range(customers)],
            "mode": mode,
            "responded": answered,
            "follow_up": late,
            "said": pd.Series(said).where(answered),
            "recorded": recorded,
            "region": rng.choice(np.array(REGIONS, dtype=object), customers),
            "satisfaction": np.where(answered, np.where(happy, 6.0, 3.0), np.nan),
            "came": came,
            "is_satisfied": happy,
            "listed": pd.Series(came).where(rng.random(customers) < listed),
        }
    )
