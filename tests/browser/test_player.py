"""The player as people use it: real sound in a real browser, by pointer and by keys."""

import dataclasses
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from firmware.archive import Archive
from firmware.archive.model import Call, Mark
from firmware.service.settings import Web
from tests.browser.conftest import (
    Site,
    free_port,
    log_in,
    service,
    visit,
    wait_for,
)
from tests.browser.test_pages import AUDIO, playing, seconds, until
from tests.web import seed

WIDTHS = ("phone", "desktop")
TALK, OTHER, OLDEST = 0, 1, 2  # indices of the calls of this box


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A box with a talk of two sides and marks, and two calls nobody has heard."""
    state = tmp_path_factory.mktemp("player")
    with Archive(state) as archive:
        marks = [
            *(Mark(3 + i * 0.2, "digit", d) for i, d in enumerate("2125550142")),
            Mark(12.0, "answer"),
            Mark(40.0, "call_waiting", "2125550177"),
            Mark(50.0, "gap", "", 1.0),
        ]
        made = [
            seed.add_call(
                archive, ago=300, number="2125550142", talk_s=75, marks=marks
            ),
            seed.add_call(archive, ago=900, name="CAROL REED", talk_s=4),
            seed.add_call(archive, ago=1900, name="M. OKAFOR", talk_s=4),
        ]
        archive.finish_pending()
        archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
    settings = seed.settings_for(state, free_port())
    seed.write_status(settings, phase="idle")
    with service("web", settings):
        url = f"http://127.0.0.1:{settings.web.port}"
        wait_for(f"{url}/api/v1/health")
        yield Site(url, settings, made)


def open_call(page: Page, box: Site, index: int = TALK, query: str = "") -> None:
    log_in(page, box.url, f"/calls/{box.calls[index].id}{query}")
    expect(page.locator("#wave")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_who_talks_and_what_happened_lie_along_the_waveform(
    chromium: Browser, box: Site, width: str
) -> None:
    with visit(chromium, box.url, width) as page:
        open_call(page, box)
        marks = page.locator("#lane button")
        expect(marks.first).to_have_accessible_name(re.compile(r"0:03 Dialled 21"))
        legend = page.locator("#legend")
        expect(legend).to_contain_text(re.compile(r"You spoke \d+%"))
        expect(legend).to_contain_text(re.compile(r"The other side \d+%"))
        inked = page.evaluate(
            """(() => { const c = document.getElementById('turns');
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            return d.some((v, i) => i % 4 === 3 && v > 0); })()"""
        )
        assert inked
        # One stop of the tab key, arrows within, Enter plays from there.
        assert page.locator("#lane button[tabindex='0']").count() == 1
        marks.first.focus()
        page.keyboard.press("End")
        expect(marks.last).to_be_focused()
        expect(marks.last).to_have_accessible_name(re.compile("Gap of 1.0 s"))
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Enter")
        playing(page)
        assert seconds(page) == pytest.approx(40, abs=2)


def test_keys_lead_to_talkers_marks_and_tenths(chromium: Browser, box: Site) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        expect(page.locator("#legend")).to_be_visible()
        for at in (3.0, 12.0, 40.0):
            page.keyboard.press("m")
            assert seconds(page) == pytest.approx(at, abs=0.01)
        page.keyboard.press("Shift+M")
        assert seconds(page) == pytest.approx(12.0, abs=0.01)
        page.keyboard.press("t")
        turn = seconds(page)
        assert 12 < turn < 30
        page.keyboard.press("t")
        assert seconds(page) > turn
        page.keyboard.press("Shift+T")
        assert seconds(page) == pytest.approx(turn, abs=0.01)
        page.keyboard.press("5")
        assert seconds(page) == pytest.approx(box.calls[TALK].audio_s / 2, abs=0.01)
        page.keyboard.press("j")
        assert seconds(page) == pytest.approx(box.calls[TALK].audio_s / 2 - 10, abs=0.1)
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_contain_text("skip pauses")
        page.keyboard.press("5")  # no key of the player while its help is open
        assert seconds(page) == pytest.approx(box.calls[TALK].audio_s / 2 - 10, abs=0.1)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()


def test_the_last_seconds_come_again_until_they_are_let_go(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url, "phone") as page:
        open_call(page, box)
        page.evaluate(f"{AUDIO}.currentTime = 20")
        again = page.get_by_role("button", name="Last 8 s again")
        again.click()
        until(page, "!a.paused && a.currentTime > 12 && a.currentTime < 14")
        expect(again).to_have_attribute("aria-pressed", "true")
        page.evaluate(f"{AUDIO}.currentTime = 19.7")
        until(page, "a.currentTime > 12 && a.currentTime < 15")
        page.keyboard.press("l")
        expect(again).to_have_attribute("aria-pressed", "false")
        page.evaluate(f"{AUDIO}.currentTime = 19.7")
        until(page, "a.currentTime > 20.2")


def test_pauses_are_skipped_and_what_that_saves_is_said(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url, "desktop") as page:
        open_call(page, box)
        skip = page.get_by_role("button", name="Skip pauses")
        skip.click()
        saved = page.locator("[data-is=saved]")
        expect(saved).to_contain_text(re.compile(r"0:\d\d of pauses"))
        page.get_by_label("Speed").select_option("2")
        page.get_by_role("button", name="Play", exact=True).click()
        expect(saved).to_contain_text(re.compile(r"0:0[1-9] saved"), timeout=60_000)
        expect(skip).to_have_attribute("aria-pressed", "true")


def test_a_pedal_is_taught_and_works_while_somebody_types(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        page.get_by_text("Keys, pedals, how you listen").click()
        pedal = page.locator("[data-pedal=play]")
        pedal.click()
        expect(pedal).to_contain_text("press it now")
        page.keyboard.press("F9")
        expect(pedal).to_contain_text("F9")
        page.get_by_label("When starting again, go back").select_option("2")
        page.evaluate(f"{AUDIO}.currentTime = 20")
        page.get_by_text("Pin a note here").click()
        expect(page.get_by_label("At", exact=True)).to_have_value("0:20")
        note = page.locator("#pin-text")
        note.press_sequentially("two keys L")  # letters are letters here
        page.keyboard.press("F9")
        until(page, "!a.paused && a.currentTime > 20.3")
        page.keyboard.press("F9")
        until(page, "a.paused")
        stopped = seconds(page)
        noted = "event => { event.target.from = event.target.currentTime }"
        page.evaluate(f"() => {{ {AUDIO}.onseeking = {noted} }}")
        page.keyboard.press("F9")
        until(page, f"!a.paused && a.from < {stopped} - 0.5")
        expect(note).to_have_value("two keys L")
        # Sound only while it is down.
        page.keyboard.press("F9")
        until(page, "a.paused")
        page.get_by_label("Sound only while the pedal is down").check()
        page.keyboard.down("F9")
        until(page, "!a.paused")
        page.keyboard.up("F9")
        until(page, "a.paused")
        page.reload()
        page.get_by_text("Keys, pedals, how you listen").click()
        expect(pedal).to_contain_text("F9")


def test_speed_volume_and_place_outlast_a_reload_and_a_link_leads_to_a_second(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url, "phone") as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_call(page, box)
        page.get_by_label("Speed").select_option("1.5")
        page.get_by_label("Volume").fill("0.4")
        page.evaluate(f"{AUDIO}.currentTime = 33")
        page.reload()
        until(page, "a.currentTime === 33 && a.playbackRate === 1.5")
        assert page.evaluate(f"{AUDIO}.volume") == pytest.approx(0.4)
        page.get_by_role("button", name="Link to this second").click()
        expect(page.get_by_text("Copied: the address of 0:33")).to_be_visible()
        link = page.evaluate("navigator.clipboard.readText()")
        assert link == f"{box.url}/calls/{box.calls[TALK].id}?at=33"
        page.evaluate(f"{AUDIO}.currentTime = 5")
        page.goto(link)
        until(page, "a.currentTime === 33")
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        assert 33 <= seconds(page) < 36
        page.goto(f"{box.url}/calls/{box.calls[TALK].id}?at=nonsense")
        until(page, "a.currentTime === 0")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_note_is_pinned_changed_taken_away_and_brought_back(
    chromium: Browser, box: Site, width: str
) -> None:
    with visit(chromium, box.url, width) as page:
        open_call(page, box)
        page.evaluate(f"{AUDIO}.currentTime = 61")
        page.keyboard.press("n")
        page.locator("#pin-text").fill("17 Melkweg, <b>second</b> door")
        page.keyboard.press("Enter")
        pinned = page.locator("#events .pinned")
        expect(pinned).to_contain_text("1:01")
        expect(pinned).to_contain_text("17 Melkweg, <b>second</b> door")
        expect(pinned).to_contain_text(seed.NAME)
        expect(page.get_by_text("The note is pinned.")).to_be_visible()
        on_lane = page.locator("#lane [data-kind=pin]")
        expect(on_lane).to_have_accessible_name(re.compile("1:01 17 Melkweg"))
        pinned.locator("summary").click()
        pinned.get_by_label("Note", exact=True).fill("17 Melkweg, third door")
        pinned.get_by_role("button", name="Keep").click()
        expect(pinned).to_contain_text("third door")
        pinned.get_by_role("button", name="17 Melkweg").click()
        playing(page)
        assert seconds(page) == pytest.approx(61, abs=2)
        pinned.get_by_role("button", name="Take the note away").click()
        expect(pinned).to_have_count(0)
        expect(on_lane).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(pinned).to_contain_text("third door")
        expect(page.get_by_text("The note is back.")).to_be_visible()
        # The list of calls finds it, and a reload still shows it.
        page.reload()
        expect(pinned).to_contain_text("third door")
        pinned.get_by_role("button", name="Take the note away").click()
        expect(pinned).to_have_count(0)


def test_what_cannot_be_kept_stays_written(chromium: Browser, box: Site) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        page.keyboard.press("n")
        page.locator("#pin-at").fill("9:59")
        page.locator("#pin-text").fill("the price")
        page.get_by_role("button", name="Pin it").click()
        expect(page.get_by_text("The recording is not that long.")).to_be_visible()
        expect(page.locator("#pin-text")).to_have_value("the price")
        page.locator("#pin-at").fill("soon")
        page.get_by_role("button", name="Pin it").click()
        expect(page.get_by_text("Please write the place as 1:35.")).to_be_visible()
        page.keyboard.press("Escape")


def test_headset_and_lock_screen_know_what_plays(chromium: Browser, box: Site) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        session = "navigator.mediaSession"
        assert page.evaluate(f"{session}.metadata.title") == "(212) 555-0142"
        assert page.evaluate(f"{session}.playbackState") == "playing"
        page.keyboard.press("k")
        until(page, f"a.paused && {session}.playbackState === 'paused'")


def test_what_nobody_has_heard_comes_one_after_the_other(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        page.get_by_role("button", name="Play", exact=True).click()
        playing(page)
        page.get_by_text("Keys, pedals, how you listen").click()
        page.get_by_label("At the end of a call go on").check()
        page.get_by_label("Next unheard", exact=True).select_option("newest")
        page.keyboard.press("u")
        page.wait_for_url(f"**/calls/{box.calls[OTHER].id}*")
        page.get_by_label("Speed").select_option("2")
        # By itself at its end, then there is none left.
        page.wait_for_url(f"**/calls/{box.calls[OLDEST].id}*", timeout=30_000)
        until(page, "a.ended || a.currentTime > 1")
        expect(page.get_by_role("button", name="All are heard")).to_be_visible(
            timeout=30_000
        )


def test_on_paper_is_who_when_what_was_noted_and_decided(
    chromium: Browser, box: Site
) -> None:
    with visit(chromium, box.url) as page:
        open_call(page, box)
        expect(page.get_by_role("button", name="Print")).to_be_visible()
        page.emulate_media(media="print")
        for hidden in ("#player", ".acts", "#custody", "header"):
            expect(page.locator(hidden).first).to_be_hidden()
        for shown in ("h1", "#when", "#events", "#call .split .facts"):
            expect(page.locator(shown).first).to_be_visible()
        sheets = page.pdf(format="A4").count(b"/Type /Page\n")
        assert sheets == 1


def test_why_somebody_listens_is_asked_before_the_first_sound(
    chromium: Browser, box: Site
) -> None:
    web = Web(port=free_port(), ask_reason=True)
    settings = dataclasses.replace(box.settings, web=web)
    url = f"http://127.0.0.1:{web.port}"
    with service("web", settings):
        wait_for(f"{url}/api/v1/health")
        with visit(chromium, url, "phone") as page:
            fetched: list[str] = []
            page.on("request", lambda r: "/audio" in r.url and fetched.append(r.url))
            log_in(page, url, f"/calls/{box.calls[TALK].id}")
            page.get_by_role("button", name="Play", exact=True).click()
            expect(page.get_by_label("Reason")).to_be_focused()
            assert fetched == []
            page.get_by_label("In your own words").first.fill("she asked for the price")
            page.get_by_role("button", name="Listen").click()
            playing(page)
            page.reload()
            expect(page.get_by_label("Reason")).to_have_count(0)
            custody = page.locator("#custody")
            expect(custody).to_contain_text("she asked for the price")


def test_a_call_that_goes_on_is_followed_until_it_can_be_heard(
    chromium: Browser, box: Site
) -> None:
    with (
        Archive(box.settings.state_dir) as archive,
        visit(chromium, box.url, "phone") as page,
    ):
        now = time.time()
        call = Call(archive.new_id(now), "1", now - 65, name="ADA LIND")
        call.direction, call.audio, call.decision = "incoming", "recording", "RECORD"
        archive.begin(call)
        master = archive.open_master(call)
        master.append(seed.speech(6, seed=1))
        talk = {"phase": "talking", "call_id": call.id, "recording": True}
        seed.write_status(box.settings, **talk, level_dbov=-20.0)
        log_in(page, box.url, f"/calls/{call.id}")
        going = page.locator("#going")
        expect(going.locator("[data-is=clock]")).to_have_text(re.compile(r"[1-9]:\d\d"))
        seed.write_status(box.settings, **talk, level_dbov=-21.0)
        expect(going).to_contain_text("Talking")
        expect(going.get_by_text("Recording")).to_be_visible()
        # What the line hears comes into the list.
        call.marks.append(Mark(3.0, "call_waiting", "2125550177"))
        archive.update(call)
        expect(page.locator("#events")).to_contain_text("Second caller waiting")
        # By itself it becomes the call that is over, with its player.
        master.close()
        call.outcome, call.audio_s, call.duration_s, call.end_s = "answered", 6, 6, 6
        archive.end(call)
        archive.finish_pending()
        seed.write_status(box.settings, phase="idle")
        play = page.get_by_role("button", name="Play", exact=True)
        expect(play).to_be_visible(timeout=40_000)
        play.click()
        playing(page)
