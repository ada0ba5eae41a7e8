"""What CRM is, and what this client's data can support of it.

`definitions`: what definitions agree on · `programmes`: the four types of programme, their budget and their effect ·
`goals`: one measure for each of five goals · `attention`: who is contacted, and where firm and customer meet ·
`coverage`: which questions wait for which data, and what a list of contacts could answer · `learning`: how much the
firm learns from being told. Sentences that say what was found are in `claims`, tables for people in `overviews`.
"""

from crmlab.analyses.orientation import claims
from crmlab.analyses.orientation.attention import Attention, contacted_by_value, touchpoints
from crmlab.analyses.orientation.coverage import CONTACT_LIST, answerable, missing_data, ready_questions, tables_held
from crmlab.analyses.orientation.definitions import VIEWS, Definitions, definitions
from crmlab.analyses.orientation.goals import OWNERS, Goal, goals
from crmlab.analyses.orientation.learning import learning_curve, prediction_error
from crmlab.analyses.orientation.overviews import (
    definition_table,
    goal_table,
    programme_table,
    ready_table,
    tables_table,
)
from crmlab.analyses.orientation.programmes import PROGRAMMES, Programme, programmes

__all__ = [
    "CONTACT_LIST",
    "GROUPS",
    "OWNERS",
    "PROGRAMMES",
    "VIEWS",
    "Attention",
    "Definitions",
    "Goal",
    "Programme",
    "answerable",
    "claims",
    "contacted_by_value",
    "definition_table",
    "definitions",
    "goal_table",
    "goals",
    "learning_curve",
    "missing_data",
    "prediction_error",
    "programme_table",
    "programmes",
    "ready_questions",
    "ready_table",
    "tables_held",
    "tables_table",
    "touchpoints",
]
