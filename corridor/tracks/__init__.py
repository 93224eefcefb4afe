"""Files of fixes and paths, of every spelling, read into columns."""
