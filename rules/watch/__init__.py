"""Rules that watch one condition of a device; one file each, with its numbers, its table and its loop.

What they share is ``row.py``, ``condition.py`` and ``kernel.py``; ``rules`` exports them.
"""
