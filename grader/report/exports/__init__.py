"""Renderers of a class's grades in the forms that other systems take: Canvas, Moodle, Gradescope, Classroom 50, JUnit.

Each is a pure function of records. Platforms' own tables are filled in as they were downloaded: their ids decide whose
row is whose, and nothing else in them changes.

Door: `gradebooks.canvas_csv`, `gradebooks.moodle_csv`, `by_test.gradescope_json`, `by_test.classroom50_json`,
`by_test.junit_xml`, `document.grades_json`."""
