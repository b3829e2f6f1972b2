"""Proof, on the live system, that no co-op's login reaches anything of another's."""
