"""Flags: the words for yes and no, and for a return and a sale."""

from typing import Any

import ibis

from crmlab.tables.convert.ids import as_id
from crmlab.tables.convert.result import Converted, Reading

_TRUE = (
    *("yes", "y", "true", "t", "1", "on", "بله", "بلی", "آری", "درست"),
    *("return", "returned", "refund", "refunded", "cancelled", "canceled", "cancel", "cancellation", "reversal"),
    *("credit", "credit note", "مرجوعی", "مرجوع", "برگشتی", "برگشت", "برگشت از فروش", "لغو", "لغو شده"),
)
_FALSE = (
    *("no", "n", "false", "f", "0", "off", "خیر", "نه", "نادرست"),
    *("sale", "sold", "purchase", "order", "invoice", "debit", "فروش", "خرید", "سفارش", "فاکتور"),
)


def as_flag(column: Any, reading: Reading) -> Converted:
    """The column as true and false; a blank is missing, and a word that is neither is a fault."""
    if column.type().is_boolean():
        return Converted(column, ibis.null("string"))
    word = as_id(column, reading).value.lower()
    value = ibis.cases((word.isin(_TRUE), ibis.literal(value=True)), (word.isin(_FALSE), ibis.literal(value=False)))
    return Converted(value, ibis.cases((word.notnull() & value.isnull(), ibis.literal("not_a_flag"))))
