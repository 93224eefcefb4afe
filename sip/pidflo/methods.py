"""How a place was found: the method tokens that IANA has registered for PIDF-LO.

How accurate each is without a stated accuracy is ``corridor/uncertainty.py``.
"""

from corridor.xmltree import Element
from sip.pidflo.flags import Flag
from sip.pidflo.namespaces import GEOPRIV, PIDF
from sip.pidflo.numbers import XML_SPACE

METHODS = (
    "802.11", "A-GNSS", "A-GPS", "AOA", "best-guess", "Cell", "DBH", "DBH2", "DBH_HELO", "Derived",
    "Device-Assisted_A-GPS", "Device-Assisted_EOTD", "Device-Based_A-GPS", "Device-Based_EOTD", "DHCP",
    "E-CID", "GNSS", "GPS", "Handset_AFLT", "Handset_EFLT", "Hybrid_A-GPS", "hybridAGPS_AFLT",
    "hybridCellSector_AGPS", "hybridTDOA_AGPS", "hybridTDOA_AGPS_AOA", "hybridTDOA_AOA", "IPDL",
    "LLDP-MED", "Manual", "MBS", "MPL", "NEAD-BLE", "NEAD-WiFi", "networkRFFingerprinting",
    "networkTDOA", "networkTOA", "NMR", "OTDOA", "RFID", "RSSI", "RSSI-RTT", "RTT", "TA", "TA-NMR",
    "Triangulation", "UTDOA", "Wiremap",
)  # fmt: skip
_BY_LOWER = {token.lower(): token for token in METHODS}


def read_method(geopriv: Element, flags: set[Flag]) -> str | None:
    """Give the registered spelling of a geopriv's method; None where there is none or an unknown one."""
    element = geopriv.find(f"{GEOPRIV}method")
    if element is None and (element := geopriv.find(f"{PIDF}method")) is not None:
        flags.add(Flag.METHOD_NAMESPACE)
    if element is None:
        return None
    # RFC 5962 writes "gps", RFC 6442 "triangulation": tokens are compared without case
    token = _BY_LOWER.get(element.text.strip(XML_SPACE).lower())
    if token is None:
        flags.add(Flag.METHOD_UNKNOWN)
    return token
