"""Why a customer is on a list, as a sentence: the source's own where another notebook named them, else ours."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from crmlab.language import count, money, percent, tr

LARGE = 1000
"""An amount from which on hundredths say nothing."""


def with_reasons(
    table: pd.DataFrame, *, currency: str, top_share: float, valuable_share: float, place: str = "reason"
) -> pd.DataFrame:
    """The plan's table with each customer's reason as a sentence, in the language spoken.

    Who was named by another notebook has that notebook's sentence, as it was written there. `due` becomes days.
    """
    shares = {"top": percent(top_share, 0), "valuable": percent(valuable_share, 0)}
    rows = table.to_dict(orient="records")
    said = [row["said"] or _reason(row["codes"], shares | _numbers(row, currency)) for row in rows]
    return table.assign(**{place: said}, due=pd.to_datetime(table["due"]).dt.date)


def amount(value: float, currency: str = "") -> str:
    """An amount of money, without hundredths where it is large."""
    return money(value, currency, 0 if abs(value) >= LARGE else 2)


def _numbers(row: Mapping[Any, Any], currency: str) -> dict[str, str]:
    """What the sentences say of a customer in numbers."""
    return {
        "paid": amount(row["value"], currency),
        "silent": count(row["days_since_last"]),
        "limit": count(row["limit_days"]),
    }


def _reason(codes: str, said: Mapping[str, str]) -> str:
    match codes:
        case "top value, within own gap" | "top value, in touch":
            return _to_protect(codes, said)
        case "valuable, overdue own gap" | "valuable, at risk":
            return _to_check_in(codes, said)
        case "one purchase, within first gap" | "one purchase, in touch":
            return _to_buy_again(codes, said)
        case _:
            return _of_the_lapsed(codes, said)


def _to_protect(codes: str, said: Mapping[str, str]) -> str:
    if codes == "top value, within own gap":
        return tr(
            "In the top {top} by value to date ({paid}). Days since the last purchase: {silent}; own limit: "
            "{limit}. Look after them, and notice early if they slow down.",
            **said,
        )
    return tr(
        "In the top {top} by value to date ({paid}) and in touch. Days since the last purchase: {silent}. Look "
        "after them, and notice early if they slow down.",
        **said,
    )


def _to_check_in(codes: str, said: Mapping[str, str]) -> str:
    if codes == "valuable, overdue own gap":
        return tr(
            "In the upper {valuable} by value to date ({paid}). Days since the last purchase: {silent}; own limit: "
            "{limit}. Ask whether something is wrong.",
            **said,
        )
    return tr(
        "In the upper {valuable} by value to date ({paid}). Days since the last purchase: {silent}, more than "
        "most customers of this company let pass. Ask whether something is wrong.",
        **said,
    )


def _to_buy_again(codes: str, said: Mapping[str, str]) -> str:
    if codes == "one purchase, within first gap":
        return tr(
            "Bought once ({paid}). Days since then: {silent}; second purchases come within {limit}. A good time to "
            "give a reason for the second.",
            **said,
        )
    return tr(
        "Bought once ({paid}). Days since then: {silent}, not many for this company. A good time to give a "
        "reason for the second purchase.",
        **said,
    )


def _of_the_lapsed(codes: str, said: Mapping[str, str]) -> str:
    if codes in {"valuable, long gone", "valuable, lapsed"}:
        return tr(
            "In the upper {valuable} by value to date ({paid}), but lapsed. Days since the last purchase: "
            "{silent}. Ask why they left, with one offer to return.",
            **said,
        )
    if codes in {"expected value, long gone", "expected value, lapsed"}:
        return tr(
            "Lapsed, with little value to date ({paid}), but still expected to be worth something. Days since the "
            "last purchase: {silent}. One offer to return.",
            **said,
        )
    return tr(
        "Lapsed, with little value to date ({paid}) and little to expect. Days since the last purchase: "
        "{silent}. Do not spend on winning them back.",
        **said,
    )
