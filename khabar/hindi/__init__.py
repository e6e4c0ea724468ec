"""The language: folding, matching, dates, names. Imports nothing of ours."""
