"""What a user does not have: sqlite-utils would load it, if it were there, in every process that the tests start."""

raise ImportError("as for a user, to whom nothing of ours brings numpy")
