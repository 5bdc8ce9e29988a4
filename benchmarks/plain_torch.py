"""Trains the same network on the same data with PyTorch, in a plain script.

It needs PyTorch and NumPy, and nothing of this project. The memory format
`channels_last` is the fastest one for convolutions on processors.

It prints one JSON line: the test accuracy, the seconds of the training, and the number
of weights.
"""

import argparse
import json
import time

import numpy as np
import torch
from torch import nn


def main() -> None:
    """Trains with arrays in memory, and evaluates after each epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arrays", help="A file of benchmarks/fashion_arrays.py, .npz.")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--learning-rate", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()

    arrays = np.load(arguments.arrays)
    torch.manual_seed(arguments.seed)
    train_images, test_images = (
        _to_pixels(arrays[f"{split}_images"]) for split in ("train", "test")
    )
    train_labels, test_labels = (
        torch.from_numpy(arrays[f"{split}_labels"]) for split in ("train", "test")
    )
    network = _build_network(len(arrays["class_names"]))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), arguments.learning_rate)
    accuracy = 0.0
    started = time.perf_counter()
    for _ in range(arguments.epochs):
        network.train()
        order = torch.randperm(len(train_labels))
        for batch in order.split(arguments.batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(
                network(train_images[batch]), train_labels[batch]
            )
            loss.backward()
            optimizer.step()
        network.eval()
        with torch.inference_mode():
            right = sum(
                int((network(images).argmax(1) == labels).sum())
                for images, labels in zip(
                    test_images.split(arguments.batch_size),
                    test_labels.split(arguments.batch_size),
                    strict=True,
                )
            )
        accuracy = right / len(test_labels)
    seconds = time.perf_counter() - started
    print(
        json.dumps(
            {
                "accuracy": round(accuracy, 4),
                "fit_seconds": round(seconds, 2),
                "weights": sum(weight.numel() for weight in network.parameters()),
            }
        )
    )


def _to_pixels(images: np.ndarray) -> torch.Tensor:
    pixels = torch.from_numpy(images.transpose(0, 3, 1, 2)).float() / 255
    return pixels.contiguous(memory_format=torch.channels_last)


def _build_network(class_count: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3), nn.ReLU(), nn.Flatten(),
        nn.Linear(64 * 3 * 3, 64), nn.ReLU(),
        # The softmax is in the loss, as PyTorch's users do it.
        nn.Linear(64, class_count),
    )  # fmt: skip


if __name__ == "__main__":
    main()
