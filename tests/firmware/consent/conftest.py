import pytest

from firmware.consent import table_file
from firmware.consent.table import Table


@pytest.fixture(scope="session")
def table() -> Table:
    return table_file.shipped()
