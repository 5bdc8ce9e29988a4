"""The metrics of the stand-in for TensorFlow Serving, in Prometheus's text format."""

from tests.support.servers.tf_serving_model import ServedModel

METRICS_PATH = "/monitoring/prometheus/metrics"

# Microseconds: the real server's buckets grow by a factor of 1.8 from 10 on.
_BOUNDS = [10 * 1.8**power for power in range(33)]
_PREFIX = ":tensorflow:serving:"


def format_metrics(model: ServedModel) -> str:
    """Writes what the real server counts, as it names it.

    Args:
        model: The model and its counts.
    """
    name = f"{_PREFIX}request_count"
    lines = [f"# TYPE {name} counter"]
    lines += [
        f'{name}{{model_name="{model.name}",status="{status}"}} {count}'
        for status, count in sorted(model.counts.items())
    ]
    name = f"{_PREFIX}request_latency"
    lines.append(f"# TYPE {name} histogram")
    for api, port in sorted({(api, port) for api, port, _ in model.latencies}):
        labels = f'model_name="{model.name}",API="{api}",entrypoint="{port}"'
        times = [
            1e6 * seconds for *kind, seconds in model.latencies if kind == [api, port]
        ]
        lines += [
            f'{name}_bucket{{{labels},le="{bound:g}"}} {sum(t <= bound for t in times)}'
            for bound in _BOUNDS
        ]
        lines += [
            f'{name}_bucket{{{labels},le="+Inf"}} {len(times)}',
            f"{name}_sum{{{labels}}} {sum(times):g}",
            f"{name}_count{{{labels}}} {len(times)}",
        ]
    # Measured by what the stand-in doesn't do. The real server names metrics that have
    # no values yet, too.
    for name in ("model_warmup_latency", "batching_session:queuing_latency"):
        lines.append(f"# TYPE {_PREFIX}{name} histogram")
    return "\n".join([*lines, ""])
