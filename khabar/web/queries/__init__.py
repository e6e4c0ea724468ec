"""The SQL behind the web pages: functions that take an open Database and return plain rows.

All days are days in India (IST).
"""
