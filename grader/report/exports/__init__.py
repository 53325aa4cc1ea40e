"""Renderers of a class's grades in the forms that other systems take: Canvas, Moodle, Gradescope, Classroom 50, JUnit.

Each is a pure function of records. Platforms' own tables are filled in as they were downloaded: their ids decide whose
row is whose, and nothing else in them changes.

Door: `canvas.canvas_csv`, `moodle.moodle_csv`, `gradescope.gradescope_json`, `classroom50.classroom50_json`,
`junit.junit_xml`, `document.grades_json`.
"""
