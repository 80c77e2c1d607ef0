"""Lanes are dealt by shares, within what each relay takes."""

import pytest

from newsletter.delivery.roads import Relay, Road, next_road
from newsletter.delivery.transports.smtp import SmtpTransport
from newsletter.settings import Smtp


def road(connections: int, *, share: float = 1) -> Road:
    relay = Relay(transport=SmtpTransport(Smtp()), connections=connections, share=share)
    return Road(relay, connections=10, messages_per_connection=100)


def deal(*roads: Road, most: int = 100) -> list[int]:
    for _lane in range(most):
        if found := next_road(roads):
            found.deal()
    return [one.dealt for one in roads]


@pytest.mark.parametrize(
    ("roads", "lanes"),
    [
        ([(10, 1)], [10]),
        ([(10, 3), (10, 1)], [10, 3]),
        ([(10, 1), (2, 1)], [2, 2]),
        ([(10, 5), (2, 1)], [10, 2]),
        ([(1, 100), (10, 1)], [1, 1]),
    ],
)
def test_lanes_are_dealt_by_shares(roads, lanes):
    assert deal(*(road(most, share=share) for most, share in roads)) == lanes


def test_a_few_lanes_keep_the_proportion():
    assert deal(road(10, share=3), road(10, share=1), most=4) == [3, 1]


def test_the_lanes_of_a_closed_road_find_room_on_the_others():
    first, second = road(10), road(10, share=0.2)
    assert deal(first, second) == [10, 2]
    first.close()
    assert deal(first, second) == [10, 10]
