"""Five pretend Hindi news sites on loopback: the same words every time, on a clock the caller
moves.
"""
