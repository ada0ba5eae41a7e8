"""Who may sell where and when: representatives and territories as arrays, in the order of their tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crmlab.company.made import Frame, Made
from crmlab.company.pipeline.world import PipelineWorld
from crmlab.company.setting import Setting

Vector = NDArray[np.float64]
Numbers = NDArray[np.int64]
Names = NDArray[np.object_]
Flags = NDArray[np.bool_]
NEVER = 10**6  # a day after every window


@dataclass(frozen=True)
class Sellers:
    """The sales force.

    Attributes
    ----------
    rep_ids, territory_ids, regions : array of str
        Of the representatives, the territories, and the region of each territory.
    hired, live : array of int
        Of each representative: the day of hire, and the day on which CRM went live at the branch (`NEVER` if it has
        not), counted from the start of the window.
    home : array of int
        The number of each one's home territory.
    load, skill : array of float
        Of each representative: how much is routed to them, compared with others, and how good they are.
    ease, firms : array of float
        Of each territory.
    """

    rep_ids: Names
    territory_ids: Names
    regions: Names
    hired: Numbers
    live: Numbers
    home: Numbers
    load: Vector
    skill: Vector
    ease: Vector
    firms: Vector

    @property
    def truth(self) -> Frame:
        """One row a representative: `rep_id` and `load`."""
        return pd.DataFrame({"rep_id": self.rep_ids, "load": self.load})

    def is_live(self, rep: Numbers, day: Numbers) -> Flags:
        """Whether CRM was live, on each day, at the branch of each representative, who is given by number."""
        return np.asarray(day >= self.live[rep])

    def routed(self, rng: np.random.Generator, territory: Numbers, day: Numbers, at_home: float) -> Numbers:
        """Who each lead goes to: one of those at home there, or anybody; only who has been hired by then."""
        weight = self.load * (self.hired <= day[:, None])
        home = weight * (self.home == territory[:, None])
        stays = (rng.random(day.size) < at_home) & (home.sum(axis=1) > 0)
        reached = np.cumsum(np.where(stays[:, None], home, weight), axis=1)
        number: Numbers = (rng.random(day.size)[:, None] * reached[:, -1:] >= reached).sum(axis=1)
        return number


def sellers(setting: Setting, known: Made) -> Sellers:
    """The sales force of the tables `branches`, `territories` and `reps` and of their truth."""
    reps, territories = known.tables["reps"], known.tables["territories"]
    live_on = known.tables["branches"].set_index("branch_id")["crm_live_on"].loc[reps["branch_id"]]
    live = (live_on - pd.Timestamp(setting.start)).dt.days.fillna(NEVER).to_numpy().astype(np.int64)
    world = setting.world(PipelineWorld)
    load = setting.rng("pipeline.load").gamma(world.load_shape, 1 / world.load_shape, len(reps))
    if world.deals_of_the_last is not None:
        load[-1] = 0  # what this one has is given by hand
    number = pd.Series(range(len(territories)), index=territories["territory_id"])
    return Sellers(
        rep_ids=reps["rep_id"].to_numpy(dtype=object),
        territory_ids=territories["territory_id"].to_numpy(dtype=object),
        regions=territories["region"].to_numpy(dtype=object),
        hired=known.truth["reps"]["hired"].to_numpy(),
        live=live,
        home=np.asarray(number.loc[reps["territory_id"]], dtype=np.int64),
        load=load,
        skill=known.truth["reps"]["skill"].to_numpy(),
        ease=known.truth["territories"]["ease"].to_numpy(),
        firms=territories["firms"].to_numpy(),
    )
