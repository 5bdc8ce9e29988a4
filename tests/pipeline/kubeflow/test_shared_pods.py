"""Which stages share a pod, on graphs of single letters."""

import pytest

from pipeline.kubeflow.shared_pods import pods_of, upstream_pods


def graph(text):
    """Makes a graph of, for example, `a b:a`: b waits for a."""
    stages = (each.partition(":") for each in text.split())
    return {stage: list(before) for stage, _, before in stages}


@pytest.mark.parametrize(
    ("upstream", "apart", "pods"),
    [
        ("a b:a c:b", "", ["abc"]),
        ("a b:a c:b", "b", ["a", "b", "c"]),
        ("a b:a c:b", "abc", ["a", "b", "c"]),
        # What waits for nothing makes no later pod wait longer.
        ("a b c:ab", "", ["abc"]),
        # c could run beside b, and d waits for both.
        ("a b:a c:a d:bc", "a", ["a", "b", "cd"]),
        # c would wait for the pod of a and b anyway.
        ("a b:a c:a", "", ["abc"]),
        ("a b:a c:b d:a", "b", ["a", "b", "c", "d"]),
    ],
)
def test_stages_that_follow_each_other_share_a_pod(upstream, apart, pods):
    assert ["".join(pod) for pod in pods_of(graph(upstream), apart)] == pods


def test_a_pod_waits_for_earlier_pods_only():
    upstream = graph("a b:a c:a d:bc e:ad")
    pods = pods_of(upstream, "a")
    assert pods == [["a"], ["b"], ["c", "d", "e"]]
    assert upstream_pods(pods, upstream) == [[], [0], [0, 1]]
