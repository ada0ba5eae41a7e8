"""What changed since the last run: the headline findings then and now, where they can be compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmlab.display import quantity
from crmlab.findings import Finding
from crmlab.language import points, signed
from crmlab.report.parameters import OF_THE_COMMAND

Verdict = Literal["changed", "unclear", "counted"]

_NOT_COMPARED = {*OF_THE_COMMAND, "runs"}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One finding on two states of the data.

    Attributes
    ----------
    then, now : Finding
    then_day, now_day : str
        The last day of the data, ISO.
    currency : str
    """

    then: Finding
    now: Finding
    then_day: str
    now_day: str
    currency: str

    @property
    def verdict(self) -> Verdict:
        """`changed` where the intervals do not overlap, `unclear` where they do, `counted` where one has none.

        Intervals that do not overlap are a stricter test than that of the difference: what it calls changed has
        changed, and a small change may be missed.
        """
        ends = [self.then.low, self.then.high, self.now.low, self.now.high]
        if any(end is None for end in ends):
            return "counted"
        low, high, now_low, now_high = (float(end) for end in ends if end is not None)
        return "unclear" if low <= now_high and now_low <= high else "changed"

    @property
    def difference(self) -> str:
        """Now less then, with its sign, in the finding's unit."""
        difference = self.now.value - self.then.value
        if self.now.unit in ("share", "change", "points"):
            return points(difference)
        shown = quantity(abs(difference), self.now.unit, self.currency)
        return signed(shown, difference) if difference else shown


@dataclass(frozen=True, kw_only=True)
class NotCompared:
    """A notebook that ran with other parameters before: which, with their values then and now."""

    question: str
    then_day: str
    parameters: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Changes:
    """What can be compared and what cannot, in the order of the notebooks."""

    compared: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...]

    def __bool__(self) -> bool:
        return bool(self.compared or self.not_compared)


def changes(latest: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]]) -> Changes:
    """What changed between the `latest` run of each notebook and its last run on other data.

    Parameters
    ----------
    latest : sequence of mapping
        Records of runs, as `findings.json` holds them, with `headlines` (findings).
    earlier : sequence of mapping
        Records of all other runs, oldest first.

    Returns
    -------
    Changes
        Each headline finding once, although several notebooks may state it. Of the runs on other data, observed no
        later, the last with the same parameters counts; where there is none, the parameters that differ are named.
    """
    compared: dict[str, Change] = {}
    named = []
    for run in latest:
        candidates = [one for one in reversed(earlier) if _is_before(one, run)]
        if run["status"] != "done" or not candidates:
            continue
        same = next((one for one in candidates if not _differing(one, run)), None)
        if same is None:
            then = candidates[0]
            differing = tuple(_differing(then, run))
            question, day = run["notebook"]["question"], then["client"]["observed_until"]
            named.append(NotCompared(question=question, then_day=day, parameters=differing))
        else:
            compared |= {one.now.id: one for one in _between(same, run) if one.now.id not in compared}
    return Changes(tuple(compared.values()), tuple(named))


def _is_before(one: Mapping[str, Any], run: Mapping[str, Any]) -> bool:
    then, now = one["client"], run["client"]
    same_notebook = one["notebook"]["name"] == run["notebook"]["name"] and one["status"] == "done"
    other_data = then["data_key"] != now["data_key"] and then["currency"] == now["currency"]
    return same_notebook and other_data and str(then["observed_until"]) <= str(now["observed_until"])


def _differing(one: Mapping[str, Any], run: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    then, now = one["parameters"], run["parameters"]
    names = [name for name in {**then, **now} if name not in _NOT_COMPARED]
    return [(name, then.get(name), now.get(name)) for name in names if then.get(name) != now.get(name)]


def _between(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    before = {one.id: one for one in _findings(then["findings"])}
    for finding in now["headlines"]:
        one = before.get(finding.id)
        if one is not None and one.unit == finding.unit:
            yield Change(
                then=one,
                now=finding,
                then_day=then["client"]["observed_until"],
                now_day=now["client"]["observed_until"],
                currency=now["client"]["currency"],
            )


def _findings(rows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    return (Finding(**row) for row in rows)
