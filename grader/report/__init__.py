"""Pure renderers: records in, text, tables, CSV and JSON out.

Nothing here runs or grades anything: a report of an old journal is made by the same functions.

Door: `table.class_table`, `student.unit_report`, `data_files.write_results`, `leaderboard.boards`,
`speed.speed_report`.
"""
