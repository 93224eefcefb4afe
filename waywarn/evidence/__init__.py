"""Evidence: what is kept about a device, as files that somebody else can read, check and trust."""

from waywarn.evidence.case import Case
from waywarn.evidence.folder import write_folder

__all__ = ["Case", "write_folder"]
