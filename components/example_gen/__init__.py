"""Makes examples from an image classification set of tensorflow-datasets."""
