"""Tickets: what customers bring to the firm, when its line is open, and how they are answered.

A customer needs help at a rate of their own (a Poisson process whose rate follows how much service they use). The
need arises at any hour. While the line is closed, who needs help waits for the morning with probability `waits` and
says nothing otherwise; from `always_open_from` on the line is never closed. More complaints after that day are not
worse service: the truth frame `needs` has every need, told or not.

The first answer comes after a log-normal time, the solution after another that each hand-off adds to. The chance to be
helped falls with the logarithm of the hours waited: logit P = logit(`resolved`) + `resolved_per_log_hour` ·
ln(hours / median). Rates are chosen so that about a third of customers turn to the firm in a year; `waits` and the
fall are chosen so that both can be found in a sample of 6,000.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from crmlab.company.latents import chosen
from crmlab.company.made import Frame, Made, table
from crmlab.company.setting import Block, Setting

DAYS_PER_YEAR = 365.25
MORNING_HOURS = 3  # who waited for the line to open calls in its first hours
SUBJECTS = ("delivery", "installation", "defect", "bill", "spare_part", "instructions")


@dataclass(frozen=True)
class TicketsWorld:
    """How often help is needed, and what becomes of it.

    Attributes
    ----------
    needs_per_year : dict
        Needs for help a year, by the customer's use of service.
    kinds, severities, price_bands, addressees, channels : dict
        Shares of what tickets are, how bad, about what, to whom and how.
    open_hours : tuple of int
        The line is open from the first hour of the day to before the second, until `always_open_from`.
    always_open_from : date
        From this day on the line is open at all hours.
    waits : float
        The chance that who finds the line closed calls in the morning.
    median_hours_to_answer, answer_spread : float
        Hours to the first answer are log-normal with this median and this standard deviation of their logarithm.
    never_answered : float
        The share that gets no answer.
    median_hours_to_solve : float
        Hours from the first answer to the end, for each department that had it.
    hand_offs : float
        Hand-offs a ticket, Poisson.
    resolved, resolved_per_log_hour : float
        The chance to be helped at the median time to the answer, and its change in log-odds with ln(hours).
    accepted : float
        The chance that a request for a change is taken up.
    closed_month : date or None
        The first day of 30 in which nothing was recorded.
    """

    SECTION: ClassVar[str] = "tickets"

    needs_per_year: dict[str, float]
    kinds: dict[str, float]
    severities: dict[str, float]
    price_bands: dict[str, float]
    addressees: dict[str, float]
    channels: dict[str, float]
    open_hours: tuple[int, int]
    always_open_from: date
    waits: float
    median_hours_to_answer: float
    answer_spread: float
    never_answered: float
    median_hours_to_solve: float
    hand_offs: float
    resolved: float
    resolved_per_log_hour: float
    accepted: float
    closed_month: date | None = None


def make(setting: Setting, known: Made, block: Block) -> Made:
    """`tickets` of the block's customers, and the truth `needs`: customer, day, hour, and whether it was told."""
    world = setting.world(TicketsWorld)
    needs = _needs(setting, world, known.truth["customers"], block)
    told = needs[needs["told"]].reset_index(drop=True)
    return Made({"tickets": _tickets(setting, world, told, known, block)}, {"needs": needs})


def _needs(setting: Setting, world: TicketsWorld, customers: Frame, block: Block) -> Frame:
    rng = setting.rng("tickets.needs", block)
    exposed = setting.days - customers["joined"].to_numpy()
    per_day = customers["service_use"].map(world.needs_per_year).to_numpy(dtype=float) / DAYS_PER_YEAR
    who = np.repeat(np.arange(len(customers)), rng.poisson(per_day * exposed))
    day = customers["joined"].to_numpy()[who] + np.floor(rng.random(who.size) * exposed[who]).astype(int)
    hour = rng.integers(0, 24, who.size)
    first, last = world.open_hours
    always = (world.always_open_from - setting.start).days
    closed = (day < always) & ((hour < first) | (hour >= last))
    waits = rng.random(who.size) < world.waits
    late = closed & (hour >= last)
    frame = pd.DataFrame(
        {
            "customer_id": customers["customer_id"].to_numpy()[who],
            "day": day + late,
            "hour": np.where(closed, first + rng.integers(0, MORNING_HOURS, who.size), hour),
            "needed_at": hour,
            "told": (~closed | waits) & (day + late < setting.days),
        }
    )
    return frame.sort_values(["day", "hour", "customer_id"], ignore_index=True)


def _tickets(setting: Setting, world: TicketsWorld, told: Frame, known: Made, block: Block) -> Frame:
    n = len(told)
    rng = setting.rng("tickets.handling", block)
    kind = chosen(rng, world.kinds, n)
    severity = chosen(rng, world.severities, n)
    first = chosen(rng, world.addressees, n)
    hand_offs = rng.poisson(world.hand_offs, n)
    answered = rng.random(n) >= world.never_answered
    spread = rng.standard_normal(n) * world.answer_spread
    hours = world.median_hours_to_answer * np.exp(spread)
    to_close = hours + world.median_hours_to_solve * np.exp(0.8 * rng.standard_normal(n)) * (1 + hand_offs)
    left = (setting.days - told["day"].to_numpy()) * 24.0 - told["hour"].to_numpy()
    answered &= hours <= left
    closed = answered & (to_close <= left)
    helped = rng.random(n) < expit(logit(world.resolved) + world.resolved_per_log_hour * spread)
    frame = table(
        "tickets",
        {
            "ticket_id": [f"T{block.number:03}-{number:06}" for number in range(n)],
            "customer_id": told["customer_id"],
            "opened_on": setting.date(told["day"]),
            "opened_hour": told["hour"],
            "channel": chosen(rng, world.channels, n),
            "kind": kind,
            "subject": chosen(rng, dict.fromkeys(SUBJECTS, 1.0), n),
            "severity": severity,
            "price_band": chosen(rng, world.price_bands, n),
            "addressee": first,
            "department": np.where(hand_offs > 0, chosen(rng, world.addressees, n), first),
            "hand_offs": hand_offs,
            "hours_to_first_response": np.where(answered, hours, np.nan),
            "hours_to_close": np.where(closed, to_close, np.nan),
            "resolved": pd.Series(helped, dtype="boolean").where(closed),
            "accepted": pd.Series(rng.random(n) < world.accepted, dtype="boolean").where(closed & (kind == "request")),
            **_products(setting, known, n, block),
        },
    )
    return frame if world.closed_month is None else _without(frame, world.closed_month)


def _products(setting: Setting, known: Made, n: int, block: Block) -> dict[str, np.ndarray]:
    if "products" not in known.tables:
        return {}
    ids = known.tables["products"]["product_id"].to_numpy(dtype=object)
    return {"product_id": ids[setting.rng("tickets.products", block).integers(0, ids.size, n)]}


def _without(frame: Frame, closed: date) -> Frame:
    since = (frame["opened_on"] - pd.Timestamp(closed)).dt.days
    return frame[~since.between(0, 29)].reset_index(drop=True)
