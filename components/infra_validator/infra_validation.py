"""What InfraValidator found, in a file that can be read without TensorFlow."""

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict

VALIDATION_FILE = "infra_validation.json"
# Names of the files that TFX's InfraValidator writes, and no other.
_BLESSED_FILE = "INFRA_BLESSED"
_NOT_BLESSED_FILE = "INFRA_NOT_BLESSED"


class Latency(BaseModel):
    """How long the loaded model took for requests of one size.

    Attributes:
        images: Number of images in each request.
        requests: Number of requests.
        p50_ms: Time in which half of them were answered, in milliseconds, without the
            network and the server's own work.
        p99_ms: Time in which 99 % of them were answered, in milliseconds.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    images: int
    requests: int
    p50_ms: float
    p99_ms: float


class InfraValidation(BaseModel):
    """What was measured of the loaded model, and the verdict.

    Files of earlier versions must stay readable. So a new field needs a default, and
    fields that no longer exist are ignored.

    Attributes:
        reasons: Why the model is refused; empty if it isn't.
        load_seconds: How long it took to load; None if it wasn't loaded.
        warmup_requests: Number of warm-up requests that it answered.
        compared_images: Number of images on which its answers were compared with the
            Evaluator's.
        largest_difference: The largest absolute difference of two probabilities; None
            if none were compared.
        latencies: How long it took to answer, for each size of request.
        in_container: Whether the real server was asked, by TFX's InfraValidator. It
            records no more than the verdict.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    reasons: tuple[str, ...] = ()
    load_seconds: float | None = None
    warmup_requests: int = 0
    compared_images: int = 0
    largest_difference: float | None = None
    latencies: tuple[Latency, ...] = ()
    in_container: bool = False

    @property
    def blessed(self) -> bool:
        """Whether the model may be pushed."""
        return not self.reasons

    @classmethod
    def read(cls, blessing_uri: str) -> "InfraValidation":
        """Reads what was found from the folder of an InfraBlessing artifact.

        Args:
            blessing_uri: The folder.

        Returns:
            What was found.

        Raises:
            OSError: If the file can't be read.
            ValueError: If it doesn't contain what was found.
        """
        path = Path(os.path.join(blessing_uri, VALIDATION_FILE))
        if not path.exists() and path.with_name(_BLESSED_FILE).exists():
            return cls(in_container=True)
        if not path.exists() and path.with_name(_NOT_BLESSED_FILE).exists():
            reason = (
                "TensorFlow Serving in a container didn't load the model, or didn't "
                "answer; the run's log has what it wrote"
            )
            return cls(reasons=(reason,), in_container=True)
        return cls.model_validate_json(path.read_bytes())
