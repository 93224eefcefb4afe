"""The commands, a file each: options in, exit code out."""
