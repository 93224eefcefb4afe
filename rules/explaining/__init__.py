"""Explaining what was decided: why a rule said something of a fix, or did not, in words for people.

Nothing is traced while deciding: an explanation is made from the rows before and after. The deciding is the
rest of ``rules``.
"""
