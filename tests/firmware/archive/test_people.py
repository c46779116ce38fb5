"""Claim, accounts, sessions: wrong codes, many at once, nothing in plain text."""

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlite_utils import Database

from firmware.archive import Archive, disk
from firmware.archive.claim import MAX_FAILURES, WINDOW_S
from firmware.archive.model import Call
from firmware.archive.schema import migrations
from firmware.archive.sessions import IDLE_S, LIFE_S, SEEN_S
from firmware.archive.users import ROLES, Role, User
from firmware.errors import AccessError, StoreError
from tests.firmware.archive.crash import Kill, Stop

NOW = 1_800_000_000.0
PASSWORD = "correct horse"


@pytest.fixture
def owner(archive: Archive) -> User:
    return archive.users.add("Ann", PASSWORD, "owner", NOW)


def code_of(archive: Archive) -> str:
    code = archive.claim.code()
    assert code is not None
    return code


def dump(archive: Archive) -> str:
    with sqlite3.connect(archive.state_dir / "catalogue.sqlite3") as db:
        text = "\n".join(db.iterdump())
    db.close()
    return text


# claim


def test_code_is_kept_for_its_owner_alone(archive: Archive) -> None:
    code = code_of(archive)
    path = archive.state_dir / "claim-code"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == code + "\n"
    assert len(code.replace("-", "")) == 8
    assert not set("ILOU") & set(code)
    plain = code.replace("-", "")
    assert plain.casefold() not in dump(archive).casefold()


def test_code_stays_until_it_is_used(archive: Archive) -> None:
    code = code_of(archive)
    assert archive.claim.code() == code
    with Archive(archive.state_dir, write=False) as web:
        assert web.claim.code() == code


def test_two_boxes_have_two_codes(tmp_path: Path) -> None:
    codes = set()
    for number in range(5):
        with Archive(tmp_path / str(number)) as archive:
            codes.add(archive.claim.code())
    assert len(codes) == 5


@pytest.mark.parametrize("damage", ["gone", "empty", "other", "binary"])
def test_lost_file_gives_a_new_code(archive: Archive, damage: str) -> None:
    old = code_of(archive)
    path = archive.state_dir / "claim-code"
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {"empty": b"", "other": b"AAAA-AAAA\n", "binary": b"\xff\x00"}[damage]
        )
    new = code_of(archive)
    assert new != old
    with pytest.raises(AccessError, match="not the one"):
        archive.claim.attempt(old, "Ann", PASSWORD, NOW)
    archive.claim.attempt(new, "Ann", PASSWORD, NOW)


@pytest.mark.parametrize("form", ["lower", "spaces", "no dash", "misread"])
def test_code_as_people_type_it(archive: Archive, form: str) -> None:
    code = code_of(archive)
    typed = {
        "lower": code.lower(),
        "spaces": f"  {code.replace('-', ' ')} ",
        "no dash": code.replace("-", ""),
        "misread": code.replace("0", "O").replace("1", "l"),
    }[form]
    assert archive.claim.attempt(typed, "Ann", PASSWORD, NOW).role == "owner"


def test_claim_is_over_after_the_first(archive: Archive) -> None:
    code = code_of(archive)
    owner = archive.claim.attempt(code, " Ann  Other ", PASSWORD, NOW)
    assert owner.name == "Ann Other"
    assert not (archive.state_dir / "claim-code").exists()
    assert archive.claim.code() is None
    with pytest.raises(AccessError, match="has an owner") as caught:
        archive.claim.attempt(code, "Eve", PASSWORD, NOW)
    assert caught.value.reason == "claimed"
    assert archive.users.list() == [owner]


