"""The course as files: registry, stubs, handouts, thresholds, and static checks.

`registry` reads the course, `layout` defines its paths, `lint` lists what an author still has to do.

Door: `registry.load_course`, `registry.find_course`, `model.Course`, `cut.build_exercises`, `lint.lint`,
`scaffold.new_unit`, `medals.placed`.
"""
