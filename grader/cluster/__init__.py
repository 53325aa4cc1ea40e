"""Grading on several machines: a scheduler and workers of `dask.distributed`, TLS, and a judge on each machine.

Door: `engines.connect`, `engines.require_extra`, `certificates.make_certificates`, `hosting.host`, `node.GradingNode`.
"""
