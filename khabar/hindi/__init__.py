"""Hindi text: normalization, query matching, dates, names. Imports no other package of Khabar."""
