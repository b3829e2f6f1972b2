"""The process that `benchmarks/audit.py` measures."""
