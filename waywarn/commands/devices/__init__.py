"""The sub-commands of `waywarn device`, one file each."""
