"""One module a command, thin: read the options, call one room, print what it said."""
