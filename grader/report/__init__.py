"""Pure renderers from records to text, tables, CSV and JSON.

Nothing here runs or grades anything: the same functions report on an old journal.

Door: `table.class_table`, `student.unit_report`, `data_files.write_results`, `leaderboard.boards`,
`speed.speed_report`.
"""
