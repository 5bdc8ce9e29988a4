"""Measures what tells images apart from those on which a model was trained.

All but the size is measured on the pixels that the network gets. So a figure means the
same for images of all sizes, and what the model can't see doesn't count.
"""

import numpy as np

from components import features

SHARPNESS = "sharpness"
"""Variance of the Laplacian over that of the pixels; low for blurred images."""

BORDER = "border"
"""Mean brightness of the outermost pixels, 0 to 1; changed by cropping."""

SPREAD = "spread"
"""Distance of what is shown from its centre: root of its second moments, 0 to 1."""

VERTICAL_CENTRE = "vertical_centre"
HORIZONTAL_CENTRE = "horizontal_centre"
"""Centre of what is shown, 0 (top, left) to 1."""

ORIENTATION = "orientation"
"""Whether what is shown is tall (up to 1) or wide (down to -1), by second moments."""

PREDICTED_CLASS = "predicted_class"
CONFIDENCE = "confidence"
"""The highest probability, 0 to 1."""

NUMBERS = (
    features.HEIGHT,
    features.WIDTH,
    features.BRIGHTNESS,
    features.CONTRAST,
    SHARPNESS,
    BORDER,
    SPREAD,
    VERTICAL_CENTRE,
    HORIZONTAL_CENTRE,
    ORIENTATION,
    CONFIDENCE,
)
"""What is compared as numbers."""

_LUMA = np.array(features.LUMA, np.float32)
# Variance below which an image is blank. One step of brightness in one of 28 x 28
# pixels has 2e-8.
_BLANK = 1e-9


def measure_pixels(pixels: np.ndarray) -> dict[str, np.ndarray]:
    """Measures images of one size.

    What is shown is what differs from the median of the border, so it may be bright on
    a dark background or dark on a bright one.

    Args:
        pixels: uint8 array of shape (N, height, width, 1 or 3).

    Returns:
        A float32 array of shape (N,) for each name. A blank image has the centre 0.5
        and 0 for sharpness, spread and orientation.
    """
    grey = np.divide(pixels, 255, dtype=np.float32)
    grey = grey[..., 0] if pixels.shape[-1] == 1 else grey @ _LUMA
    border = np.concatenate(
        [grey[:, 0], grey[:, -1], grey[:, 1:-1, 0], grey[:, 1:-1, -1]], axis=1
    )
    brightness, variance = _mean_and_variance(grey)
    _, edges = _mean_and_variance(_laplacian(grey))
    shown = grey - _median(border)[:, np.newaxis, np.newaxis]
    np.abs(shown, out=shown)
    return {
        features.BRIGHTNESS: brightness,
        features.CONTRAST: np.sqrt(variance),
        SHARPNESS: _divide(edges, variance),
        BORDER: border.mean(axis=1),
        **_measure_moments(shown),
    }


def _median(rows: np.ndarray) -> np.ndarray:
    # NumPy's own takes ten times as long for many short rows.
    ordered = np.sort(rows, axis=1)
    count = rows.shape[1]
    return (ordered[:, (count - 1) // 2] + ordered[:, count // 2]) / 2


def _mean_and_variance(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Long rows, because NumPy takes several times as long for many short ones.
    rows = grey.reshape(len(grey), -1)
    mean = rows.mean(axis=1)
    distances = rows - mean[:, np.newaxis]
    return mean, np.einsum("ij,ij->i", distances, distances) / rows.shape[1]


def _laplacian(grey: np.ndarray) -> np.ndarray:
    """Returns four times each pixel less its four neighbours, without the border."""
    result = 4 * grey[:, 1:-1, 1:-1]
    result -= grey[:, :-2, 1:-1]
    result -= grey[:, 2:, 1:-1]
    result -= grey[:, 1:-1, :-2]
    result -= grey[:, 1:-1, 2:]
    return result


def _measure_moments(shown: np.ndarray) -> dict[str, np.ndarray]:
    """Measures where and how what is shown lies; sides are 1 long."""
    centres, moments = [], []
    for sums in ("ijk->ij", "ijk->ik"):
        # Each image is a row of numbers: the sums of its rows, or of its columns.
        profile = np.einsum(sums, shown)
        mass = profile.sum(axis=1)
        side = profile.shape[1]
        places = (np.arange(side, dtype=np.float32) + 0.5) / side
        centre = _divide(profile @ places, mass, otherwise=0.5)
        distances = (places - centre[:, np.newaxis]) ** 2
        centres.append(centre)
        moments.append(_divide((profile * distances).sum(axis=1), mass))
    vertical, horizontal = moments
    return {
        VERTICAL_CENTRE: centres[0],
        HORIZONTAL_CENTRE: centres[1],
        SPREAD: np.sqrt(vertical + horizontal),
        ORIENTATION: _divide(vertical - horizontal, vertical + horizontal),
    }


def _divide(
    numbers: np.ndarray, divisors: np.ndarray, otherwise: float = 0
) -> np.ndarray:
    """Divides; where there is nothing to divide by, returns another number."""
    result = np.full_like(numbers, otherwise)
    return np.divide(numbers, divisors, out=result, where=divisors > _BLANK)