@pytest.mark.parametrize(
    ("name", "password", "reason"),
    [
        ("", PASSWORD, "name"),
        ("  ", PASSWORD, "name"),
        ("x" * 65, PASSWORD, "name"),
        ("a\x00b", PASSWORD, "name"),
        ("Ann", "", "password"),
        ("Ann", "1234567", "password"),
        ("Ann", "x" * 257, "password"),
    ],
)
def test_bad_name_or_password_uses_up_nothing(
    archive: Archive, name: str, password: str, reason: str
) -> None:
    code = code_of(archive)
    for _ in range(MAX_FAILURES + 1):
        with pytest.raises(AccessError) as caught:
            archive.claim.attempt(code, name, password, NOW)
        assert caught.value.reason == reason
    archive.claim.attempt(code, "Ann", PASSWORD, NOW)


@pytest.mark.parametrize("wrong", ["", "AAAA-AAAA", "x" * 1000, "ÄÖÜß", "\x00"])
def test_five_wrong_codes_in_15_minutes(archive: Archive, wrong: str) -> None:
    code = code_of(archive)
    for number in range(MAX_FAILURES):
        with pytest.raises(AccessError) as caught:
            archive.claim.attempt(wrong, "Eve", PASSWORD, NOW + number)
        assert caught.value.reason == "code"
    for late in (NOW + 10, NOW + WINDOW_S - 1):
        with pytest.raises(AccessError, match="15 minutes") as caught:
            archive.claim.attempt(code, "Ann", PASSWORD, late)
        assert caught.value.reason == "too_many"
    later = NOW + WINDOW_S + MAX_FAILURES
    assert archive.claim.attempt(code, "Ann", PASSWORD, later).name == "Ann"


def test_clock_set_back_does_not_reset_the_limit(archive: Archive) -> None:
    code = code_of(archive)
    for _ in range(MAX_FAILURES):
        with pytest.raises(AccessError):
            archive.claim.attempt("AAAA-AAAA", "Eve", PASSWORD, NOW)
    with pytest.raises(AccessError, match="15 minutes"):
        archive.claim.attempt(code, "Ann", PASSWORD, NOW - 1e6)


def test_hundred_claims_at_once_make_one_owner(archive: Archive) -> None:
    """Each with the right code, as if it had been read over a shoulder."""
    code = code_of(archive)
    owners: list[User] = []
    refusals: list[str] = []
    start = threading.Barrier(100)

    def claim(number: int) -> None:
        start.wait(30)
        try:
            user = archive.claim.attempt(code, f"User {number}", PASSWORD, NOW)
            owners.append(user)
        except AccessError as error:
            refusals.append(error.reason)

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(owners) == 1
    assert refusals == ["claimed"] * 99
    assert archive.users.list() == owners


