"""What is odd about customers and days: one customer who is the business, months without sales, days merged."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import ibis

from crmlab.data_page.noticed import Lines, Noticed, records, total
from crmlab.data_page.phrases import count, lines_, listed, named, share
from crmlab.language import day as in_words
from crmlab.language import gregorian_month, tr, trn
from crmlab.tables.quality import several

LARGE_CUSTOMER = Decimal("0.1")
# A silence at the end is told from an ordinary one by these: longer than any before, and than a week.
LEAST_SILENCE_DAYS = 7
# A run of days without sales inside the history is odd if it is longer than two weeks and five times what is usual.
LEAST_RUN_DAYS, TIMES_THE_USUAL, USUAL, LEAST_GAPS = 14, 5, 0.99, 50
BELOW_COST = 0.01  # of the lines: fewer are slips and clearances


def large_customer(lines: Lines) -> Iterator[Noticed]:
    """The customer who makes more than a tenth of the kept sales; a business of fewer than eleven is all such."""
    sales = lines.kept.filter(lines.kept.amount > 0)
    customers = sales.group_by("customer_id").agg(rows=sales.count(), amount=sales.amount.sum())
    # Who it is costs a second pass over all rows, which is made only where somebody is that large.
    (everything,) = records(
        customers.aggregate(n=customers.count(), amount=customers.amount.sum(), most=customers.amount.max())
    )
    if everything["n"] <= 1 / LARGE_CUSTOMER or everything["most"] <= LARGE_CUSTOMER * everything["amount"]:
        return
    (largest,) = records(customers.order_by([ibis.desc("amount"), "customer_id"]).limit(1))
    who = tr("Customer {id}", id=named(largest["customer_id"])) if lines.names_customers else tr("One customer")
    yield Noticed(
        "large_customer",
        tr(
            "{who} makes {share} of the kept sales: {money} on {lines}.",
            who=who,
            share=share(largest["amount"], everything["amount"]),
            money=lines.money(largest["amount"]),
            lines=lines_(largest["rows"]),
        ),
        largest["rows"],
        largest["amount"],
        tr(
            "See whether this is one buyer or an account for many, such as cash sales, a marketplace or a test; "
            "`test_customers` leaves such ids out."
        ),
    )


def silent_months(lines: Lines) -> Iterator[Noticed]:
    """Months inside the history on which nothing was sold."""
    sales = lines.kept.filter(lines.kept.amount > 0)
    months = {row["month"] for row in records(sales.select(month=sales.date.truncate("M")).distinct())}
    if not months:
        return
    silent = [month for month in _months(min(months), max(months)) if month not in months]
    if silent:
        yield Noticed(
            "months_without_sales",
            trn(
                len(silent),
                "{n} month between the first sale and the last is without any sale: {months}.",
                "{n} months between the first sale and the last are without any sale: {months}.",
                n=count(len(silent)),
                months=listed([gregorian_month(month) for month in silent]),
            ),
            None,
            None,
            tr("See whether a file of the export is missing. A gap looks like customers who went away and came back."),
        )


def silent_days(lines: Lines) -> Iterator[Noticed]:
    """Runs of days without sales inside the history that are out of all proportion and hold no whole month."""
    sales = lines.kept.filter(lines.kept.amount > 0)
    days = sorted(row["date"] for row in records(sales.select("date").distinct()))
    gaps = [(before, after, (after - before).days - 1) for before, after in pairwise(days)]
    if len(gaps) < LEAST_GAPS:
        return
    others = sorted(length for *_, length in gaps)[:-1]
    usual = others[int(USUAL * len(others))]
    for before, after, length in gaps:
        first = before + timedelta(days=1)
        # A whole month without sales is the business of `silent_months`.
        whole = _next_month(first) if first.day > 1 else first
        if length <= max(LEAST_RUN_DAYS, TIMES_THE_USUAL * usual) or _next_month(whole) <= after:
            continue
        yield Noticed(
            "days_without_sales",
            tr(
                "Nothing was sold on {days} days in a row, {first} to {last}; of all other such runs 99 in 100 last at "
                "most {usual}.",
                days=count(length),
                first=in_words(first),
                last=in_words(after - timedelta(days=1)),
                usual=count(usual),
            ),
            None,
            None,
            tr("See whether a file of the export is missing. A gap looks like customers who went away and came back."),
        )


def more_returned(lines: Lines) -> Iterator[Noticed]:
    """Customers of whom more came back than they bought."""
    kept = lines.kept.filter(lines.kept.customer_id.notnull())
    customers = kept.group_by("customer_id").agg(
        rows=kept.count(), amount=kept.amount.sum(), back=kept.count(where=kept.amount < 0)
    )
    below = customers.filter((customers.amount < 0) & (customers.back > 0))
    (found,) = records(below.aggregate(n=below.count(), rows=below.rows.sum(), amount=below.amount.sum()))
    if found["n"]:
        yield Noticed(
            "more_returned",
            trn(
                found["n"],
                "{n} customer returned more than they bought: together {money}.",
                "{n} customers returned more than they bought: together {money}.",
                n=count(found["n"]),
                money=lines.money(found["amount"]),
            ),
            found["rows"],
            found["amount"],
            tr(
                "Their value is below zero. See whether they bought before the export begins, or whether returns are "
                "booked on other ids."
            ),
        )


def below_cost(lines: Lines) -> Iterator[Noticed]:
    """Sales for less than the goods cost, where they are more than a slip."""
    if not lines.has("cost"):
        return
    sales = lines.kept.filter(lines.kept.amount > 0, lines.kept.cost.notnull())
    under = sales.filter(sales.cost > sales.amount)
    (all_sales,) = records(sales.aggregate(n=sales.count()))
    (found,) = records(
        under.aggregate(n=under.count(), amount=under.amount.sum(), loss=(under.amount - under.cost).sum())
    )
    if found["n"] and found["n"] >= BELOW_COST * all_sales["n"]:
        yield Noticed(
            "below_cost",
            tr(
                "{lines} ({share} of those with a known cost) were sold for less than the goods cost: together "
                "{money}.",
                lines=lines_(found["n"]),
                share=share(found["n"], all_sales["n"]),
                money=lines.money(found["loss"]),
            ),
            found["n"],
            found["amount"],
            tr(
                "See whether costs are those of the day of the sale and of the same unit; if so, such sales lose money."
            ),
        )


def unfinished_end(lines: Lines) -> Iterator[Noticed]:
    """A last month that observation ends in, or an end after a silence longer than any before."""
    sales = lines.kept.filter(lines.kept.amount > 0)
    days = sorted(row["date"] for row in records(sales.select("date").distinct()))
    if not days:
        return
    last, until = days[-1], lines.observed_until
    silence = (until - last).days
    usual = max([(after - before).days for before, after in pairwise(days)], default=0)
    if silence > max(usual, LEAST_SILENCE_DAYS):
        yield Noticed(
            "silent_end",
            tr(
                "The last sale is on {last}, {days} days before the last day observed ({until}); no silence before was "
                "as long.",
                last=in_words(last),
                days=count(silence),
                until=in_words(until),
            ),
            None,
            None,
            tr(
                "If the data end there, set `observed_until` to the last day they cover; otherwise every customer "
                "looks as if gone."
            ),
        )
    elif _next_month(until) - timedelta(days=1) > until:
        month = sales.filter(sales.date >= ibis.literal(until.replace(day=1)))
        rows, amount = total(month)
        yield Noticed(
            "unfinished_month",
            tr(
                "The last month is unfinished: {month} is observed for {days} of {all} days (last sale {last}).",
                month=gregorian_month(until),
                days=count(until.day),
                all=count((_next_month(until) - timedelta(days=1)).day),
                last=in_words(last),
            ),
            rows,
            amount,
            tr("Compare it with no whole month; trends that end in it seem to fall."),
        )


def same_day(lines: Lines) -> Iterator[Noticed]:
    """Kept orders (without order ids, lines) of one customer on one day, which count as one purchase."""
    unit = "order_id" if lines.has("order_id") else None
    sales = lines.kept.filter(lines.kept.amount > 0)
    found = several(sales, ["customer_id", "date"], unit)
    if found.groups:
        parts = count(found.parts)
        yield Noticed(
            "same_day",
            tr(
                "{parts} of customers with several on the same day count as {purchases}: one for each customer and "
                "day.",
                parts=trn(found.parts, "{n} order", "{n} orders", n=parts) if unit else lines_(found.parts),
                purchases=trn(found.groups, "{n} purchase", "{n} purchases", n=count(found.groups)),
            ),
            found.rows,
            found.amount,
            tr("No money is left out. A purchase is a customer's day, because parts of one visit are no repeat."),
        )


def _months(first: date, last: date) -> Iterator[date]:
    month = first
    while month <= last:
        yield month
        month = _next_month(month)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
