"""Jobs: each in one shard, each task once and in its order; how many workers memory feeds."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import ParameterError
from crmlab.report.batch import memory
from crmlab.report.batch.jobs import Job, Outcome, Queue, Task, once, shard, split_shard
from crmlab.suite import Notebook

GB = 1024**3


def job(client="a", number="01", seed=1, needs=(), path="here"):
    notebook = Notebook(f"{number}_x", Path(path), "Why?", {}, {})
    return Job(
        client=f"/{path}/{client}", client_id=client, client_name=client, observed_until="1998-06-30",
        currency="USD", notebook=notebook, parameters={"seed": seed}, needs=needs,
    )  # fmt: skip


def report(client="a", seed=1):
    parts = [job(client, number, seed) for number in ("01", "02")]
    return [*parts, job(client, "90", seed, needs=tuple(part.key for part in parts))]


def done(one, folder=None):
    return Outcome(job=one, status="done", folder=folder or f"{one.notebook.name}-{one.key}")


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 9), st.booleans()), max_size=30),
    st.integers(1, 12),
    st.randoms(use_true_random=False),
)
def test_every_job_is_in_exactly_one_shard_whatever_the_order(entries, of, chance):
    jobs = list(once(one for client, seed, whole in entries for one in (report if whole else single)(client, seed)))
    shards = [shard(jobs, number, of) for number in range(1, of + 1)]
    assert sorted(one.key for part in shards for one in part) == sorted(one.key for one in jobs)
    shuffled = list(jobs)
    chance.shuffle(shuffled)
    for number, part in enumerate(shards, start=1):
        assert {one.key for one in shard(shuffled, number, of)} == {one.key for one in part}
        keys = {one.key for one in part}
        assert all(set(one.needs) <= keys for one in part)  # a report's notebooks are in its own shard


def single(client, seed):
    return [job(client, "03", seed)]


def test_shards_are_of_like_size():
    # 1,000 jobs in 4 shards: each has a binomial count of mean 250 and standard deviation sqrt(1000/4*3/4) = 13.7;
    # six of these are 82.
    jobs = [job("a", "01", seed) for seed in range(1000)]
    assert all(abs(len(shard(jobs, number, 4)) - 250) < 82 for number in range(1, 5))


def test_key_is_the_same_on_every_machine_and_minds_what_is_run():
    assert job(path="here").key == job(path="there").key
    others = [job("b"), job(number="02"), job(seed=2), job(needs=("x",))]
    assert len({one.key for one in (job(), *others)}) == 5


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", "-1/3", "1/3/5", "٣/٣"])
def test_shard_that_is_none(text):
    with pytest.raises(ParameterError, match="--shard takes"):
        split_shard(text)


def test_report_waits_for_its_notebooks_and_the_index_for_all():
    jobs = report()
    queue = Queue(jobs)
    first, second = queue.take(), queue.take()
    assert [first.job, second.job] == jobs[:2]
    assert not queue.has_ready
    queue.ended(done(jobs[1], "02-b"))
    assert not queue.has_ready
    queue.ended(Outcome(job=jobs[0], status="failed"))  # failed, and not even a record could be kept
    assert queue.take() == Task(kind="run", job=jobs[2], runs=("02-b",))
    queue.ended(done(jobs[2]))
    assert queue.take() == Task(kind="index", job=jobs[0])
    assert not queue.has_ready


def test_another_client_comes_before_one_that_is_busy():
    queue = Queue([job("a", seed=1), job("a", seed=2), job("b")])
    assert queue.take().job.client_id == "a"
    assert queue.take(["a"]).job.client_id == "b"
    assert queue.take(["a", "b"]).job.client_id == "a"  # no worker idles while there is anything to do


def test_queue_gives_every_job_once_in_any_order():
    jobs = [one for client in "abc" for seed in (1, 2) for one in report(client, seed)]
    queue, chance, at_work, ran = Queue(jobs), random.Random(5), [], []  # noqa: S311
    while queue.has_ready or at_work:
        while queue.has_ready:
            at_work.append(queue.take(task.job.client_id for task in at_work))
        task = at_work.pop(chance.randrange(len(at_work)))
        if task.kind == "run":
            ran.append(task.job.key)
            queue.ended(done(task.job))
    assert sorted(ran) == sorted(one.key for one in jobs)


def test_no_more_workers_than_memory_feeds():
    need = GB
    assert memory.feeds(10 * GB, 16, need=need) == 8  # a fifth is left free: 0.8 * 10 / 1
    assert memory.feeds(10 * GB, 2, need=need) == 2  # nor more than processors
    assert memory.feeds(GB // 2, 16, need=need) == 1  # one at least
