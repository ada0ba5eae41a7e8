import pandas as pd
import pytest

from crmlab.client import Client
from crmlab.errors import CrmlabError, DataError
from crmlab.findings import Refusal
from crmlab.teaching.exercise import Exercise, Given, Task, Wrong, absolute, all_exercises, exercise, exercise_called
from crmlab.teaching.session import CHECK_MIME, Shown, Work, begin


def made(shop, rng):
    number = int(rng.integers(1, 1000))
    return Task(
        given=(
            Given("number", number, "a number <b>", "count"),
            Given("money", 2.5, "a price", "money"),
            Given("table", pd.DataFrame({"who": ["<i>"], "share": [0.5]}), "shares", units={"share": "share"}),
        ),
        answer=2 * number,
        tolerance=absolute(0.5),
        expects="twice the number",
        wrong=(Wrong(number, "You forgot to <double> it."),),
    )


def too_thin(shop, rng):
    raise DataError("only 3 customers")


@pytest.fixture
def work():
    shop = Client.open("cdnow")
    return Work(shop, 20, (Exercise("99.1", made, ""), Exercise("99.2", made, ""), Exercise("99.3", too_thin, "")))


@pytest.fixture(autouse=True)
def known(monkeypatch, work):
    by_id = {one.id: one for one in work.exercises}
    monkeypatch.setattr("crmlab.teaching.session.exercise_called", by_id.__getitem__)


def test_what_is_given_can_be_looked_at_and_computed_with(work):
    shown = work.task("99.1")
    assert 1 <= shown["number"] < 1000
    assert shown["table"].share.tolist() == [0.5]
    page = shown._repr_html_()
    assert "twice the number" in page
    assert "2.50 USD" in page
    assert "50.0 %" in page
    assert "<b>" not in page
    assert "<i>" not in page
    with pytest.raises(KeyError, match="gives number, money, table"):
        shown["years"]


def test_a_right_answer_is_counted_once(work):
    answer = 2 * work.task("99.1")["number"]
    first = work.check("99.1", answer)
    assert first.sentences == ("Right.", "1 of 3 exercises done so far.")
    assert work.check("99.1", answer).sentences[1] == "1 of 3 exercises done so far."
    assert work.check("99.2", 2 * work.task("99.2")["number"]).sentences[1] == "2 of 3 exercises done so far."


@pytest.mark.parametrize("value", [..., "two", -1])
def test_the_answer_is_never_said(work, value):
    answer = 2 * work.task("99.1")["number"]
    verdict = work.check("99.1", value)
    told = " ".join([*verdict.sentences, str(verdict._repr_mimebundle_())])
    assert str(answer) not in told
    assert "0 of 3 exercises done" in told
    assert verdict.record["right"] is False


def test_a_typical_mistake_gets_its_hint_escaped(work):
    verdict = work.check("99.1", work.task("99.1")["number"])
    assert verdict.sentences[0] == "You forgot to <double> it."
    assert "<double>" not in verdict._repr_mimebundle_()["text/html"]


def test_the_record_holds_what_the_gradebook_needs(work):
    number = work.task("99.2")["number"]
    record = work.check("99.2", 2 * number)._repr_mimebundle_()[CHECK_MIME]
    assert record == {
        "exercise": "99.2",
        "client": "cdnow",
        "data_key": work.client.data_key,
        "seed": 20,
        "value": 2.0 * number,
        "right": True,
    }


def test_answers_differ_by_student_and_exercise_and_are_the_same_again(work):
    others = [Work(work.client, seed, work.exercises).task("99.1")["number"] for seed in (20, 20, 21, 22, 23)]
    assert others[0] == others[1]
    assert len(set(others)) > 2
    assert work.task("99.1")["number"] != work.task("99.2")["number"]


def test_data_too_thin_are_a_refusal_with_the_reason(work):
    with pytest.raises(Refusal, match=r"exercise 99\.3 cannot be asked of these data: only 3 customers"):
        work.task("99.3")


def test_a_notebook_without_exercises_says_so():
    with pytest.raises(CrmlabError, match="notebook 98 has no exercises"):
        begin("98", Client.open("cdnow"), seed=1)


def test_an_exercise_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(CrmlabError, match=r"there is no exercise '98\.7'; there are: notebook 98 has none"):
        exercise_called("98.7")


def test_an_exercise_has_a_notebook_and_a_digit():
    with pytest.raises(ValueError, match=r"such as 05\.1"):
        exercise("5.1")


def test_every_notebook_with_exercises_has_three():
    numbers: dict[str, list[str]] = {}
    for one in all_exercises():
        numbers.setdefault(one.notebook, []).append(one.id)
    assert all(ids == [f"{number}.{n}" for n in (1, 2, 3)] for number, ids in numbers.items())
    assert all(one.about.endswith(".") for one in all_exercises())


def test_large_money_that_is_given_keeps_its_hundredths_to_reckon_with():
    exact, whole = Given("m", 123_456.78, "margin", "money"), Given("c", 18_000.0, "cost", "money")
    html = Shown("98.1", (exact, whole), "an amount", "IRT")._repr_html_()
    assert ">123,456.78 IRT<" in html
    assert ">18,000 IRT<" in html
