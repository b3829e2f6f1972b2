"""What is kept of people, why and how long; what they and their co-op can take away, and erase.

On top of all apps, because it must know every table. `register.py` is the one table of personal
data; a field that looks personal and is not in it fails a test.
"""
