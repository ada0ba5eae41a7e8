import ast
import operator
import re

import pytest

from crmlab import suite
from crmlab.errors import ParameterError
from crmlab.language import speaking
from crmlab.quoted import VERDICTS, claims, quoted

OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
CLAIMS = list(claims().values())


def computed(node: ast.expr) -> float:
    """The value of an expression of numbers, and of nothing but numbers."""
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -computed(inner)
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATIONS[type(op)](computed(left), computed(right))
    raise ValueError(ast.dump(node))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_claim_is_whole(claim):
    assert re.fullmatch(r"[a-z0-9_]+", claim.id)
    assert claim.place == "elsewhere" or re.fullmatch(r"00[0-4]:\d+", claim.place)
    assert claim.verdict in VERDICTS
    assert {"en", "fa"} <= set(claim.wording)
    assert all(text.strip().endswith((".", "?")) for text in (*claim.wording.values(), claim.origin, *claim.sources))
    assert claim.computed_in
    assert all(re.fullmatch(r"\d\d", number) for number in claim.computed_in)
    assert claim.sources or claim.verdict in ("untraced", "distorted")


@pytest.mark.parametrize("claim", [one for one in CLAIMS if one.formula], ids=lambda claim: claim.id)
def test_the_arithmetic_of_a_claim_holds(claim):
    value = computed(ast.parse(claim.formula.expression, mode="eval").body)
    assert value == pytest.approx(claim.formula.value, rel=1e-3)


def test_every_claim_stands_in_the_registry_once():
    text = (suite.datasets_folder() / "claims.yaml").read_text(encoding="utf-8")
    assert len(re.findall(r"^- id:", text, re.MULTILINE)) == len(CLAIMS)


def test_a_claim_is_shown_with_its_badge_in_both_languages():
    claim = quoted("half_in_five_years")
    assert "distorted on its way" in claim._repr_html_()
    assert "article 003:11" in claim._repr_html_()
    assert "Computed in 05, 22." in claim._repr_html_()
    with speaking("fa"):
        assert "پنج سال" in claim._repr_html_()


def test_a_claim_that_is_not_there_is_named():
    with pytest.raises(ParameterError, match=r"has no 'half_in_five_year' \(did you mean 'half_in_five_years'\?\)"):
        quoted("half_in_five_year")
