"""A decision panel of two lists whose numbers can be reckoned by hand, and a page with nothing but a panel."""

from crmlab.analyses.actions.payoff import Option, Terms
from crmlab.brand import OUR_OWN
from crmlab.estimate import Estimate
from crmlab.language import current, is_right_to_left
from crmlab.panel import DecisionPanel
from crmlab.report import page
from crmlab.report.safe_html import clean

PAGE = """{% extends "base.html.jinja" %}
{% from "panel.html.jinja" import panel %}
{% set scripts = ["panel.js"] %}
{% block title %}Panel{% endblock %}
{% block page %}<main id="main"><h1>Panel</h1>{{ panel(data, "p") }}
<div class="paper-only">{{ paper }}</div></main>{% endblock %}"""


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(
        value=value,
        low=low,
        high=high,
        n=120,
        level=0.95,
        method="Wilson",
        denominator="customers who were in this situation",
        window="1998-01-01 to 1998-03-31",
    )


def one_panel(*, contact_cost: float = 2.0, evidence: str = "association <b>") -> DecisionPanel:
    lists = (
        ("win_back", 100, estimate(0.3, 0.25, 0.35), estimate(50.0, 40.0, 60.0), 0.15),
        ("protect", 50, estimate(0.95, 0.9, 0.98), estimate(200.0, 150.0, 250.0), None),
    )
    return DecisionPanel(
        chosen=tuple(
            Option(name=name, contacts=n, left_alone=n // 10, baseline=share, purchase=paid, detectable=seen)
            for name, n, share, paid, seen in lists
        ),
        terms=Terms(margin_rate=0.4, contact_cost=contact_cost, discount_rate_per_year=0.0, uplift=0.12),
        given=("margin_rate", "discount_rate_per_year", "uplift"),
        evidence=dict.fromkeys([name for name, *_ in lists], evidence),
        days=90,
        currency="USD",
    )


def page_of(panel: DecisionPanel) -> str:
    turned = is_right_to_left(current())
    template = page._environment().from_string(PAGE)
    return template.render(
        style=page._style(turned=turned),
        right_to_left=turned,
        language=current(),
        version="0",
        data=panel.payload(),
        paper=clean(panel._repr_mimebundle_()["text/html"]),
        brand=OUR_OWN,
    )
