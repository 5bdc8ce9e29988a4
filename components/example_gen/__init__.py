"""Makes examples from image files, or from a set of tensorflow-datasets."""
