"""The manual: `make docs` builds it into build/docs, without the network, and takes warnings for errors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from grader import __version__

project = "deepgrade"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["conf.py"]
myst_heading_anchors = 4
autodoc_typehints = "none"  # types stand in the docstrings
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True
suppress_warnings = ["misc.highlighting_failure"]  # the map of the rooms is written in Mermaid
html_theme = "furo"
html_title = f"deepgrade {release}"
html_show_copyright = False
