"""Negin, the teaching company: an invented Iranian retailer of home appliances, with planted truth behind every table.

`setting`: which company · `streams`: chance by name · `scenarios.yaml`: the worlds · `latents`: the truth of each
customer · `company`: all groups in their order · the other modules: one group of tables each.
"""

from crmlab.company.company import Company, make_company
from crmlab.company.setting import PROFILES, SCENARIOS, Setting, setting

__all__ = ["PROFILES", "SCENARIOS", "Company", "Setting", "make_company", "setting"]
