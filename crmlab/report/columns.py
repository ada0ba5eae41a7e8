"""What the columns of action lists mean, for the people who get only the workbook.

A name has one meaning everywhere, but for those of `_IN_ONE_LIST`, which say more there. A column of a notebook that
is not of the suite is explained by its heading and that notebook's text.
"""

from crmlab.display import Unit
from crmlab.language import mark, tr, translated

_THE_CLIENTS = frozenset({"customer_id", "product_id", "product", "price"})

_EVERYWHERE = {
    "customer_id": mark("The customer's id, as it stands in the client's data."),
    "product_id": mark("The product's id, as it stands in the client's data."),
    "product": mark("The product's name, or its id where the data have no name."),
    "price": mark("What the running contract costs, as the client's data have it."),
    "reason": mark("Why this customer is on the list, in a sentence."),
    "arm": mark("What to do: contact the customer, or leave it alone so that the effect of a contact can be measured."),
    "value": mark("What the customer is worth by the measure that the heading names."),
    "purchases": mark("Days on which the customer bought, so far."),
    "days_since_last": mark("Days from the last purchase to the last day observed."),
    "orders": mark("Orders of the last year."),
    "expected": mark("What is expected of this customer, after costs; an estimate."),
    "probability": mark("How probable it is, by the notebook's model, that the customer does what the list is about."),
    "tier": mark("The customer's group by expected value."),
    "due": mark("The day by which to act."),
    "profit": mark("What a contact is expected to leave, after what it costs."),
    "tau": mark("By how much a contact is estimated to change what the customer does."),
    "kind": mark("Which kind of customer it is: about to leave, or gone."),
    "why": mark("Why to leave this customer alone."),
}
_IN_ONE_LIST = {
    ("top_customers", "value"): mark("What the customer bought in the last period, less returns."),
    ("top_customers", "value_before"): mark("The same in the period before; empty for those not known then."),
    ("top_customers", "stability"): mark("Whether the customer was in the top of the period before as well."),
    ("repair_list", "action"): mark("What would mend the account."),
    ("repair_list", "avoidable_loss"): mark("What the customer cost more than it left, and need not."),
    ("repair_list", "contribution_1"): mark("What the customer left after all its costs, in the earlier period."),
    ("repair_list", "contribution_2"): mark("What the customer left after all its costs, in the later period."),
    ("repair_list", "price_change"): mark("By how much prices would have to rise for the customer to break even."),
    ("repair_list", "cost_cut"): mark("By how much serving the customer would have to cost less to break even."),
    ("customer_states", "state"): mark("Where the customer stands in its life with the client, by its own rhythm."),
    ("customer_states", "segment"): mark("The group that the three scores put the customer in."),
    ("customer_states", "rfm"): mark("Scores of recency, frequency and monetary value; the higher, the better."),
    ("customer_states", "value"): mark("What the customer bought so far, less returns."),
    ("overdue", "usual_gap_days"): mark("The customer's usual days from one purchase to the next."),
    ("overdue", "limit_days"): mark("Days of silence beyond which this customer is late by its own rhythm."),
    ("overdue", "status"): mark("Whether the silence is usual for this customer, or longer than its limit."),
    ("overdue", "value"): mark("What the customer bought so far, less returns."),
    ("customer_value", "purchases"): mark("Purchases expected in the time ahead that the heading names."),
    ("customer_value", "purchases_low"): mark("The lower end of the interval of expected purchases."),
    ("customer_value", "purchases_high"): mark("The upper end of the interval of expected purchases."),
    ("customer_value", "value"): mark("What the expected purchases are worth."),
    ("customer_value", "value_low"): mark("The lower end of the interval of that value."),
    ("customer_value", "value_high"): mark("The upper end of the interval of that value."),
    ("customer_value", "p_alive"): mark("How probable it is that the customer will buy at all again."),
    ("calls", "due"): mark("The next day on which the customer can leave."),
    ("calls", "probability"): mark("How probable it is that the customer leaves then, or in the window named."),
    ("calls", "later"): mark("How probable it is that the customer leaves within the days named."),
    ("calls", "half_gone"): mark("When half of such customers will have left."),
    ("calls", "unit"): mark("What the row counts: a contract or a customer."),
    ("next_best_product", "probability"): mark("How probable it is that the customer buys the product."),
    ("next_best_product", "also"): mark("The products that come next for this customer."),
    ("trade_up", "next_tier"): mark("The tier above the customer's own."),
    ("trade_up", "propensity"): mark("How probable the step to that tier is."),
    ("trade_up", "step"): mark("What the step leaves more, if it is taken."),
    ("trade_up", "headroom"): mark("How much more the customer could buy, by what similar customers do."),
    ("next_test", "stratum"): mark("The group by value within which chance gave out the arms."),
    ("false_loyal", "value"): mark("The margin that the customer leaves in a year."),
    ("significant_customers", "flags"): mark("Which rules of significance the customer passes."),
    ("significant_customers", "kept"): mark("The share of customers with such marks who were there a year later."),
    ("significant_customers", "at_least"): mark("What the customer leaves at least, with the probability of the rule."),
    ("significant_customers", "contribution"): mark("What the customer left in the last year, after costs."),
    ("contact_plan", "list"): mark("The action that the customer is chosen for; nobody is on two lists."),
    ("contact_plan", "priority"): mark("In which order to work, 1 first."),
    ("contact_plan", "codes"): mark("The reasons as short words, to filter by."),
    ("contact_plan", "offer"): mark("What to say or offer."),
    ("contact_plan", "source"): mark("The notebook that found it."),
    ("customers", "value"): mark("What the customer bought so far, less returns."),
}
_UNITS: dict[Unit, str] = {
    "share": mark("per cent of a whole"),
    "change": mark("per cent, more or less"),
    "points": mark("percentage points"),
    "count": mark("number of them"),
    "days": mark("days"),
    "index": mark("index without a unit"),
    "number": mark("number"),
    "label": mark("one of a few words"),
    "text": mark("text"),
}


def meaning(list_id: str, column: str) -> str:
    """What a column of a list holds, in the language spoken."""
    known = _IN_ONE_LIST.get((list_id, column)) or _EVERYWHERE.get(column)
    return translated(known) if known else tr("As the heading says; the notebook's text explains it.")


def unit(of: Unit, currency: str) -> str:
    """What the values of a column are counted in, in the language spoken."""
    return currency if of == "money" else translated(_UNITS[of])


def is_of_the_client(column: str) -> bool:
    """Whether a column holds ids, names or prices as the client has them."""
    return column in _THE_CLIENTS


def origin(column: str, notebook: str) -> str:
    """Where the values of a column come from, in the language spoken."""
    return tr("the client's data") if is_of_the_client(column) else tr("computed in {notebook}", notebook=notebook)
