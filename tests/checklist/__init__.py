"""One test for each item of the security checklist, named after its number.

Where a test of the item stands better beside what it tries, it stands there, and
`test_all_items.py` knows that each number has one.
"""
