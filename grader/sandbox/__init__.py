"""The walls: processes that student code runs in, their limits, and the channel to each.

`launcher` starts workers of an isolation tier, `fork_server` keeps them warm, `channel` speaks with one, and `probe`
tries out what the walls hold. Nothing here knows of grading.

Door: `launcher.launcher_for`, `fork_server.ForkLauncher`, `channel.Channel`, `probe.probe`, `probe.require_walls`.
"""
