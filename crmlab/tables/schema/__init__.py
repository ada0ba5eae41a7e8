"""The tables crmlab knows, their columns, and the rules that leave rows out or change them: declared once, here.

A new column is one more `Column`, a new table one more entry of `TABLES`. What a type accepts in a raw file is in
`convert`; what makes a rule hit is in `rules.py`. Only `transactions` must be there; every other table is optional.

`declare`: what a table is · `columns`: columns by their type · `standard`: the rules that follow from a declaration ·
`listing`: a declaration as plain facts · `sales`, `people`, `service`, `marketing`, `selling`, `firm`: the tables
themselves.
"""

from crmlab.tables.schema import firm, marketing, people, sales, selling, service
from crmlab.tables.schema.declare import (
    BOOKED_ON,
    CHANGED,
    CHANGES,
    EXCLUDED_BY,
    Column,
    ColumnType,
    Rule,
    Rules,
    Table,
    Texts,
    as_tuple,
    bounds,
)
from crmlab.tables.schema.standard import blanked, repeats_rule, standard_rules, with_standard_rules

__all__ = [
    "BOOKED_ON",
    "BY_NAME",
    "CHANGED",
    "CHANGES",
    "CUSTOMERS",
    "EXCLUDED_BY",
    "PRODUCTS",
    "TABLES",
    "TRANSACTIONS",
    "Column",
    "ColumnType",
    "Rule",
    "Rules",
    "Table",
    "Texts",
    "as_tuple",
    "blanked",
    "bounds",
    "repeats_rule",
    "standard_rules",
]

_DECLARED = (
    sales.TRANSACTIONS,
    people.CUSTOMERS,
    sales.PRODUCTS,
    sales.PRICES,
    people.CUSTOMER_HISTORY,
    people.SOURCE_RECORDS,
    service.CONTRACTS,
    service.TICKETS,
    service.PROBLEM_SURVEY,
    service.SURVEYS,
    marketing.CAMPAIGNS,
    marketing.CONTACTS,
    marketing.PROSPECTS,
    marketing.DEMAND_COSTS,
    marketing.REFERRALS,
    selling.BRANCHES,
    selling.TERRITORIES,
    selling.REPS,
    selling.LEADS,
    selling.OPPORTUNITIES,
    selling.STAGE_HISTORY,
    selling.ACTIVITIES,
    firm.COST_EVENTS,
    firm.FIXED_COSTS,
    firm.ECONOMY,
    firm.MARKET,
    firm.KPI_MONTHLY,
    firm.ORG_SURVEY,
    firm.CRM_COSTS,
    firm.CRM_BENEFITS,
)
TABLES = tuple(map(with_standard_rules, _DECLARED))
BY_NAME = {table.name: table for table in TABLES}

TRANSACTIONS, CUSTOMERS, PRODUCTS = (BY_NAME[name] for name in ("transactions", "customers", "products"))
