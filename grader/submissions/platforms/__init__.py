"""Layouts in which submissions come: one small reader for each, and the recognition of which one it is.

`recognition` decides, `downloads` reads what learning platforms make, `folders` what stands in a folder per person.
"""
