"""Which findings are effects that the null world sets to nothing, and how each says that it cannot tell.

Not in the table, because the null world does not make them nothing:

- what describes the customers (shares, values, hold-out errors), and what follows from customers being different: who
  stays longer is likelier to return (`05.tenure_rise`), the best are approached more often because campaigns go to them
  (`03.attention`), firms buy on credit and cost more to serve (`03.cost_differs`), the hazard of returning falls with
  time because the keenest return first (`13.week_ratio`);
- what costs money whether or not it has an effect: `00.goal_5`, `12.contribution`, `11.subsidy`;
- `16.over_credited`: in every world but `clean` the firm writes down a channel that is wrong for a quarter of the
  customers, so that what customers say does differ from the record;
- `14.over_product`: satisfaction keeps customers in the null world too, only as much with choice as without, which is
  `14.worth_of_choice`; all its regions being alike, that comparison is not made and has no finding;
- `21.followed`: a tenth of those told something buys for it, good words or bad; `21.handed_on`: a ticket that is handed
  on takes a stage more;
- `08.skill`: a score with nothing to learn is worse than none, not as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.stats import binom

from crmlab.findings import Finding

CANNOT_TELL = "cannot be told"
NOT_SHOWN = "not shown"
FOR_ALL_ONE_KNOWS = "as far as can be told"
ERROR = 0.001  # of a band, both sides together: of 200 false alarms at 5 % each it allows 2 to 21


@dataclass(frozen=True)
class Effect:
    """One effect that is nothing in the null world.

    Attributes
    ----------
    nothing : float
        The value that says so.
    undecided : str
        What the sentence says exactly where the interval holds that value; empty where it gives the number and says
        nothing of it.
    own : bool
        Whether it rests on customers, branches or chance that no other effect marked so rests on, so that their false
        alarms are nearly independent. The others read the same trial once more.
    """

    nothing: float = 0.0
    undecided: str = CANNOT_TELL
    own: bool = True

    def alarm(self, found: Finding) -> bool:
        """Whether the interval leaves nothing out."""
        assert found.low is not None
        assert found.high is not None
        return not found.low <= self.nothing <= found.high


EFFECTS: dict[str, Effect] = {
    "00.effect_loyalty": Effect(),
    "00.effect_growth": Effect(),
    "00.effect_win_back_or_save": Effect(),
    "03.belief_kappa": Effect(undecided=""),
    "08.auc": Effect(0.5, NOT_SHOWN),
    "08.beats_benchmark": Effect(undecided=NOT_SHOWN, own=False),
    "08.top_decile_lift": Effect(1.0, NOT_SHOWN, own=False),
    "08.base_rate_shift": Effect(undecided=NOT_SHOWN),
    "11.hits_gain": Effect(),
    "11.net_upgrades": Effect(undecided="not told from none"),
    "11.trial_effect": Effect(own=False),
    "12.effect": Effect(own=False),
    "12.relative": Effect(undecided="leaves room for none", own=False),
    "12.revenue": Effect(own=False),
    "12.reached": Effect(undecided="", own=False),
    "12.revenue_less_past": Effect(undecided="", own=False),
    "13.save_effect": Effect(own=False),
    "13.save_margin_after": Effect(own=False),
    "13.win_back_effect": Effect(own=False),
    "13.win_back_margin_after": Effect(own=False),
    "14.volume": Effect(undecided=FOR_ALL_ONE_KNOWS),
    "14.calls": Effect(own=False),
    "14.consent": Effect(undecided=NOT_SHOWN),
    "14.price": Effect(undecided=NOT_SHOWN),
    "16.effect_1": Effect(),
    "16.effect_2": Effect(),
    "16.measured": Effect(undecided=""),  # says "no better" where it is worse, too
    "21.good_words": Effect(undecided=FOR_ALL_ONE_KNOWS),
    "21.support_helps": Effect(),
}
NOTEBOOKS = sorted({name.split(".")[0] for name in EFFECTS})
SELDOM = {"13.win_back_effect", "13.win_back_margin_after"}  # few lapsed customers are in a trial in so small a company


def band(n: int, p: float = 0.05) -> tuple[int, int]:
    """From how many to how many of `n` independent effects may raise a false alarm."""
    return int(binom.ppf(ERROR / 2, n, p)), int(binom.isf(ERROR / 2, n, p))


def misworded(found: Mapping[str, Finding]) -> list[str]:
    """Claims that say they cannot tell where the interval can, or the other way round."""
    told = {name: one for name, one in EFFECTS.items() if one.undecided and name in found}
    return [
        f"{name}: {found[name].low} to {found[name].high}: {found[name].claim}"
        for name, one in told.items()
        if one.alarm(found[name]) == (one.undecided in found[name].claim)
    ]
