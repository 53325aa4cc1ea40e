"""The course as files: registry, stubs, handouts, thresholds, and checks that run none of it.

`registry` reads the course, `layout` says where its files stand, `lint` finds what an author still has to do.

Door: `registry.load_course`, `registry.find_course`, `model.Course`, `cut.build_exercises`, `lint.lint`,
`scaffold.new_unit`, `medals.placed`.
"""
