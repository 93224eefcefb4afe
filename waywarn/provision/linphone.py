"""The settings of an ordinary phone: Linphone's remote provisioning document, its configuration as XML.

Sections and keys are those of its ``linphonerc``; written from the pages "Remote Provisioning" and
"Provisioning configuration keys" of its documentation and tried with linphonec 5.1 (docs/provisioning.md).
"""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from waywarn.provision.handout import Handout

CONTENT_TYPE = "application/xml"
EXPIRES_S = 600  # a phone behind a NAT is forgotten soon after it is gone
_NAMESPACE = "http://www.linphone.org/xsds/lpconfig.xsd"


def linphone_document(handout: Handout, *, realm: str, ha1: str, algorithm: str) -> bytes:
    """Write the document.

    Parameters
    ----------
    handout
        Account and server; its password is not in the document.
    realm, ha1, algorithm
        What the phone computes its digest from: the hash is worth as much as the password for this realm
        only, and the phone keeps it in a file.
    """
    host = f"[{handout.server.host}]" if ":" in handout.server.host else handout.server.host
    proxy = f"<sip:{host}:{handout.server.port};transport={handout.server.transport}>"
    sections: dict[str, dict[str, str]] = {
        # it has fetched what works once: without this it would ask for it again at each start
        "misc": {"transient_provisioning": "1"},
        "sip": {"default_proxy": "0"},
        "auth_info_0": {
            "username": handout.user,
            "ha1": ha1,
            "realm": realm,
            "domain": handout.aor.rpartition("@")[2],
            "algorithm": algorithm,
        },
        "proxy_0": {
            "reg_proxy": proxy,
            "reg_route": proxy,  # its calls too: the domain's name need not lead to the server
            "reg_identity": handout.aor,
            "realm": realm,
            "reg_expires": str(EXPIRES_S),
            "reg_sendregister": "1",
            "publish": "0",  # it would publish whether its user is busy, which is no place
        },
    }
    return _document(sections)


def _document(sections: Mapping[str, Mapping[str, str]]) -> bytes:
    config = Element("config", {"xmlns": _NAMESPACE})
    for name, entries in sections.items():
        section = SubElement(config, "section", {"name": name})
        for key, value in entries.items():
            entry = SubElement(section, "entry", {"name": key, "overwrite": "true"})
            entry.text = value
    whole: bytes = tostring(config, encoding="utf-8", xml_declaration=True)
    return whole
