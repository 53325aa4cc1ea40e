"""Sandboxed processes for the student's code: isolation, resource limits, and a channel to each.

`launcher` starts workers of an isolation tier, `fork_server` forks them from preloaded processes, `channel` exchanges
frames with one, `tool` runs a foreign program behind the same walls, and `probe` tests what the isolation blocks.
Nothing here knows of grading.

Door: `launcher.launcher_for`, `fork_server.ForkLauncher`, `channel.Channel`, `probe.probe`, `probe.require_walls`,
`tool.answer`.
"""
