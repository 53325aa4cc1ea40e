"""What runs inside the wall, next to the student's code. It imports nothing of the engine but `wire`."""
