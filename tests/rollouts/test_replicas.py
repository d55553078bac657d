"""Replica arithmetic: how many pods a weight comes to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.rollouts.replicas import Pods, ceil_share, percent_or_count, split_pods


@pytest.mark.parametrize(
    ("value", "replicas", "pods"),
    [
        pytest.param(2, 10, 2, id="a number is pods"),
        pytest.param("25%", 10, 3, id="a percentage is rounded up"),
        pytest.param("1", 12, 1, id="text is a percentage, without the sign too"),
        pytest.param("0", 12, 0, id="0 % is none"),
        pytest.param("a few", 10, 0, id="text that is no number counts for nothing"),
        pytest.param(-3, 10, 0, id="nothing below 0"),
        pytest.param(None, 10, 0, id="null"),
        pytest.param(True, 10, 0, id="a boolean is no number"),
        pytest.param([1], 10, 0, id="a list"),
    ],
)
def test_percent_or_count(value: object, replicas: int, pods: int) -> None:
    assert percent_or_count(value, replicas) == pods


@pytest.mark.parametrize(
    ("replicas", "weight", "surge", "pods"),
    [
        pytest.param(0, 50, 1, Pods(0, 0), id="no replicas, no pods"),
        pytest.param(1, 5, 1, Pods(1, 1), id="one replica cannot stand for 5 %"),
        pytest.param(1, 49, 0, Pods(0, 1), id="one replica without surge, below half"),
        pytest.param(1, 50, 0, Pods(1, 0), id="one replica without surge, from half on"),
        pytest.param(5, 50, 2, Pods(3, 3), id="one more pod is closer"),
        pytest.param(6, 33, 2, Pods(2, 4), id="no more pods when N fits"),
        pytest.param(9, 95, 3, Pods(9, 1), id="the count is that of N, the share that of N + 1"),
        pytest.param(5, 100, 2, Pods(5, 0), id="all"),
        pytest.param(5, 0, 2, Pods(0, 5), id="none"),
        pytest.param(2, 75, 0, Pods(0, 2), id="upstream defect: 75 % of 2"),
        pytest.param(10, 95, 0, Pods(0, 10), id="upstream defect: 95 % of 10"),
    ],
)
def test_split_pods(replicas: int, weight: int, surge: int, pods: Pods) -> None:
    assert split_pods(replicas, weight, surge) == pods


@given(replicas=st.integers(0, 10_000), weight=st.integers(0, 100), surge=st.integers(0, 5))
def test_a_split_uses_the_replicas_and_at_most_one_more(replicas: int, weight: int, surge: int) -> None:
    pods = split_pods(replicas, weight, surge)
    assert pods.canary >= 0
    assert pods.stable >= 0
    assert replicas <= pods.canary + pods.stable <= replicas + min(surge, 1)


@given(replicas=st.integers(1, 1000), weight=st.integers(0, 99))
def test_a_heavier_canary_has_no_fewer_pods(replicas: int, weight: int) -> None:
    lighter, heavier = split_pods(replicas, weight, 1), split_pods(replicas, weight + 1, 1)
    assert lighter.canary <= heavier.canary


@given(replicas=st.integers(0, 10_000), weight=st.integers(0, 1000), max_weight=st.integers(1, 1000))
def test_a_share_is_rounded_up(replicas: int, weight: int, max_weight: int) -> None:
    assert 0 <= ceil_share(replicas, weight, max_weight) * max_weight - replicas * weight < max_weight
