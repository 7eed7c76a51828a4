"""What editors write, as nodes."""

from __future__ import annotations

from reports.render.prose import nodes


def paragraph(*words: object) -> dict[str, object]:
    return {"k": "paragraph", "c": list(words)}


def test_blocks() -> None:
    assert nodes("# 一\n\n甲 **乙** *丙*\n\n> 丁\n\n---\n\n    x <y>\n") == [
        {"k": "heading", "level": 1, "c": ["一"]},
        paragraph("甲 ", {"k": "strong", "c": ["乙"]}, " ", {"k": "em", "c": ["丙"]}),
        {"k": "quote", "c": [paragraph("丁")]},
        {"k": "rule"},
        {"k": "code", "c": "x <y>"},
    ]


def test_lists_within_lists() -> None:
    assert nodes("- a\n- b\n    1. c\n    2. d\n") == [
        {
            "k": "list",
            "ordered": False,
            "start": 1,
            "items": [
                [paragraph("a")],
                [
                    paragraph("b"),
                    {"k": "list", "ordered": True, "start": 1, "items": [[paragraph("c")], [paragraph("d")]]},
                ],
            ],
        }
    ]


def test_a_list_begins_where_its_editor_begins_it() -> None:
    (found,) = nodes("3. c\n4. d\n")
    assert isinstance(found, dict)
    assert found["start"] == 3


def test_tables() -> None:
    assert nodes("|a|b|\n|---|---:|\n|1|**2**|\n") == [
        {
            "k": "table",
            "head": [["a"], ["b"]],
            "rows": [[["1"], [{"k": "strong", "c": ["2"]}]]],
            "align": ["left", "right"],
        }
    ]


def test_html_is_text() -> None:
    assert nodes("<div onclick='x'>a</div>\n\nb <img src=x onerror=y> &lt; `<i>`") == [
        paragraph("<div onclick='x'>a</div>"),
        paragraph("b <img src=x onerror=y> &lt; ", {"k": "code", "c": ["<i>"]}),
    ]


def test_links_lead_to_pages_and_mailboxes_only() -> None:
    text = "[a](https://x.example/?b=1&c=2) [d](javascript:e) [f](/etc/passwd) [g](mailto:g@x.example) ![h](i.png)"
    assert nodes(text) == [
        paragraph(
            {"k": "link", "to": "https://x.example/?b=1&c=2", "c": ["a"]},
            " d f ",
            {"k": "link", "to": "mailto:g@x.example", "c": ["g"]},
            " h",
        )
    ]


def test_nothing_is_nothing() -> None:
    assert nodes("") == []
    assert nodes(" \n\n") == []
