"""verify.html, as a stranger has it: a file, a browser, no network, one bundle."""

import base64
import dataclasses
import hashlib
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.archive import Archive, evidence
from firmware.archive.evidence import wave
from firmware.archive.ledger import key, minisign
from firmware.archive.ledger.anchoring import anchor
from firmware.service.settings import Proof
from tests.firmware.archive.helpers import record
from tests.firmware.archive.ledger.authority import Authority

Files = dict[str, bytes]
PAGE = Path(evidence.__file__).with_name("verify.html")


@dataclasses.dataclass(frozen=True)
class Made:
    """Bundles of one call: seen by nobody, and stamped; and what can sign anew."""

    plain: Path
    stamped: Path
    state: Path
    call: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("evidence")
    authority = Authority(folder / "tsa", "Honest Clocks")
    rng = np.random.default_rng(5)
    sound = rng.normal(0, 2000, 20_500).astype(np.int16)
    now = time.time()
    with Archive(folder / "state") as archive, authority.serve() as url:
        call = record(archive, sound, now, number="+15550123456", clock="synced")
        archive.finish_pending()
        for number in range(300):
            archive.ledger.add("played", call.id, "anna", now + number)
        paths = folder / "plain.zip", folder / "stamped.zip"
        for path in paths:
            with path.open("wb") as file:
                evidence.build(archive, call.id, file, by="anna", now_utc=now)
            anchor(archive.ledger, Proof(tsa_url=url), now)
    return Made(*paths, folder / "state", call.id)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(PAGE.as_uri())
    yield page
    context.close()
    assert said == []


def verdict(page: Page, bundle: Path) -> str:
    page.set_input_files("#file", bundle)
    expect(page.locator("body[data-verdict]")).to_have_count(1)
    return str(page.locator("body").get_attribute("data-verdict"))


def unpacked(path: Path) -> Files:
    with zipfile.ZipFile(path) as found:
        return {name: found.read(name) for name in found.namelist()}


def packed(path: Path, files: Files) -> Path:
    with zipfile.ZipFile(path, "w") as found:
        for name, data in files.items():
            found.writestr(name, data)
    return path


def signed_anew(made: Made, files: Files) -> Files:
    """As whoever has the box's own key would do it."""
    manifest = json.loads(files["manifest.json"])
    names = {n for n in files if not n.startswith("manifest.json")}
    manifest["files"] = {n: hashlib.sha256(files[n]).hexdigest() for n in names}
    raw = json.dumps(manifest).encode()
    signature = minisign.sign(raw, key.load(made.state), "x", hashed=False).encode()
    return {**files, "manifest.json": raw, "manifest.json.minisig": signature}


def test_a_good_bundle_that_was_stamped(page: Page, made: Made) -> None:
    assert verdict(page, made.stamped) == "good"
    expect(page.locator("#verdict")).to_have_text("Nothing was altered.")
    expect(page.locator("#steps")).to_contain_text("“Honest Clocks 1” stamped")
    expect(page.locator("#steps")).to_contain_text("all 2.6 seconds")
    expect(page.locator("#call")).to_contain_text("+15550123456")
    expect(page.locator("#entries")).to_contain_text("exported")
    player = page.locator("#player")
    expect(player).to_be_visible()
    page.wait_for_function("document.getElementById('player').duration > 2.5")


def test_a_good_bundle_that_nobody_has_seen(page: Page, made: Made) -> None:
    assert verdict(page, made.plain) == "open"
    expect(page.locator("#because")).to_contain_text("nobody outside")


def test_dropped_on_the_page(page: Page, made: Made) -> None:
    data = base64.b64encode(made.stamped.read_bytes()).decode()
    page.evaluate(
        """data => {
          const transfer = new DataTransfer();
          const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
          transfer.items.add(new File([bytes], 'bundle.zip'));
          const drop = new DragEvent('drop', {dataTransfer: transfer, bubbles: true});
          document.getElementById('drop').dispatchEvent(drop);
        }""",
        data,
    )
    expect(page.locator("#verdict")).to_have_text("Nothing was altered.")


def flipped(name: str, at: int) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        data = bytearray(files[name])
        data[at] ^= 1
        files[name] = bytes(data)

    return change


def heard_else(files: Files) -> None:
    begin, _ = wave.samples_at(files["original.wav"])
    flipped("original.wav", begin + 16_000 * 1 + 40)(files)


def replaced(name: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[name]
        files[name] = files[name].replace(old, new)

    return change


def other_ledger(files: Files) -> None:
    data = json.loads(files["ledger.json"])
    data["seen"]["steps"][0] = data["seen"]["steps"][1]
    files["ledger.json"] = json.dumps(data).encode()


#: What is changed; whether the box itself signs anew; what the page has to say.
TAMPERED: dict[str, tuple[Callable[[Files], object], bool, str]] = {
    "a bit of the sound": (heard_else, False, "original.wav: was altered"),
    "a bit of the sound, signed": (heard_else, True, "original.wav, second 1"),
    "the number": (
        replaced("call.json", b"+15550123456", b"+15550123457"),
        True,
        "call.json: number was altered",
    ),
    "number and facts": (
        replaced("facts.json", b"+15550123456", b"+15550123457"),
        True,
        "facts.json: the record is not what",
    ),
    "who listened": (replaced("ledger.json", b"anna", b"bert"), True, "entry"),
    "a file taken out": (
        lambda f: f.pop("hashes.dat"),
        False,
        "hashes.dat: is missing",
    ),
    "a file put in": (lambda f: f.update(x=b"y"), False, "x: is not on the list"),
    "the list": (
        replaced("manifest.json", b"Linekeeper", b"Linekeeqer"),
        False,
        "the signature is not good",
    ),
    "the comment of the signature": (
        replaced(
            "manifest.json.minisig", b"untrusted comment: L", b"untrusted comment: M"
        ),
        False,
        "manifest.json.minisig: was altered",
    ),
    "the checkpoint": (flipped("checkpoint.txt", 30), True, "checkpoint.txt"),
    "the proof that it only grew": (other_ledger, True, "the ledger was rewritten"),
    "the timestamp": (flipped("seen.tsr", -9), True, "seen.tsr"),
    "the stamped checkpoint": (flipped("seen.txt", -4), True, "seen.txt"),
}


@pytest.mark.parametrize("what", list(TAMPERED))
def test_a_tampered_bundle(page: Page, made: Made, tmp_path: Path, what: str) -> None:
    change, signed, said = TAMPERED[what]
    files = unpacked(made.stamped)
    change(files)
    if signed:
        files = signed_anew(made, files)
    assert verdict(page, packed(tmp_path / "tampered.zip", files)) == "bad"
    expect(page.locator("#because")).to_contain_text(said)


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x05\x06" + bytes(18)])
def test_what_is_not_a_bundle(page: Page, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    assert verdict(page, path) == "bad"
