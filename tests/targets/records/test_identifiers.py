"""Check digits: numbers that are in public use pass, and every slip of one character fails."""

import pytest

from targets.records.identifiers import (
    credit_check,
    organisation,
    organisation_check,
    patent,
    patent_check,
    resident,
)

ORGANISATIONS = ("192203821", "71526726X", "27939873X", "D2143569X")
"""The first three are within the credit codes below; the last is the standard's own example."""

CREDITS = ("914403001922038216", "9144030071526726XG", "9144030027939873X7", "91350100M000100Y43")
"""Of listed firms of Shenzhen, as they publish them; the last is the standard's own example."""

PATENTS = (
    "200510096239.4", "200710308494.X", "200910024758.8", "200910037500.1", "201510958772.0", "201710601862.3",
    "201811564288.X", "201910603565.1", "202010566088.9", "202322865413.3", "202510942578.7",
)  # fmt: skip
"""Numbers of patents that were granted, as their holders publish them."""

CARDS = ("11010519491231002X", "34052419800101001X")
"""The examples of GB 11643: nobody's."""


def slips(number: str, alphabet: str) -> list[str]:
    """Return every text that differs from a number in one character."""
    return [
        number[:place] + other + number[place + 1 :]
        for place in range(len(number))
        for other in alphabet
        if other != number[place]
    ]


@pytest.mark.parametrize("number", ORGANISATIONS)
def test_organisations_in_public_use_are_read(number):
    assert organisation(number) == number


@pytest.mark.parametrize("number", CREDITS)
def test_an_organisation_is_the_same_under_its_credit_code(number):
    assert organisation(number) == number[8:17] == organisation(number[8:17])


def test_an_organisation_is_stored_without_its_hyphen():
    assert organisation("71526726-X") == organisation("71526726X") == "71526726X"


def test_every_sum_has_its_check_character():
    """11 is written 0 and 10 is written X."""
    checks = {organisation_check(f"{body:08d}") for body in range(100)}
    assert checks == set("0123456789X")
    assert organisation_check("00000000") == "0"


@pytest.mark.parametrize("number", ["192203821", "71526726X"])
def test_a_slip_in_an_organisation_code_is_found(number):
    assert [slip for slip in slips(number, "0123456789") if organisation(slip)] == []


@pytest.mark.parametrize("number", CREDITS)
def test_a_slip_in_a_credit_code_is_found(number):
    """One wrong character, or two beside each other exchanged: 31 is prime."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    exchanged = [number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(17)]
    wrong = [*slips(number, alphabet), *(text for text in exchanged if text != number)]
    assert [slip for slip in wrong if organisation(slip)] == []


def test_letters_that_look_like_digits_are_in_no_credit_code():
    for letter in "IOSVZ":
        assert organisation("9144030071526726" + letter + "G") is None


def test_a_zero_sum_is_written_zero():
    assert credit_check("0" * 17) == "0"


@pytest.mark.parametrize(
    "text", ["", "X", "19220382", "1922038211", "19220382--1", "71526726x", " 71526726X", "\uff171526726X"]
)
def test_what_has_not_the_form_is_no_organisation(text):
    assert organisation(text) is None


@pytest.mark.parametrize("number", PATENTS)
def test_granted_patents_are_read(number):
    digits = number.replace(".", "")
    spaced = f"ZL {digits[:4]} {digits[4]} {digits[5:12]}.{digits[12]}"
    assert patent(number) == patent(digits) == patent("ZL" + number) == patent(spaced) == number


@pytest.mark.parametrize("number", PATENTS[:3])
def test_a_slip_in_a_patent_number_is_found(number):
    assert [slip for slip in slips(number, "0123456789") if patent(slip)] == []
    assert patent_check("000000000000") == "0"


@pytest.mark.parametrize("number", CARDS)
def test_a_slip_in_an_identity_card_is_found(number):
    assert resident(number) == number
    assert [slip for slip in slips(number, "0123456789X") if resident(slip)] == []


def test_a_first_generation_card_is_the_same_person():
    assert resident("110105491231002") == "11010519491231002X"
