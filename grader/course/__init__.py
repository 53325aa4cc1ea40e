"""The course as files: registry, stubs, handouts, submissions, bundles, and checks that run none of it."""
