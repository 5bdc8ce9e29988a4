"""Trains the classifier: the component, and code that knows nothing of TFX."""
