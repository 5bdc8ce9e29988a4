"""Scores any number of images, and compares them with the training images."""
