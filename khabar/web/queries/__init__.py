"""What the reading room asks of the archive: functions of an open Database that give plain rows.
Days are IST.
"""
