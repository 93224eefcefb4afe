"""The earth, paths, corridors, distances and uncertainty: arrays in, arrays out."""
