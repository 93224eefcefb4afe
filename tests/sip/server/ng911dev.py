"""The SUBSCRIBE scenarios of a public conformance suite (ng911-dev), adapted where they stand: here is how.

The files are not ours and are not copied: they are read from the data folder and changed while the test runs.
What is changed, of all of them:

- They send no digest, and nobody sees a device here without one: after the first SUBSCRIBE the 401 is taken
  and the SUBSCRIBE sent again with an Authorization, as its CSeq 2. From stays the stranger SENDER: who asks
  is who proves to be somebody.

Of some:

- Filters: ``Event: presence`` becomes ``presence;max-rate=10``, only to be quick: where no rate is asked, 5 s
  lie between two NOTIFYs (RFC 3856, 6.10).
- ``max_rate``: sixteen NOTIFYs, two seconds apart, become six, only to be quick.
- ``civic_address``: six NOTIFYs become two. It asks to be told when the country is FR no more, and no later
  change is one from FR, since a filter looks at what was told last.
- ``location_type``: its filter uses the prefix ``lf`` without declaring it, which is no XML: declared.
- Rates of 0 and 100: the suite takes any error, or 200. Such a rate is none by RFC 6446's grammar (at most
  two digits; a pause is a small rate), so that the answer is 400: only that is taken.
"""

import re
from dataclasses import dataclass
from pathlib import Path

_SEND = re.compile(r"<send>.*?</send>", re.DOTALL)
_EXCHANGE = re.compile(r'\s*<recv request="NOTIFY"> </recv>\s*<send>.*?</send>', re.DOTALL)
_ANSWERS = re.compile(r'(\s*<recv response="\d+"[^>]*> </recv>)+')
_ASK = '\n  <recv response="401" auth="true" />\n'
_PROOF = "Max-Forwards: 70\n      [authentication username=grandmother password=only-a-test]"


@dataclass(frozen=True)
class Adapted:
    """A scenario that can be played against us.

    Parameters
    ----------
    name
        Of the file, without what all names share.
    rate
        Parameter to add to Event.
    notifies
        How many NOTIFYs to take at most.
    only
        The one answer that is taken to the SUBSCRIBE.
    declares
        Namespace declaration that its filter lacks.
    """

    name: str
    rate: str = ""
    notifies: int = 16
    only: int | None = None
    declares: str = ""

    def write(self, suite: Path, folder: Path) -> Path:
        """Write it into a folder; gives the file."""
        text = (suite / f"SIP_SUBSCRIBE_{self.name}.xml").read_text()
        text = self._with_digest(text)
        if self.rate:
            text = text.replace("Event: presence\n", f"Event: presence;{self.rate}\n")
        if self.declares:
            text = text.replace("<filter-set ", f"<filter-set {self.declares} ")
        if self.only is not None:
            head, found, tail = text.rpartition(_ASK)
            sent, rest = tail.split("</send>", 1)
            text = f"{head}{found}{sent}</send>" + _ANSWERS.sub(
                f'<recv response="{self.only}" />', rest, count=1
            )
        for late in _EXCHANGE.findall(text)[self.notifies :]:
            head, _, tail = text.rpartition(late)
            text = head + tail
        file = folder / f"{self.name}.xml"
        file.write_text(text)
        return file

    def _with_digest(self, text: str) -> str:
        first = _SEND.search(text)
        assert first is not None, self.name
        again = first[0].replace("CSeq: 1 SUBSCRIBE", "CSeq: 2 SUBSCRIBE").replace("Max-Forwards: 70", _PROOF)
        return text[: first.end()] + _ASK + again + text[first.end() :]
