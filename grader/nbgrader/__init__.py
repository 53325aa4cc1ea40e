"""nbgrader: source notebooks, a stock course folder, and grading of its notebooks by the sealed workers.

nbgrader is an extra and takes two seconds to import: whatever imports it is imported only where nbgrader runs.

Door: `cells.cells_of`, `cells.points_of`.
"""
