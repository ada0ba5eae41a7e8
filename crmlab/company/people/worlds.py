"""The parameters of people and of what is written down about them; their values stand in `scenarios.yaml`."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class CustomersWorld:
    """What customers are like, and what the firm makes of them.

    None of the values is measured. Each is chosen so that what it plants can be found again in 6,000 customers and is
    missed in a glance at 60.

    Attributes
    ----------
    registered_early : float
        The share that was registered before their first purchase.
    days_early : float
        How many days before, on average (geometric).
    landlines : float
        The share of persons who give a landline number; firms always do.
    emails : float
        The share of persons with an e-mail address; firms always have one.
    relatives : float
        The share of customers looked at for a relative among the others (for firms: one of the same owner).
    channel_right : float
        The share whose channel is recorded as it was.
    channel_default : float
        Of the others, the share recorded as `branch`, which the till proposes; the rest by the shares of the channels.
    consent_intercept, consent_by_trust : float
        The log odds of consent at average trust, and by how much they rise with a standard deviation of trust.
    belief_by_volume : float
        The correlation of the sales force's belief with the log of what the customer can be expected to have bought.
    belief_by_use : float
        By how many standard deviations a customer who is served much, and so seen often, is taken for better.
    believed_high, believed_middle : float
        The shares the sales force calls `high` and `middle`.
    averse, seeking : float
        The shares averse to risk and seeking it, at age 40.
    aversion_by_age : float
        By how many standard deviations aversion rises with a year of age.
    """

    SECTION: ClassVar[str] = "customers"

    registered_early: float
    days_early: float
    landlines: float
    emails: float
    relatives: float
    channel_right: float
    channel_default: float
    consent_intercept: float
    consent_by_trust: float
    belief_by_volume: float
    belief_by_use: float
    believed_high: float
    believed_middle: float
    averse: float
    seeking: float
    aversion_by_age: float


@dataclass(frozen=True)
class HistoryWorld:
    """How fast what is known of customers goes out of date, and how fast the firm learns of it.

    Attributes
    ----------
    changes_per_year : dict
        For each field how often it changes, a constant hazard. Chosen so that address, phone or e-mail has changed for
        26 of 100 customers after a year, 1 − exp(−(0.12 + 0.08 + 0.10)): among the 22.5 to 30 % a year that vendors of
        data quote without a source. `children` are births: at most one for each customer, and only for those married
        and 20 to 42 years old when they become known.
    learned_per_year : dict
        For each field how often a year the firm has an occasion to learn of a change, also a constant hazard. Chosen
        so that a delivery or a call brings out an address or a number soon, and hardly anything an income.
    working : float
        The share of persons below 65 with an employer.
    """

    SECTION: ClassVar[str] = "customer_history"

    changes_per_year: dict[str, float]
    learned_per_year: dict[str, float]
    working: float


@dataclass(frozen=True)
class RecordsWorld:
    """What four departments wrote down. All shares are of records, and chosen.

    Attributes
    ----------
    duplicates : float
        The share of records that are not their customer's first.
    within : float
        Of these, the share in the system of the first; the rest lies in one of the others.
    homes : dict
        In which system customers are first recorded.
    blanks : dict
        For `phone`, `email` and `address`, how often the record has none.
    of_their_day : bool
        Whether a record holds what was so when it was last changed, rather than what is so now.
    arabic_letters, joiner_lost, title, typo, short_address : float
        Arabic yeh and kaf; no ZWNJ (nothing or a space instead), where there is one to lose; a title before the name;
        two letters swapped or one missing; an address with abbreviations.
    shared_phone : float
        Of records of customers with a relative, how many have the relative's number.
    digits : dict
        In which digits phone and address are written: `latin`, `persian`, `arabic` or `mixed`; none: as they come.
    phone_forms : dict
        How a number begins: `0`, `+98`, `0098`, `98`, or `bare` (without); none: as they come.
    exported_twice : float
        The share of billing's records that stand twice in its export.
    one_phone : float
        The share of records with one and the same number, that of a desk.
    blank_names : float
        The share without a name.
    """

    SECTION: ClassVar[str] = "source_records"

    duplicates: float
    within: float
    homes: dict[str, float]
    blanks: dict[str, float]
    of_their_day: bool
    arabic_letters: float
    joiner_lost: float
    title: float
    typo: float
    short_address: float
    shared_phone: float
    digits: dict[str, float]
    phone_forms: dict[str, float]
    exported_twice: float
    one_phone: float
    blank_names: float
