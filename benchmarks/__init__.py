"""Benchmarks of speed, memory and quality, beside other tools. None of them passes or fails a
build.
"""
