"""Caller ID: realistic lines, limits, noise, interference, and what must not pass."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from dsp import caller_id
from tests.bench.hearing import talk
from tests.bench.hearing.hearers import measured
from tests.bench.hearing.messages import Reader, everyone
from tests.bench.hearing.row import HeardRow
from tests.bench.hearing.score import reach
from tests.dsp.tapes import cid_dtmf, fsk, landline
from tests.dsp.tapes.tape import Tape

SNR_DB = tuple(range(20, 1, -1))
TITLES = {"bell202": "Bell 202", "v23": "V.23", "dtmf": "DTMF"}


def rows() -> Iterator[HeardRow]:
    for standard, want in (("bell202", 98.0), ("v23", 99.0)):
        title = TITLES[standard]
        for name, tapes, target in (
            ("realistic lines decoded", fsk.realistic(standard, 120), want),
            ("at each limit of its standard", fsk.limits(standard), 100.0),
            ("during a call", fsk.in_call(standard), 100.0),
        ):
            yield _share(f"{title} {name}", standard, list(tapes), target)
        yield _row(
            f"{title} lowest SNR, all messages",
            "dB",
            lambda read, s=standard: lowest_snr(s, read),
            at_most=9.0,
        )
    tapes = list(fsk.interference("bell202"))
    yield _share("hum and tones of TIA-716 on Bell 202", "bell202", tapes, 100.0)
    yield _share("caller ID by DTMF", "dtmf", list(cid_dtmf.tapes()), 100.0)
    tapes = list(cid_dtmf.between_rings())
    yield _share("the same between rings, sent twice", "dtmf", tapes, 100.0)
    yield _share("caller ID of Japan", "japan", list(fsk.japan()), 100.0)
    tapes = [tape for tape, fs in landline.tapes() if fs == 8000]
    yield _share("both callers in 2 min of US landline", "bell202", tapes, 100.0)
    yield _row("wrong messages passed as good", "messages", wrong, at_most=0.0)
    yield _reported()


def _row(
    name: str, unit: str, measure: Callable[[Reader], float], **targets: float
) -> HeardRow:
    ours, peers = measured(everyone(), measure)
    return HeardRow(name, ours, unit, peers=peers, **targets)


def _share(name: str, standard: str, tapes: Sequence[Tape], want: float) -> HeardRow:
    readers = everyone(standard)
    ours, peers = measured(readers, lambda r: decoded(tapes, standard, r))
    return HeardRow(name, ours, "%", at_least=want, peers=peers)


def decoded(tapes: Iterable[Tape], standard: str, read: Reader) -> float:
    """Return the share of tapes whose messages are all read as sent, in per cent."""
    good = [set(t.truth) <= set(read(t.samples(), standard)) for t in tapes]
    return 100 * sum(good) / len(good)


def lowest_snr(standard: str, read: Reader) -> float:
    """Return the lowest SNR at which every one of 20 messages is read."""

    def all_read(snr_db: float) -> bool:
        return decoded(fsk.noise(standard, snr_db, 20), standard, read) == 100

    return reach(SNR_DB, all_read)


def false_messages(tapes: Iterable[Tape], standard: str, read: Reader) -> list[str]:
    """Return what was passed as good and had not been sent."""
    return [
        f"{tape}: {said}"
        for tape in tapes
        for said in read(tape.samples(), standard)
        # A single data message is known to multimon-ng only as such.
        if said not in tape.truth and said.name != "RVD"
    ]


def wrong(read: Reader) -> float:
    """Count wrong messages on good lines, bad lines, broken messages and in talk."""
    count = 0
    for standard in ("bell202", "v23"):
        tapes = [*fsk.limits(standard), *fsk.realistic(standard, 120)]
        tapes += [*fsk.interference(standard), *fsk.broken(standard, 80)]
        for snr_db in (12, 10, 8, 6, 4):
            tapes += fsk.noise(standard, snr_db, 12)
        count += len(false_messages(tapes, standard, read))
        count += sum(len(read(x, standard)) for x in talk.talk_off())
    count += len(false_messages(fsk.japan_broken(), "japan", read))
    count += len(false_messages(cid_dtmf.dialled(), "dtmf", read))
    return float(count)


def _reported() -> HeardRow:
    """Return the share of broken messages that are reported with a bad checksum."""
    tapes = [*fsk.broken("bell202", 40), *fsk.broken("v23", 40)]
    found = [caller_id.decode(tape.samples(), 8000) for tape in tapes]
    told = sum(any(not m.checksum_ok for m in messages) for messages in found)
    return HeardRow(
        "broken messages reported as such", 100 * told / len(tapes), "%", at_least=99.0
    )
