"""What a process costs: its CPU time and its rests, read from outside, and how many cores there are to share.

`meter` charges a process for the time that somebody waits for it; nothing here knows of students or grading.
"""
