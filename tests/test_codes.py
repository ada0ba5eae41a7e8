"""Codes whose words are ours: all of the schema and of the teaching company, and none of a client's."""

from pathlib import Path

import yaml

from crmlab.company import latents
from crmlab.language import speaking
from crmlab.language.catalogue import translations
from crmlab.tables.schema import TABLES
from crmlab.tables.schema.codes import CODES, code_words


def campaigns_of(part):
    """Whatever has `channels` as a list, at any depth."""
    if isinstance(part, dict):
        found = [part] if isinstance(part.get("channels"), list) else []
        return found + [one for value in part.values() for one in campaigns_of(value)]
    return [one for value in part for one in campaigns_of(value)] if isinstance(part, list) else []


def test_every_value_the_schema_allows_is_known():
    allowed = {value for table in TABLES for column in table.columns for value in column.allowed}
    assert allowed - CODES == set()


def test_the_teaching_companys_own_codes_are_known():
    folder = Path(latents.__file__).parent
    worlds = yaml.safe_load((folder / "scenarios.yaml").read_text("utf-8"))
    goods = yaml.safe_load((folder / "products.yaml").read_text("utf-8"))
    ways = {channel for campaign in campaigns_of(worlds) for channel in campaign["channels"]}
    own = {*latents.REGIONS, *latents.CHANNELS, *latents.INCOME_BANDS, *worlds["costs"]["always"]["drivers"]}
    own |= {*worlds["tickets"]["always"]["channels"], *worlds["costs"]["always"]["fixed"], *goods["categories"], *ways}
    assert len(ways) > 3
    assert own | set(worlds["org_survey"]["always"]["loadings"]) <= CODES


def test_every_code_has_a_translation():
    assert {code for code in CODES if code.replace("_", " ") not in translations("fa")} == set()


def test_a_code_is_shown_in_words_and_a_clients_own_stays_as_it_is():
    assert (code_words("direct_mail"), code_words("shop_7")) == ("direct mail", "shop_7")
    with speaking("fa") as counted:
        assert (code_words("Tehran"), code_words("visit"), code_words("shop_7")) == ("تهران", "بازدید", "shop_7")
    assert not counted.missing
