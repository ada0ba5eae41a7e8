"""Retention: how fast customers stop buying, who is overdue by their own pace, and whether keeping them improves.

every silence (`silences`) -> what gap is usual for whom (`pace`) -> who is overdue (`overdue`).
Kaplan–Meier curves (`survival`).
"""

from crmlab.analyses.retention.overdue import customer_gaps
from crmlab.analyses.retention.pace import Pace, fit_pace
from crmlab.analyses.retention.silences import silences
from crmlab.analyses.retention.survival import SurvivalCurve, kaplan_meier
from crmlab.estimate import Estimate

__all__ = ["Estimate", "Pace", "SurvivalCurve", "customer_gaps", "fit_pace", "kaplan_meier", "silences"]
