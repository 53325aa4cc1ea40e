"""A class in the browser while it is graded: progress, table, students, decisions and regrades.

Door: `application.application`, `listening.listen`, `listening.serve`.
"""
