"""What ML Metadata knows of the runs. Nothing here imports TensorFlow."""
