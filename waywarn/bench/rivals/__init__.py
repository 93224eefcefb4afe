"""The same work done by others, a file each; every file imports its library only when it is asked to run."""
