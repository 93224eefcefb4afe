"""A walk through RFC 3903 as STANDARDS B1 to B18 have it, in real bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.account import RulePolicy
from sip.directory import Directory
from sip.errors import CallerError
from sip.message import Response
from sip.server.admitted import Admitted
from sip.server.compositor import MAX_PUBLICATIONS_PER_AOR, Compositor
from sip.server.outcome import Refused
from sip.server.publication import Publication, PublicationChange, Published
from tests.sip.talk import NOW, REALM, Talk, account, document


def tag_of(response: Response) -> str:
    tag = response.headers.only("SIP-ETag")
    assert response.status == 200
    assert tag
    return tag


def test_b1_an_address_without_an_account_is_not_found() -> None:
    assert Talk().publish(document(), user="nobody").status == 404


@pytest.mark.parametrize("event", [None, "dialog", "presence.winfo", "Presence"])
def test_b2_an_unknown_event_is_refused_with_those_allowed(event: str | None) -> None:
    answer = Talk().publish(document(), event=event)
    assert (answer.status, answer.headers.get("Allow-Events")) == (489, "presence")


def test_b3_an_initial_publication_needs_a_body() -> None:
    assert Talk().publish().status == 400


def test_b3_initial_publications_of_one_address_do_not_clash() -> None:
    talk = Talk()
    first, second = tag_of(talk.publish(document())), tag_of(talk.publish(document()))
    assert first != second
    assert set(talk.publications) == {first, second}


@pytest.mark.parametrize("tag", ["a, b", '"a"', "a b", ""])
def test_b4_a_match_that_is_not_one_token_is_malformed(tag: str) -> None:
    assert Talk().publish(document(), tag=tag).status == 400


def test_b4_two_match_fields_are_malformed() -> None:
    talk = Talk()
    request = talk.request(("SIP-If-Match", "a"), ("SIP-If-Match", "b"), body=document())
    assert talk.ask(talk.authorized(request)).status == 400


def test_b4_a_star_matches_nothing_and_case_counts() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    assert talk.publish(document(), tag="*").status == 412
    assert talk.publish(document(), tag=tag.upper()).status == 412


def test_b5_another_address_s_tag_does_not_match() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    body = document(entity="sip:bert@example.org")
    assert talk.publish(body, tag=tag, user="bert", username="bert").status == 412


def test_b5_an_expired_tag_does_not_match_even_before_it_is_swept() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document(), expires="60"))
    talk.now = NOW + 60
    assert talk.publish(tag=tag).status == 412


def test_b6_every_success_gives_a_new_tag_and_the_old_one_dies_at_once() -> None:
    talk = Talk()
    tags = [tag_of(talk.publish(document()))]
    for body, expires in ((b"", None), (document(lat=48.3), None), (b"", "0")):
        tags.append(tag_of(talk.publish(body, tag=tags[-1], expires=expires)))
        assert talk.publish(tag=tags[-2]).status == 412
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("asked", "granted"), [(None, "3600"), ("600", "600"), ("4294967295", "86400"), ("60", "60"), ("0", "0")]
)
def test_b7_b8_the_answer_has_one_tag_and_no_more_time_than_asked(asked: str | None, granted: str) -> None:
    answer = Talk().publish(document(), expires=asked)
    assert answer.headers.get_all("Expires") == (granted,)
    assert len(answer.headers.get_all("SIP-ETag")) == 1


@pytest.mark.parametrize("expires", ["soon", "-1", "4294967296", "1.5", "", "1" * 60])
def test_b8_a_time_that_is_none_is_malformed(expires: str) -> None:
    assert Talk().publish(document(), expires=expires).status == 400


def test_b8_too_brief_is_said_with_the_least() -> None:
    answer = Talk().publish(document(), expires="59")
    assert (answer.status, answer.headers.get("Min-Expires")) == (423, "60")


def test_b9_an_initial_publication_for_no_time_stores_nothing() -> None:
    talk = Talk()
    assert talk.publish(document(), expires="0").status == 200
    assert talk.latitudes() == ()
    assert talk.publications == {}
    assert isinstance(talk.outcome, Published)
    assert talk.outcome.change == PublicationChange("sip:anna@example.org")


def test_b10_a_refresh_extends_life_and_makes_no_fix() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document(), expires="600"))
    talk.now = NOW + 500
    new = tag_of(talk.publish(tag=tag, expires="600"))
    assert talk.latitudes() == ()
    assert talk.publications == {new: Publication("sip:anna@example.org", new, NOW + 1_100, NOW - 1)}


def test_b10_a_removal_removes() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    assert talk.publish(tag=tag, expires="0").headers.get("Expires") == "0"
    assert talk.publications == {}
    assert isinstance(talk.outcome, Published)
    assert talk.outcome.change == PublicationChange("sip:anna@example.org", removed=tag)


def test_b10_a_body_in_a_removal_is_refused_and_nothing_changes() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    assert talk.publish(document(), tag=tag, expires="0").status == 400
    assert set(talk.publications) == {tag}


def test_b11_a_change_that_could_not_be_stored_leaves_the_old_tag_valid() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    before, wake = talk.publications, talk.compositor.next_wake
    admitted = talk.receive(talk.authorized(talk.request(("SIP-If-Match", tag), body=document(lat=48.3))))
    assert isinstance(admitted, Admitted)
    accepted = talk.compositor.apply(admitted, NOW)
    assert isinstance(accepted, Published)
    assert set(talk.publications) != {tag}
    talk.compositor.undo(accepted)
    refusal = talk.uas.overloaded(admitted, retry_after_s=5, now=NOW)
    assert refusal.startswith(b"SIP/2.0 503 Service Unavailable\r\n")
    assert b"\r\nRetry-After: 5\r\n" in refusal
    assert (talk.publications, talk.compositor.next_wake) == (before, wake)
    assert tag_of(talk.publish(document(lat=48.3), tag=tag)) != accepted.entity_tag


@pytest.mark.parametrize("kind", ["text/plain", "application/pidf-diff+xml", "multipart/alternative"])
def test_b12_another_media_type_is_refused_with_those_accepted(kind: str) -> None:
    answer = Talk().publish(document(), headers={"Content-Type": kind})
    assert answer.status == 415
    assert "application/pidf+xml" in (answer.headers.get("Accept") or "")


def test_b12_an_encoding_is_refused_with_those_accepted() -> None:
    answer = Talk().publish(document(), headers={"Content-Encoding": "gzip"})
    assert (answer.status, answer.headers.get("Accept-Encoding")) == (415, "identity")


def test_b13_contact_and_record_route_are_ignored() -> None:
    answer = Talk().publish(document(), headers={"Contact": "<sip:x@y>", "Record-Route": "<sip:p;lr>"})
    assert answer.status == 200
    assert "Record-Route" not in answer.headers
    assert "Contact" not in answer.headers


def test_b15_what_is_not_refreshed_ends() -> None:
    talk = Talk()
    short, long = (tag_of(talk.publish(document(), expires=expires)) for expires in ("60", "600"))
    assert talk.compositor.next_wake == NOW + 60
    assert talk.compositor.expire(NOW + 59.9) == ()
    assert talk.compositor.expire(NOW + 60) == (PublicationChange("sip:anna@example.org", removed=short),)
    assert talk.compositor.next_wake == NOW + 600
    assert talk.compositor.expire(NOW + 10_000) == (PublicationChange("sip:anna@example.org", removed=long),)
    assert talk.compositor.next_wake is None


def test_b17_nobody_publishes_for_another() -> None:
    talk = Talk()
    assert talk.publish(document(), user="bert", username="anna").status == 403
    assert talk.publish(document(entity="pres:bert@example.org")).status == 403
    assert talk.publish(document(entity="mailto:anna@example.org")).status == 403
    assert talk.publications == {}


@pytest.mark.parametrize(
    "entity", ["sip:anna@example.org", "pres:anna@EXAMPLE.org", "sips:%61nna@example.org"]
)
def test_b17_the_scheme_of_the_entity_does_not_matter(entity: str) -> None:
    assert Talk().publish(document(entity=entity)).status == 200


def test_b18_the_same_document_again_is_passed_on_with_its_own_time() -> None:
    talk = Talk()
    tag = tag_of(talk.publish(document()))
    tag_of(talk.publish(document(), tag=tag))
    assert talk.report.fix.time == NOW - 1  # the engine counts it as a duplicate


def test_the_checks_come_in_the_order_of_the_rfc() -> None:
    talk = Talk()
    bad = {"body": b"no xml", "event": "x", "tag": "gone", "expires": "1"}
    assert talk.ask(talk.request(("SIP-If-Match", "gone"), user="nobody")).status == 401
    assert talk.publish(**bad, user="nobody").status == 404  # type: ignore[arg-type] # mixed on purpose
    assert talk.publish(**bad).status == 489  # type: ignore[arg-type] # mixed on purpose
    assert talk.publish(b"no xml", tag="gone", expires="1").status == 412
    assert talk.publish(b"no xml", expires="1").status == 423
    assert talk.publish(b"no xml").status == 400
    assert talk.publish(document()).status == 200


def test_what_is_past_its_retention_is_discarded_but_need_not_begin_anew() -> None:
    talk = Talk()
    expired = "<gbp:retention-expiry>2020-01-01T00:00:00Z</gbp:retention-expiry>"
    tag = tag_of(talk.publish(document(usage=expired)))
    assert talk.latitudes() == ()
    assert talk.publications[tag].fix_time is None
    tag_of(talk.publish(document(lat=48.5), tag=tag))
    assert talk.latitudes() == (48.5,)


def test_an_old_document_that_is_silent_is_past_the_account_s_retention() -> None:
    short = Talk(accounts=(account("anna", policy=RulePolicy(retention_s=3_600)),))
    tag_of(short.publish(document(time=NOW - 3_600)))
    assert short.latitudes() == ()
    tag_of(short.publish(document(time=NOW - 3_599)))
    assert short.latitudes() == (48.2,)
    assert short.report.keep_until == NOW + 1


def test_a_clock_that_is_ahead_keeps_no_place_longer() -> None:
    talk = Talk()
    tag_of(talk.publish(document(time=NOW + 1e9)))
    assert talk.report.keep_until == NOW + 86_400


def test_without_a_time_retention_and_fix_count_from_reception() -> None:
    talk = Talk()
    tag_of(talk.publish(document(time=None)))
    assert talk.report.keep_until == NOW + 86_400
    assert talk.report.fix.time == NOW


@pytest.mark.parametrize(
    ("said", "policy", "allowed"),
    [(None, True, True), (None, False, False), ("yes", False, True), ("no", True, False)],
)
def test_the_document_wins_over_the_account_on_retransmission(
    said: str | None,
    policy: bool,  # noqa: FBT001 (a table's column)
    allowed: bool,  # noqa: FBT001 (a table's column)
) -> None:
    rule = f"<gbp:retransmission-allowed>{said}</gbp:retransmission-allowed>" if said else ""
    talk = Talk(accounts=(account("anna", policy=RulePolicy(retransmission_allowed=policy)),))
    tag_of(talk.publish(document(usage=rule)))
    assert talk.report.retransmission_allowed is allowed


def test_the_document_wins_over_the_account_on_retention() -> None:
    talk = Talk()
    usage = "<gbp:retention-expiry>2099-01-01T00:00:00Z</gbp:retention-expiry>"
    tag_of(talk.publish(document(time=NOW - 10 * 86_400, usage=usage)))
    assert talk.report.keep_until == 4_070_908_800


def test_a_document_without_a_place_is_kept_without_a_fix() -> None:
    talk = Talk()
    tag_of(talk.publish(b'<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:anna@example.org"/>'))
    assert talk.latitudes() == ()
    assert len(talk.publications) == 1


def test_a_device_that_always_begins_anew_cannot_fill_memory() -> None:
    talk = Talk()
    tags = [tag_of(talk.publish(document())) for _ in range(MAX_PUBLICATIONS_PER_AOR + 1)]
    assert set(talk.publications) == set(tags[1:])
    assert isinstance(talk.outcome, Published)
    assert talk.outcome.change.removed == tags[0]


def test_a_restart_forgets_no_publication() -> None:
    talk, after = Talk(), Talk()
    tag = tag_of(talk.publish(document()))
    after.compositor = Compositor(after.directory, tag_prefix="other")
    after.compositor.restore(talk.publications.values())
    assert after.compositor.next_wake == talk.compositor.next_wake
    assert tag_of(after.publish(tag=tag)) not in talk.publications


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=30), st.integers(0, 30))
def test_undoing_in_reverse_order_restores_exactly(steps: list[tuple[int, int]], kept: int) -> None:
    talk = Talk()
    history: list[tuple[dict[str, Publication], float | None, Published]] = []
    for number, (kind, which) in enumerate(steps):
        tags = sorted(talk.publications)
        tag = tags[which % len(tags)] if tags and kind else None
        body = b"" if kind in {1, 2} else document(lat=float(number))
        expires = "0" if kind == 2 else str(600 + number)
        request = talk.authorized(
            talk.request(*([("SIP-If-Match", tag)] if tag else []), ("Expires", expires), body=body)
        )
        admitted = talk.receive(request)
        assert isinstance(admitted, Admitted)
        before = (talk.publications, talk.compositor.next_wake)
        outcome = talk.compositor.apply(admitted, NOW)
        if isinstance(outcome, Refused):
            assert (talk.publications, talk.compositor.next_wake) == before
        else:
            history.append((*before, outcome))
    for publications, wake, accepted in reversed(history[kept:]):
        talk.compositor.undo(accepted)
        assert (talk.publications, talk.compositor.next_wake) == (publications, wake)


@pytest.mark.parametrize(
    "bad", [{"tag_prefix": "a b"}, {"expires_min_s": 0}, {"expires_default_s": 10}, {"expires_max_s": 100}]
)
def test_a_compositor_that_cannot_be_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(CallerError):
        Compositor(Directory((), realm=REALM), **{"tag_prefix": "t", **bad})  # type: ignore[arg-type] # bad on purpose
