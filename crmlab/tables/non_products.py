"""Lines of a sales record that are no product: postage, fees, discounts, corrections, by their code or their name.

The built-in words are taken only where they are the whole code or the whole name, so that `PADS TO MATCH ALL CUSHIONS`
and `TEA SAMPLE BOX` stay products. Some may have one word before them (`DOTCOM POSTAGE`, `AMAZON FEE`). What a client
calls otherwise is named in its file (`rules.non_products`), which replaces the built-in words.
"""

import re

AFTER_ANY_WORD = ("postage", "carriage", "shipping", "delivery", "freight", "handling", "commission", "discount")
ALONE = (
    "post",
    "p&p",
    "manual",
    "samples?",
    "adjustments?",
    "manual adjustment",
    "(adjust )?bad debts?",
    "postage (and|&) packing",
    "postage (and|&) packaging",
    "shipping (and|&) handling",
    "rounding",
)
PERSIAN = (
    "پست",
    "کرایه( حمل| پست)?",
    "حمل([ \u200c]?و[ \u200c]?نقل)?",
    "هزینه[ \u200c]?(ی )?(ارسال|حمل|پست|بسته[ \u200c]?بندی)",
    "کارمزد( بانکی| بانک)?",
    "تخفیف",
)

PATTERN = f"^(?:(?:[^ ]+ )?(?:{'|'.join(AFTER_ANY_WORD)}|fees?|charges?)|{'|'.join((*ALONE, *PERSIAN))})$"
"""A regular expression, for Python and for the engine, on a code or a name that is trimmed and in lower case."""


def is_non_product(text: str) -> bool:
    """Whether the built-in words take the code or the name for something that is no product.

    >>> is_non_product("DOTCOM POSTAGE"), is_non_product("TEA SAMPLE BOX")
    (True, False)
    """
    return re.search(PATTERN, text.strip().lower()) is not None
