"""Each finding of the suite says what it rests on, as the question's design has it and not as its number looks."""

from pathlib import Path

import matplotlib as mpl
import pytest

from crmlab import suite
from tests.worlds.made import company, told

# Whatever is in none of these is counted or averaged over the data: a description.
GRADES = {
    # Chance decided who was approached, called, tried or left alone.
    "experiment": {
        "00.effect_loyalty",
        "00.effect_growth",
        "00.effect_win_back_or_save",
        "00.goal_5",
        "11.subsidy",
        "11.trial_effect",
        "12.contribution",
        "12.effect",
        "12.reached",
        "12.relative",
        "12.revenue",
        "12.revenue_less_past",
        "13.save_effect",
        "13.save_margin_after",
        "13.win_back_effect",
        "13.win_back_margin_after",
        "14.calls",
    },
    # Branches that were not live yet, branches that never were, and the same customers on other days stand for what
    # would have been.
    "quasi-experiment": {"16.effect_1", "16.effect_2", "21.capability", "21.followed"},
    # Groups that nobody drew are compared, or two columns go together.
    "association": {
        "03.attention",
        "03.belief_kappa",
        "03.cost_differs",
        "03.loss_difference",
        "03.volume_and_profit",
        "04.time_at_risk",
        "05.cohort_trend",
        "05.improvement",
        "05.retention_change",
        "05.tenure_rise",
        "06.frequency_and_spend",
        "08.base_rate_shift",
        "11.pairs",
        "13.week_ratio",
        "14.consent",
        "14.over_product",
        "14.price",
        "14.volume",
        "14.worth_of_choice",
        "16.measured",
        "21.good_words",
        "21.support_helps",
    },
    # Days that nobody has seen, or a plan valued by a model.
    "model": {"04.in_touch_long_run", "06.buyers", "06.top_tier", "06.total_value", "14.recall_1", "14.recall_2"},
}


@pytest.mark.slow
def test_every_finding_has_the_grade_of_its_design(tmp_path: Path) -> None:
    mpl.use("agg")
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMLAB_CACHE", str(tmp_path / "cache"))
        client = company(tmp_path / "client", "standard", seed=0, customers=3_000, branches=24)
        for notebook in suite.notebooks():
            if not notebook.number.startswith("9"):
                found |= told(notebook.number, client, patch).findings
    graded = {name: grade for grade, names in GRADES.items() for name in names}
    wrong = {name: one.evidence for name, one in found.items() if one.evidence != graded.get(name, "description")}
    assert wrong == {}
    # What a world of this size cannot support: a campaign to win back comes to too few, and is read as that to save is.
    absent = {"06.buyers", "13.win_back_effect", "13.win_back_margin_after", "14.recall_2", "16.effect_2"}
    assert set(graded) - set(found) <= absent
