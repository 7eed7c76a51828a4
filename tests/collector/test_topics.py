from __future__ import annotations

import pytest

from collector.topics import TopicNames, TopicPattern
from qualicity.errors import UsageError

DEFAULT = TopicPattern.parse("{city}/{medium}/{station}/{parameter}")


def test_the_default_pattern_subscribes_to_both_forms():
    assert DEFAULT.filters == ("+/+/+/+", "+/+/+")


def test_topics_give_their_names():
    assert DEFAULT.names("sz/air/honghu/pm25") == TopicNames("honghu", "sz", "air", "pm25")
    assert DEFAULT.names("sz/air/honghu") == TopicNames("honghu", "sz", "air")
    assert DEFAULT.names("sz/air") is None
    assert DEFAULT.names("sz/air//pm25") is None


def test_literals_must_agree():
    pattern = TopicPattern.parse("farm/v1/{station}/data")
    assert pattern.filters == ("farm/v1/+/data",)
    assert pattern.names("farm/v1/s1/data") == TopicNames("s1")
    assert pattern.names("farm/v2/s1/data") is None


@pytest.mark.parametrize("names", [TopicNames("s", "c", "air", "pm25"), TopicNames("s", "c", "air")])
def test_a_topic_made_is_a_topic_read(names):
    assert DEFAULT.names(DEFAULT.topic(names)) == names


def test_without_a_short_form_every_topic_needs_a_parameter():
    with pytest.raises(UsageError):
        TopicPattern.parse("{station}/{parameter}/data").topic(TopicNames("s"))


@pytest.mark.parametrize(
    "text", ["", "{city}/{parameter}", "{station}/#", "x{station}", "{station}/{station}", "{who}"]
)
def test_a_pattern_that_cannot_be_is_refused(text):
    with pytest.raises(UsageError):
        TopicPattern.parse(text)