def test_wrong_claims_at_once_are_all_counted(archive: Archive) -> None:
    code_of(archive)
    reasons: list[str] = []

    def claim() -> None:
        try:
            archive.claim.attempt("AAAA-AAAA", "Eve", PASSWORD, NOW)
        except AccessError as error:
            reasons.append(error.reason)

    threads = [threading.Thread(target=claim) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(reasons) == ["code"] * MAX_FAILURES + ["too_many"] * 15


def test_claim_stopped_anywhere_leaves_one_way_in(tmp_path: Path) -> None:
    """Either the owner is made, or a code that works is shown at the next start."""
    at, stopped = 0, True
    while stopped:
        state = tmp_path / str(at)
        archive = None
        with pytest.MonkeyPatch.context() as patch:
            world = Kill(patch, at)
            try:
                archive = Archive(state)
                archive.claim.attempt(code_of(archive), "Ann", PASSWORD, NOW)
            except Stop:
                pass
            world.release(archive)
        stopped = world.stopped
        with Archive(state) as again:
            code = again.claim.code()
            if again.users.has_owner():
                assert code is None
            else:
                again.claim.attempt(code or "", "Ann", PASSWORD, NOW)
            assert [user.name for user in again.users.list()] == ["Ann"]
            assert not (state / "claim-code").exists()
        at += 1
    assert at > 5


def test_code_that_cannot_be_written_is_said(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk, "write", full)
    with pytest.raises(StoreError, match="claim code cannot be written: No space"):
        archive.claim.code()
    monkeypatch.undo()
    code_of(archive)


# users


def test_password_is_checked(archive: Archive, owner: User) -> None:
    assert archive.users.verify("ann ", PASSWORD) == owner
    for name, password in (
        ("Ann", "wrong horse"),
        ("Ann", ""),
        ("Ann", "x" * 10_000),
        ("Eve", PASSWORD),
        ("", ""),
        ("' OR 1=1 --", PASSWORD),
    ):
        assert archive.users.verify(name, password) is None


def test_names_are_taken_whatever_their_case(archive: Archive, owner: User) -> None:
    with pytest.raises(AccessError, match="exists already"):
        archive.users.add(owner.name.upper(), PASSWORD, "agent", NOW)


def test_owner_cannot_be_removed(archive: Archive, owner: User) -> None:
    other = archive.users.add("Ben", PASSWORD, "agent", NOW)
    token = archive.sessions.open(other.id, NOW)
    archive.users.remove(other.id)
    archive.users.remove(owner.id)
    assert archive.users.list() == [owner]
    assert archive.users.get(other.id) is None
    assert archive.sessions.get(token, NOW) is None


def test_new_password_ends_the_sessions(archive: Archive, owner: User) -> None:
    token = archive.sessions.open(owner.id, NOW)
    archive.users.set_password(owner.id, "another horse")
    assert archive.sessions.get(token, NOW) is None
    assert archive.users.verify("Ann", PASSWORD) is None
    assert archive.users.verify("Ann", "another horse") == owner


def test_old_hash_is_renewed_at_login(archive: Archive, owner: User) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with archive._catalogue.write() as db:
        db.execute("UPDATE users SET password = ?", [weak])
    assert archive.users.verify("Ann", PASSWORD) == owner
    assert weak not in dump(archive)
    assert archive.users.verify("Ann", PASSWORD) == owner


# sessions


def test_session_lasts_while_it_is_used(archive: Archive, owner: User) -> None:
    token = archive.sessions.open(owner.id, NOW, "Browser\x00 1.0" + "x" * 500)
    session = archive.sessions.get(token, NOW + IDLE_S - 1)
    assert session is not None
    assert session.user_id == owner.id
    assert session.user_agent.startswith("Browser 1.0x")
    assert len(session.user_agent) == 200
    assert archive.sessions.get(token, NOW + 2 * IDLE_S - 2) is not None
    assert archive.sessions.get(token, NOW + 3 * IDLE_S) is None


def test_session_knows_when_the_password_was_last_given(
    archive: Archive, owner: User
) -> None:
    token = archive.sessions.open(owner.id, NOW)
    archive.sessions.prove(token, NOW + 60)
    archive.sessions.prove("another token", NOW + 90)
    session = archive.sessions.get(token, NOW + 100)
    assert session is not None
    assert session.proved_utc == NOW + 60


def test_session_ends_after_its_life(archive: Archive, owner: User) -> None:
    token = archive.sessions.open(owner.id, NOW)
    for step in range(int(LIFE_S / (IDLE_S / 2)) - 1):
        assert archive.sessions.get(token, NOW + step * IDLE_S / 2) is not None
    assert archive.sessions.get(token, NOW + LIFE_S) is None


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "' OR 1=1 --"])
def test_wrong_token_opens_nothing(archive: Archive, owner: User, token: str) -> None:
    good = archive.sessions.open(owner.id, NOW)
    assert archive.sessions.get(token, NOW) is None
    (session,) = archive.sessions.list(owner.id)
    assert archive.sessions.get(session.key, NOW) is None
    assert archive.sessions.get(good, NOW) == session


def test_no_token_or_password_in_plain_text(archive: Archive, owner: User) -> None:
    token = archive.sessions.open(owner.id, NOW)
    text = dump(archive)
    assert token not in text
    assert PASSWORD not in text
    for path in archive.state_dir.iterdir():
        if path.is_file():
            assert token.encode() not in path.read_bytes()
            assert PASSWORD.encode() not in path.read_bytes()


