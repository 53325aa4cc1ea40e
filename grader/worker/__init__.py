"""Code that runs inside the sandbox, in the same process as the student's. It imports only `wire` from the engine."""
