"""Test newsroom: five invented Hindi news sites on a loopback server. Deterministic; the caller
sets the clock.
"""
