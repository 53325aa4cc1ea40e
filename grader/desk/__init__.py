"""The instructor's desk: results and gradebook of a class together, decisions on grades, and data of its pages.

Door: `class_files.ClassFiles`, `decisions.decide`, `decisions.take_back`, `pages.pages_of`, `pages.class_facts`.
"""
