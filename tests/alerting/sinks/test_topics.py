"""Topics of alarms are those of no reading, and every name of an alarm has one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from alerting.keys import AlarmId
from alerting.sinks.mqtt import check_prefix, topic_of
from collector.topics import TopicPattern
from qualicity.errors import InputError
from qualicity.settings import AlertingSettings, MqttSettings

PREFIX, PATTERN = AlertingSettings().mqtt_prefix, MqttSettings().topic
LEVEL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="/"), min_size=1, max_size=8)


def test_the_topic_is_rule_and_key():
    assert topic_of(PREFIX, AlarmId("o3-1h", "c/s1/o3.2")) == "qualicity/alarms/o3-1h/c/s1/o3.2/state"
    assert topic_of(PREFIX, AlarmId("disk", "site")) == "qualicity/alarms/disk/site/state"
    assert topic_of(PREFIX, AlarmId("silent", "gateway:g+1#")) == "qualicity/alarms/silent/gateway:g%2B1%23/state"
    assert topic_of(PREFIX, AlarmId("a%2B", "c")) != topic_of(PREFIX, AlarmId("a+", "c"))


@given(rule=LEVEL, key=st.lists(LEVEL, min_size=1, max_size=3).map("/".join))
def test_the_collector_hears_no_alarm(rule, key):
    """As it is shipped: whatever rules and stations are called."""
    topic = topic_of(PREFIX, AlarmId(rule, key))
    pattern = TopicPattern.parse(PATTERN)
    assert pattern.names(topic) is None
    assert not any(topic_matches_sub(one, topic) for one in pattern.filters)
    assert topic_matches_sub(f"{PREFIX}/#", topic)


@pytest.mark.parametrize(
    ("prefix", "pattern", "clashes"),
    [
        (PREFIX, PATTERN, False),
        ("alarms", PATTERN, True),  # alarms/RULE/CITY/state: four levels
        ("alarms", "{station}/{parameter}", False),
        ("a/b", "a/b/{city}/{medium}/{station}/{parameter}", True),
        ("a/c", "a/b/{city}/{medium}/{station}/{parameter}", False),
        ("a/b", "a/{city}/{medium}/{station}/state", True),
        ("a/b", "a/{city}/{medium}/{station}/value", False),
        ("a/b/d", "a/b/{city}/{medium}/{station}/x/{parameter}", True),  # without its last level, too
        ("", PATTERN, True),
        ("a//b", PATTERN, True),
        ("a/+", PATTERN, True),
        ("$SYS/a/b", PATTERN, True),
    ],
)
def test_a_prefix_under_which_it_would_is_refused(prefix, pattern, clashes):
    if clashes:
        with pytest.raises(InputError, match="mqtt_prefix"):
            check_prefix(prefix, pattern)
    else:
        check_prefix(prefix, pattern)
