"""What students get: the bundle (`bundle.py`), searched for what they must not have, and stubs to begin again from."""
