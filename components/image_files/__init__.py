"""Lists and checks image files, without TensorFlow."""
