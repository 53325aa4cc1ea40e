"""Modules of the engine that need what only an extra installs."""

NEED_EXTRAS = {
    "grader.cluster.connection": "cluster",
    "grader.cluster.hosting": "cluster",
    "grader.nbgrader.gradebook": "nbgrader",
    "grader.nbgrader.preprocessors": "nbgrader",
    "grader.nbgrader.source_cells": "nbgrader",
    "grader.serve.application": "serve",
    "grader.serve.guard": "serve",
    "grader.worker.triton_warmth": "triton",
}
