"""CPU time and idle time of a process, measured from outside, and the number of usable cores.

`meter` charges a process for the time that its caller waits for it; nothing here knows of students or grading.

Door: `meter.Meter`, `meter.run`, `processes.known_process`, `processes.usable_cores`.
"""
