"""Code that runs inside the sandbox, in the same process as the student's.

It imports only `wire` from the engine. `zygote` starts workers, `loader` makes the student's files a package, `policy`
bans operators, `server` answers the judge's calls.

Door: `imports.rule`, `loader.Package`, `objects.Places`, `placeholder.touch`.
"""