def test_revoking(archive: Archive, owner: User) -> None:
    tokens = [archive.sessions.open(owner.id, NOW + n) for n in range(4)]
    archive.sessions.close(tokens[0])
    keys = [session.key for session in archive.sessions.list(owner.id)]
    assert len(keys) == 3
    archive.sessions.revoke(keys[0])  # the latest
    assert archive.sessions.get(tokens[3], NOW) is None
    assert archive.sessions.get(tokens[1], NOW) is not None
    archive.sessions.revoke_all(owner.id)
    assert archive.sessions.list(owner.id) == []


def test_old_sessions_are_forgotten(archive: Archive, owner: User) -> None:
    for _ in range(3):
        archive.sessions.open(owner.id, NOW)
    archive.sessions.open(owner.id, NOW + 2 * IDLE_S)
    assert len(archive.sessions.list(owner.id)) == 1


def test_polling_does_not_write(archive: Archive, owner: User) -> None:
    token = archive.sessions.open(owner.id, NOW)
    log = archive.state_dir / "catalogue.sqlite3-wal"
    size = log.stat().st_size
    for second in range(int(SEEN_S)):
        assert archive.sessions.get(token, NOW + second) is not None
    assert log.stat().st_size == size


# roles and lines


@pytest.mark.parametrize("role", ROLES[1:])
def test_a_person_has_a_role_and_lines(archive: Archive, role: Role) -> None:
    made = archive.users.add("Ben", PASSWORD, role, NOW, ["1", "shop floor"])
    assert archive.users.get(made.id) == made
    assert made.lines == ("1", "shop floor")
    archive.users.change(made.id, "auditor", [])
    found = archive.users.verify("ben", PASSWORD)
    assert found is not None
    assert (found.role, found.lines) == ("auditor", ())


def test_nobody_becomes_owner_but_by_the_claim(archive: Archive, owner: User) -> None:
    ben = archive.users.add("Ben", PASSWORD, "agent", NOW)
    with pytest.raises(AccessError, match="one owner"):
        archive.users.change(ben.id, "owner", [])
    archive.users.change(owner.id, "auditor", ["1"])
    archive.users.remove(owner.id)
    assert archive.users.get(owner.id) == owner


def test_a_role_that_is_none_is_refused(archive: Archive) -> None:
    with pytest.raises(StoreError):
        archive.users.add("Ben", PASSWORD, "user", NOW)  # type: ignore[arg-type]


def test_users_of_before_roles_become_agents(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    db = Database(path)
    migrations.apply(db, stop_before="roles")
    rows = [("Ann", "owner"), ("Ben", "user")]
    for row in rows:
        sql = "INSERT INTO users (name, role, password, created_utc)"
        db.execute(f"{sql} VALUES (?, ?, '$argon2id$', 1.0)", row)
    db.conn.commit()
    db.close()
    with Archive(tmp_path) as archive:
        found = [(user.name, user.role, user.lines) for user in archive.users.list()]
        token = archive.sessions.open(2, NOW)
        assert archive.sessions.get(token, NOW) is not None
        archive.users.remove(2)
        assert archive.sessions.get(token, NOW) is None
    assert found == [("Ann", "owner", ()), ("Ben", "agent", ())]


def test_a_page_of_calls_can_be_of_some_lines_only(archive: Archive) -> None:
    for number in range(4):
        call = Call(archive.new_id(NOW + number), f"{number % 2}", NOW + number)
        archive.begin(call)
        archive.end(call)
    assert len(archive.calls.page()) == 4
    assert [call.line for call in archive.calls.page(lines=["1"])] == ["1", "1"]
    assert len(archive.calls.page(lines=["0", "1"], limit=3)) == 3
    assert archive.calls.page(lines=["2"]) == []
