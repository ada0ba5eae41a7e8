"""The sales records: the lines of `baskets` as the shop's system writes them, what came back, and an export's defects.

The channel of an order is the web with the chance logit⁻¹(logit(web) + own + web_growth_per_year · years), `own` being
Normal(0, 0.8) for each customer; else the phone with the chance phone / (1 − web); else the branch. A sold line comes
back as a whole with the chance of its category, 1 to 30 days later, each day as likely; what would come back after the
window is not seen. It is a line of its own below zero, with the order's id or, as often as the world says, an id of its
own. On it `discount` is blank. The price of one piece is the amount by the pieces, in whole tomans.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company import baskets
from crmlab.company.made import Frame, Made, joined, table
from crmlab.company.months import month_of
from crmlab.company.products import list_prices
from crmlab.company.setting import Block, Setting
from crmlab.company.staff import sellers

Whole = NDArray[np.int64]
Texts = NDArray[np.object_]

DAYS_PER_YEAR = 365.25
RETURNED_WITHIN_DAYS = 30
OWN_SD = 0.8  # of the logit of a customer's share of purchases on the web
CREDIT = {0: 0.4, 30: 0.4, 60: 0.2}  # days a firm has to pay, and how often; persons pay at once
FLOOD = 1.2  # what comes back from a flooded customer, over all that they bought


@dataclass(frozen=True)
class TransactionsWorld:
    """How orders are filled, sold, returned and exported.

    Attributes
    ----------
    lines : tuple of float
        Shares of orders with 1, 2, 3 items. Chosen so that an order has about 1.8 lines.
    more_pieces, more_pieces_firm : float
        The chance of one piece more, of a person's and of a firm's lines. Chosen.
    web, phone : float
        Shares of orders at the start. Chosen.
    web_growth_per_year : float
        By how much the logit of the web's share grows. Chosen; 0 where there is no trend.
    same_order : float
        The share of returns that carry the order's id. Chosen.
    lost_month : int
        The month of the window (from 0) that is missing from the export; −1: none.
    copied_days : tuple of int
        The first and the last day that were exported twice; empty: none.
    flooded : float
        The share of customers from whom more came back than they bought in the window.
    """

    SECTION: ClassVar[str] = "transactions"

    lines: tuple[float, ...]
    more_pieces: float
    more_pieces_firm: float
    web: float
    phone: float
    web_growth_per_year: float
    same_order: float
    lost_month: int
    copied_days: tuple[int, ...]
    flooded: float


def make(setting: Setting, known: Made, block: Block) -> Made:
    """The table `transactions` by day, sales before returns.

    The truth `lines`, one row a line that was sold, exported or not: `order_id`, `product_id`, `pair` (the number of
    the complements it was bought as, 0: as none), `returned`, `returned_on` (day from 0, blank: not in the window).
    """
    world = setting.world(TransactionsWorld)
    purchases = known.truth["purchases"]
    sold = _sold(setting, world, known, block)
    back = _came_back(setting, known, block, sold)
    truth = pd.DataFrame(
        {
            "order_id": sold["order_id"],
            "product_id": known.tables["products"]["product_id"].to_numpy()[sold["product"]],
            "pair": sold["pair"],
            "returned": back["returned"],
            "returned_on": back["day"].where(back["is_seen"]).astype("float64"),
        }
    )
    ways = _ways(setting, world, known, block, purchases)
    sold = sold.join(ways, on="order")
    everything = joined([sold, _returns(setting, world, block, sold, back), _flood(setting, world, block, sold)])
    everything = everything.sort_values("day", kind="stable", ignore_index=True)
    return Made({"transactions": _table(setting, known, _exported(setting, world, everything))}, {"lines": truth})


def in_the_export(setting: Setting, lines: Frame) -> Frame:
    """The table without the month that is missing from the export, whatever was added to it since it was made."""
    day = (lines["date"] - pd.Timestamp(setting.start)).dt.days.to_numpy()
    there = month_of(setting, day) != setting.world(TransactionsWorld).lost_month
    kept: Frame = lines[there]
    return kept.reset_index(drop=True)


def _sold(setting: Setting, world: TransactionsWorld, known: Made, block: Block) -> Frame:
    """The lines of all orders, with who bought and when."""
    purchases, customers = known.truth["purchases"], known.truth["customers"].set_index("customer_id")
    is_firm = (customers["customer_type"] == "firm").reindex(purchases["customer_id"]).to_numpy()
    basket = baskets.Basket(world.lines, np.where(is_firm, world.more_pieces_firm, world.more_pieces))
    lines = baskets.lines(setting, baskets.shelf(setting, known), block, purchases, basket)
    of_order = purchases[["order_id", "customer_id", "day", "month"]].iloc[lines["order"]].reset_index(drop=True)
    lines = pd.concat([lines, of_order], axis=1)
    cost = list_prices(known, "unit_cost")[lines["month"], lines["product"]]
    return lines.assign(
        unit_price=np.round(lines["amount"] / lines["quantity"]),
        discount=lines["list_price"] * lines["quantity"] - lines["amount"],
        cost=cost * lines["quantity"],
    )


def _ways(setting: Setting, world: TransactionsWorld, known: Made, block: Block, purchases: Frame) -> Frame:
    """How each order was sold: `channel`, `due_days` and, where those tables are known, `branch_id` and `rep_id`."""
    rng, n = setting.rng("transactions.channel", block), len(purchases)
    customers = known.truth["customers"]
    place = pd.Series(np.arange(len(customers)), index=customers["customer_id"])[purchases["customer_id"]].to_numpy()
    own = OWN_SD * rng.standard_normal(len(customers))[place]
    years = purchases["day"].to_numpy() / DAYS_PER_YEAR
    web = 1 / (1 + np.exp(-np.log(world.web / (1 - world.web)) - own - world.web_growth_per_year * years))
    draw, phone = rng.random(n), (1 - web) * world.phone / (1 - world.web)
    channel = np.select([draw < web, draw < web + phone], ["web", "phone"], "branch")
    is_firm = (customers["customer_type"] == "firm").to_numpy()[place]
    credit = setting.rng("transactions.credit", block).choice(list(CREDIT), size=n, p=list(CREDIT.values()))
    ways = pd.DataFrame({"channel": channel, "due_days": np.where(is_firm, credit, 0)})
    rng = setting.rng("transactions.sellers", block)
    sold_by = sellers(setting, known, rng, place, purchases["day"].to_numpy())
    # Nobody sells what is bought on the web.
    return ways.assign(**{name: ids.where(channel != "web") for name, ids in sold_by.items()})


def _came_back(setting: Setting, known: Made, block: Block, sold: Frame) -> Frame:
    """For each sold line whether it comes back, on which day, and whether that is in the window."""
    rng = setting.rng("transactions.returns", block)
    rate = known.truth["catalogue"]["return_rate"].to_numpy()[sold["product"]]
    returned = rng.random(len(sold)) < rate
    day = sold["day"] + rng.integers(1, RETURNED_WITHIN_DAYS + 1, len(sold))
    return pd.DataFrame({"returned": returned, "day": day, "is_seen": returned & (day < setting.days)})


def _returns(setting: Setting, world: TransactionsWorld, block: Block, sold: Frame, back: Frame) -> Frame:
    seen = back["is_seen"].to_numpy()
    lines = _negative(sold[seen]).assign(day=back["day"][seen])
    keeps_id = setting.rng("transactions.return_ids", block).random(len(lines)) < world.same_order
    own_ids = [f"R{block.number + 1:03}{row:06}" for row in range(1, len(lines) + 1)]
    return lines.assign(order_id=lines["order_id"].where(keeps_id, own_ids))


def _flood(setting: Setting, world: TransactionsWorld, block: Block, sold: Frame) -> Frame:
    """Of some customers goods from before the window came back: more than all they bought in it, on the last day."""
    drawn = setting.rng("transactions.flooded", block).random(block.size) < world.flooded
    is_flooded = sold["customer_id"].isin(block.customer_ids[drawn])
    of_customer = sold[is_flooded].groupby("customer_id")["amount"]
    dearest = sold.loc[of_customer.idxmax()]
    total = of_customer.sum().to_numpy()
    pieces = np.ceil(FLOOD * total / dearest["unit_price"].to_numpy()).astype(np.int64)
    cost = dearest["cost"] // dearest["quantity"] * pieces
    lines = dearest.assign(quantity=pieces, amount=(dearest["unit_price"] * pieces).astype(np.int64), cost=cost)
    own_ids = [f"F{block.number + 1:03}{row:06}" for row in range(1, len(lines) + 1)]
    return _negative(lines).assign(day=setting.days - 1, order_id=own_ids)


def _negative(lines: Frame) -> Frame:
    flipped = {name: -lines[name] for name in ("quantity", "amount", "cost")}
    return lines.assign(**flipped, discount=np.nan)


def _exported(setting: Setting, world: TransactionsWorld, lines: Frame) -> Frame:
    """What the export holds: without the month that is missing, with the days that are in it twice."""
    kept: Frame = lines[month_of(setting, lines["day"]) != world.lost_month]
    if not world.copied_days:
        return kept
    first, last = world.copied_days
    return joined([kept, kept[kept["day"].between(first, last)]])


def _table(setting: Setting, known: Made, lines: Frame) -> Frame:
    products = known.tables["products"]
    names = ("customer_id", "amount", "order_id", "quantity", "unit_price", "list_price", "discount", "cost", "channel")
    columns: dict[str, Any] = {name: lines[name] for name in (*names, "due_days")}
    columns |= {name: lines[name] for name in ("branch_id", "rep_id") if name in lines}
    columns["date"] = setting.date(lines["day"])
    columns |= {
        name: products[of].to_numpy()[lines["product"]]
        for name, of in (("product_id", "product_id"), ("product", "name"))
    }
    return table("transactions", columns)
