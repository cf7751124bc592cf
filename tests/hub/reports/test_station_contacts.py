"""What waits for a station is said in words of people."""

import re
from pathlib import Path

from hub import orders
from hub.reports.station_contacts import order_words

PLACED = re.compile(r'Placed\("\w+", [^,]+, [^,]+, "(\w+)",')


def test_each_kind_of_order_that_waits_has_its_words() -> None:
    kinds = set(PLACED.findall(Path(orders.__file__).read_text("utf-8"))) | {orders.TRUST}
    assert kinds > {"roster", "course", "class", "result", "station", "keeper", "facts"}
    for kind in kinds:
        assert re.search("[\u4e00-\u9fff]", order_words(kind, 2)), kind
        assert kind not in order_words(kind, 2)
