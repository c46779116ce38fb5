"""What must hold for every call that can be thought of."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.consent import table_file
from firmware.consent.engine import decide
from firmware.consent.model import Config, Decision, Facts

TABLE = table_file.shipped()

CODES = sorted(TABLE.rows)
PLACES = st.sampled_from([*CODES, "PR", "BG", "US-ZZ", "001", "nonsense"])
AREA_CODES = st.sampled_from(sorted(TABLE.nanp))
NUMBERS = st.one_of(
    st.none(),
    AREA_CODES.map(lambda code: f"+1{code}5550123"),
    st.integers(200, 999).map(lambda code: f"+1{code}5550123"),
    st.sampled_from(
        [
            *("+46812345678", "+4930123456", "+447911123456", "+61255501234"),
            *("+870773111632", "911", "112", "5550123", "anonymous", "P", "O", ""),
        ]
    ),
    st.from_regex(r"\+?[0-9]{1,16}", fullmatch=True),
    st.text(max_size=20),
)

FACTS = st.builds(
    Facts,
    own=st.one_of(st.none(), PLACES),
    recorder=st.sampled_from(["private", "org", None]),
    number=NUMBERS,
    direction=st.sampled_from(["in", "out"]),
    override=st.one_of(st.none(), st.none(), PLACES),
    parties=st.integers(1, 5),
    purpose=st.sampled_from([None, "evidence", "broadcast", "regulated", "quality"]),
    trigger=st.sampled_from(["auto", "manual"]),
    can_inject=st.booleans(),
    acknowledged=st.sampled_from([True, True, True, False]),
    listed=st.sampled_from([None, None, None, "never", "private", "emergency"]),
    in_scope=st.sampled_from([True, True, False]),
    legal_duty=st.booleans(),
    standing_consent=st.booleans(),
    threat=st.booleans(),
    recording=st.sampled_from([True, True, True, False]),
    disk_low=st.sampled_from([False, False, False, True]),
    clock_lost=st.sampled_from([False, False, False, True]),
)
CONFIGS = st.builds(
    Config,
    conservative=st.booleans(),
    always_ask=st.booleans(),
    unknown_scope=st.sampled_from(["world", "own_country"]),
    notice_method=st.sampled_from(["announcement", "beep_only"]),
    preroll_s=st.floats(0, 30),
)

#: The first call reads phonenumbers' data, and the machine may be busy.
unhurried = settings(deadline=None)

#: How much has to happen before anything is kept.
STEPS = {"RECORD": 0, "RECORD_WITH_NOTICE": 1, "CONFIRM_FIRST": 2, "DENY": 3}


def ask(facts: Facts, config: Config) -> Decision:
    decision = decide(facts, config, TABLE)
    assert decision.reason != "internal_error"
    return decision


@unhurried
@given(FACTS, CONFIGS)
def test_every_decision_is_whole(facts: Facts, config: Config) -> None:
    decision = ask(facts, config)
    assert 0 <= decision.level <= 4
    assert decision.action in STEPS
    assert decision.reason
    assert (decision.confirm is not None) == (decision.action == "CONFIRM_FIRST")
    assert (decision.on_failure is not None) == (
        decision.action == "RECORD_WITH_NOTICE"
    )
    if facts.own in TABLE.rows and facts.own != "US-?":
        assert decision.references


@unhurried
@given(FACTS, CONFIGS)
def test_no_preroll_from_level_2_nor_where_nothing_is_kept_yet(
    facts: Facts, config: Config
) -> None:
    decision = ask(facts, config)
    if decision.level >= 2 or decision.action in ("DENY", "CONFIRM_FIRST"):
        assert decision.preroll_s == 0
    assert decision.preroll_s <= config.preroll_s


@unhurried
@given(FACTS, CONFIGS)
def test_a_box_that_cannot_speak_never_promises_to(
    facts: Facts, config: Config
) -> None:
    decision = ask(replace(facts, can_inject=False), config)
    assert not decision.beep
    assert decision.notice != "announcement"


@unhurried
@given(FACTS, CONFIGS)
def test_level_never_drops_when_a_party_is_added(facts: Facts, config: Config) -> None:
    fewer = ask(replace(facts, parties=2), config)
    more = ask(replace(facts, parties=3), config)
    assert more.level >= fewer.level
    if not facts.standing_consent:
        assert STEPS[more.action] >= STEPS[fewer.action]


@unhurried
@given(FACTS, CONFIGS)
def test_withholding_the_number_never_lowers(facts: Facts, config: Config) -> None:
    config = replace(config, unknown_scope="world")
    facts = replace(facts, override=None)
    known = ask(facts, config)
    if known.reason.startswith("emergency"):
        return
    unknown = ask(replace(facts, number=None), config)
    assert unknown.level >= known.level
    if not facts.standing_consent:
        assert STEPS[unknown.action] >= STEPS[known.action]


@unhurried
@given(FACTS, CONFIGS, PLACES)
def test_withholding_never_lowers_within_the_own_country(
    facts: Facts, config: Config, place: str
) -> None:
    if facts.own is None or place.partition("-")[0] != facts.own.partition("-")[0]:
        place = facts.own or place
    config = replace(config, unknown_scope="own_country")
    facts = replace(facts, listed=None, number=None)
    known = ask(replace(facts, override=place), config)
    unknown = ask(replace(facts, override=None), config)
    if place in TABLE.rows:
        assert unknown.level >= known.level


@unhurried
@given(FACTS, CONFIGS)
def test_the_number_never_lowers_the_own_rule(facts: Facts, config: Config) -> None:
    if facts.own is None:
        return
    own = ask(replace(facts, override=facts.own, parties=2), config)
    assert ask(facts, config).level >= own.level


@unhurried
@given(FACTS, CONFIGS)
def test_caution_never_lowers(facts: Facts, config: Config) -> None:
    for bold, cautious in (
        (replace(config, conservative=False), replace(config, conservative=True)),
        (replace(config, always_ask=False), replace(config, always_ask=True)),
        (
            replace(config, unknown_scope="own_country"),
            replace(config, unknown_scope="world"),
        ),
    ):
        assert ask(facts, cautious).level >= ask(facts, bold).level
    unnamed = ask(replace(facts, recorder=None), config)
    for recorder in ("private", "org"):
        named = ask(replace(facts, recorder=recorder), config)
        assert unnamed.level >= named.level


@unhurried
@given(FACTS, CONFIGS)
def test_nothing_is_recorded_that_a_denial_forbids(
    facts: Facts, config: Config
) -> None:
    forbidden = (
        not facts.recording
        or not facts.own
        or facts.disk_low
        or facts.clock_lost
        or not facts.acknowledged
        or facts.listed in ("never", "private")
    )
    if forbidden:
        assert ask(facts, config).action == "DENY"


@unhurried
@given(FACTS, CONFIGS)
def test_nothing_sounds_on_an_emergency_call(facts: Facts, config: Config) -> None:
    decision = ask(replace(facts, listed="emergency"), config)
    assert decision.action in ("RECORD", "DENY")
    assert not decision.beep
    assert decision.notice is None


@unhurried
@given(FACTS, CONFIGS)
def test_level_4_is_never_recorded_without_an_act_of_consent(
    facts: Facts, config: Config
) -> None:
    facts = replace(facts, standing_consent=False)
    decision = ask(facts, config)
    if decision.level == 4:
        assert decision.action in ("CONFIRM_FIRST", "DENY")
        assert decision.confirm in ("agreed", None)


@unhurried
@given(FACTS, CONFIGS)
def test_the_same_question_has_the_same_answer(facts: Facts, config: Config) -> None:
    assert ask(facts, config) == ask(facts, config)
