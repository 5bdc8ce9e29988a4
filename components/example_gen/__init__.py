"""Examples from tensorflow-datasets: source files, data set, component, executor."""
