"""The student's own side: memory between commands, files that are watched, and a judge that stays warm.

Door: `memory.progress_of`, `memory.remember`, `tutor.Tutor`, `warm_unit.WarmUnit`, `exchange.graded_by_watcher`.
"""
