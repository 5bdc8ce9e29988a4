"""Puts stages that always follow each other into one pod."""

from collections.abc import Collection, Mapping, Sequence


def pods_of(
    upstream: Mapping[str, Collection[str]], apart: Collection[str]
) -> list[list[str]]:
    """Divides the stages among pods.

    A stage joins the pod of the stage before it if it would have to wait for that pod
    anyway, or if it waits for nothing, as the Resolver does. One that waits only for
    earlier pods can run beside that pod, and starts another. A pod never waits for a
    later one, since each holds a part of the pipeline's order.

    Args:
        upstream: For each stage, those that must end before it starts. The stages are
            in an order in which they can run.
        apart: Stages that have a pod of their own.

    Returns:
        The stages of each pod, in the order in which they run.
    """
    pods: list[list[str]] = []
    for stage, before in upstream.items():
        last = pods[-1] if pods else []
        follows = not before or not set(before).isdisjoint(last)
        if last and follows and not {stage, *last} & set(apart):
            last.append(stage)
        else:
            pods.append([stage])
    return pods


def upstream_pods(
    pods: Sequence[Sequence[str]], upstream: Mapping[str, Collection[str]]
) -> list[list[int]]:
    """Finds the pods that must end before each pod starts.

    Args:
        pods: The stages of each pod.
        upstream: For each stage, those that must end before it starts.

    Returns:
        For each pod, the places of those others in `pods`.
    """
    place = {stage: number for number, pod in enumerate(pods) for stage in pod}
    return [
        sorted(
            {place[before] for stage in pod for before in upstream[stage]} - {number}
        )
        for number, pod in enumerate(pods)
    ]
