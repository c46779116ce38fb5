"""What a phone has to load to see the calls, and how soon a call sounds."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from firmware.archive import Archive
from tests.bench import player_bench
from tests.bench.row import Row
from tests.web import seed
from tests.web.conftest import log_in
from web import create_app

CALLS = 60
ROUNDS = 20


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        with Archive(state) as archive:
            archive.users.add(seed.NAME, seed.PASSWORD, "owner", time.time())
            for number in range(CALLS):
                seed.add_call(
                    archive,
                    ago=60.0 * number,
                    outcome="missed",
                    number=f"21255501{number:02}",
                    name=f"CALLER NUMBER {number}",
                )
        app = create_app(seed.settings_for(state), testing=True)
        client = app.test_client()
        assert log_in(client).status_code == 303
        page = client.get("/calls").get_data(as_text=True)
        loaded = seed.weigh(client, page)
        note = "50 calls with styles, scripts and icons, not compressed"
        total = sum(loaded.values()) / 1000
        yield Row("page weight of the call list", total, "kB", at_most=150, note=note)
        yield Row("floor: its text alone", loaded[""] / 1000, "kB")
        began = time.process_time()
        for _ in range(ROUNDS):
            client.get("/calls")
        took = (time.process_time() - began) / ROUNDS * 1000
        yield Row("time to make it", took, "ms")
        app.extensions["linekeeper.archive"].close()
    yield from player_bench.rows()
