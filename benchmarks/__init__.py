"""One script a question, each printing a table of ratios: ``python -m benchmarks.ladder``."""
