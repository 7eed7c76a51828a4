"""docs/alert-channels.md says what the code does: keys, limits, codes, the sample."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from alerting.channels import dingtalk, feishu, wecom
from alerting.channels.longtail import OWN_SENDERS
from alerting.channels.schema import RATES, ChannelSettings, check_channel
from qualicity.strict import Problems, convert_struct

PAGE = (Path(__file__).parents[3] / "docs/alert-channels.md").read_text("utf-8")
CODES = {"DingTalk 钉钉": dingtalk.MEANINGS, "WeCom 企业微信": wecom.MEANINGS, "Feishu 飞书": feishu.MEANINGS}


def rows(heading, level="##"):
    """Return the first table below a heading, without its head."""
    section = PAGE.split(f"\n{level} {heading}\n")[1].split("\n##")[0]
    return [line for line in section.splitlines() if line.startswith("| ")][1:]


def row(*cells):
    """Return a row of a table; what is empty is one blank."""
    return "|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|"


def code_row(one):
    """Return the row of one code."""
    outcome = {"later": "tried again", "refused": "dead"}[one.outcome]
    wait = f" after {one.after:g} s" if one.after else ""
    return row(str(one.code), ", ".join(one.words), one.what, outcome + wait, one.mend, one.source)


@pytest.mark.parametrize("provider", CODES)
def test_the_codes_of_each_provider(provider):
    assert rows(provider, "###") == [code_row(one) for one in CODES[provider]]


def test_the_keys_of_a_channel():
    named = [re.match(r"\| `(\w+)` \|", line)[1] for line in rows("Declaring a channel")]
    assert named == [field.name for field in msgspec.structs.fields(ChannelSettings)]


def test_the_limits():
    assert rows("How many messages a provider takes") == [
        row(kind, str(rate.per_minute or ""), str(rate.per_second or "")) for kind, rate in RATES.items()
    ]


def test_the_sample_is_a_file_that_is_taken():
    sample = tomllib.loads(PAGE.split("```toml\n")[1].split("```")[0])
    problems = Problems()
    for number, data in enumerate(sample["channel"]):
        channel = convert_struct(data, ChannelSettings, f"channel[{number}]", problems)
        if channel is not None:
            check_channel(channel, f"channel[{number}]", problems)
    assert problems.lines == []
    assert {one["kind"] for one in sample["channel"]} == RATES.keys()


def test_the_services_that_apprise_judges_wrongly():
    assert all(f"`{scheme}://`" in PAGE for scheme in OWN_SENDERS)


def test_provider_limits_of_length():
    assert f"{wecom.MOST_BYTES:,} bytes" in PAGE
