"""The kinds of rule in a configuration, one file each: table, rules made of it, and what they say, in words.

``rule.py`` is what all share, ``along_path.py`` and ``in_fences.py`` what some do; ``registry.py`` lists all.
"""
