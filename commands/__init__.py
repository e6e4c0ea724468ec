"""One module a command, thin: read the options, call one room, print what it said."""

import khabar  # noqa: F401  chooses the SQLite that sqlite-utils imports
