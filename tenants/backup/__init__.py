"""Backups of one co-op or of all, and their return into a cluster while others work.

archive.py is the file, saving.py fills it, restoring.py brings it back. Runs as the owner.
"""
