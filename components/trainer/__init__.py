"""Trains the classifier: the component, and training code that doesn't use TFX."""
