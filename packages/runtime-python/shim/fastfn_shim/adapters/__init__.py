"""Other people's handler contracts (`invoke.adapter`, SPEC §8). Each module has `make(load, spec) -> Program`."""
