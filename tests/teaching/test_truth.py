import pytest

from crmlab.client import Client
from crmlab.errors import DataError
from crmlab.teaching import has_truth, truth


def test_the_truth_of_negin_is_there():
    shop = Client.open("negin")
    assert has_truth(shop)
    assert len(truth(shop, "complements")) == 12


def test_nobody_knows_the_truth_of_a_real_client():
    shop = Client.open("cdnow")
    assert not has_truth(shop)
    with pytest.raises(DataError, match="nobody knows the truth behind CDNOW"):
        truth(shop, "complements")


def test_a_truth_that_is_not_there_is_named():
    with pytest.raises(DataError, match=r"no truth is called 'complement' \(did you mean 'complements'\?\)"):
        truth(Client.open("negin"), "complement")
