from hub.reports import state_places

ROWS = [
    ("/1/9/", 9, {"behind": 2, "done": 0}),
    ("/1/2/", 2, {"behind": 3, "done": 1}),
    ("/1/5/", 5, {"behind": 0, "done": 4}),
    ("/1/7/", 7, {"behind": 1, "done": 0}),
]


def test_a_page_names_the_units_that_hold_it_in_the_order_of_paths() -> None:
    places = state_places.gathered(ROWS)
    assert places.window("behind", 0, 3, down=False) == ([2], 0)
    assert places.window("behind", 2, 2, down=False) == ([2, 7], 2)
    assert places.window("behind", 3, 9, down=False) == ([7, 9], 0)
    assert places.window("behind", 1, 2, down=True) == ([9, 7], 1)
    assert places.window("behind", 6, 9, down=False) == ([], 0)
    assert places.window("unknown", 0, 9, down=False) == ([], 0)


def test_every_page_together_holds_everybody_once() -> None:
    places, people = state_places.gathered(ROWS), {row[1]: row[2] for row in ROWS}
    for down in (False, True):
        seen = []
        for offset in range(0, 6, 2):
            units, rest = places.window("behind", offset, 2, down=down)
            row = [(unit, at) for unit in units for at in range(people[unit]["behind"])]
            seen += row[rest : rest + 2]
        assert sorted(seen) == [(2, 0), (2, 1), (2, 2), (7, 0), (9, 0), (9, 1)]
