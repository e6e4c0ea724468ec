"""What stands between us and other people's machines: robots, addresses, pauses, rights."""
