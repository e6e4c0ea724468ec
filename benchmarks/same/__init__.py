"""Regression comparison, `make same BASE=COMMIT`: which outputs differ between two states of the
code.
"""
