"""How a document of Word looks: its styles, so that an editor changes a look in one place."""

from __future__ import annotations

from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

TABLE = "Paper Table"
TABLE_TEXT, TABLE_HEAD, TABLE_NOTE = "Table Text", "Table Head", "Table Note"
KEY_NAME, KEY_VALUE = "Key Figure Name", "Key Figure Value"
LABEL, PICTURE, BY_EDITORS, MARK, CODE, LINK = "Label", "Picture", "By Editors", "Mark", "Code", "Link"
NOTES = {"method": "Note Method", "data_quality": "Note Data Quality", "caution": "Note Caution"}

_BODY = ("Times New Roman", "SimSun")
_HEAD = ("Arial", "SimHei")
_CODE = ("Consolas", "SimSun")
_INK = RGBColor(0, 0, 0)
_DEEP = RGBColor(0x17, 0x3F, 0x70)
_SOFT = RGBColor(0x44, 0x44, 0x44)
_WARM = RGBColor(0x6B, 0x4B, 0x00)

_GROUNDS = {
    "Note Method": ("EAF1F8", "1F5FA8"),
    "Note Data Quality": ("F0F2F4", "5B6B7A"),
    "Note Caution": ("FBF0D9", "8A6100"),
}


def define(document: Document) -> None:
    """Define the styles of a paper in a new document."""
    styles = document.styles
    _font(styles["Normal"], _BODY, 10.5, _INK)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    styles["Normal"].paragraph_format.line_spacing = 1.3
    _font(styles["Title"], _HEAD, 24, _DEEP, bold=True)
    _no_border(styles["Title"])
    _font(styles["Subtitle"], _HEAD, 14, _SOFT)
    styles["Subtitle"].font.italic = False
    for level, size in enumerate((17, 14, 12, 11, 10.5, 10.5), 1):
        heading = styles[f"Heading {level}"]
        _font(heading, _HEAD, size, _DEEP if level == 1 else _INK, bold=True)
        heading.font.italic = False
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(18 if level == 1 else 12)
        heading.paragraph_format.space_after = Pt(6)
    _font(styles["Caption"], _HEAD, 9.5, _INK, bold=True)
    styles["Caption"].paragraph_format.keep_with_next = True
    styles["Caption"].paragraph_format.space_before = Pt(10)
    styles["Caption"].paragraph_format.space_after = Pt(4)
    for name in ("Header", "Footer"):
        _font(styles[name], _HEAD, 8.5, _SOFT)
    _font(styles["Quote"], _BODY, 10.5, _SOFT)
    styles["Quote"].font.italic = False
    styles["Quote"].paragraph_format.left_indent = Pt(18)
    _own(document)
    _table_style(document)


def _own(document: Document) -> None:
    """Define the styles that Word does not bring."""
    for name, fonts, size, color, bold in (
        (TABLE_TEXT, _BODY, 9, _INK, False),
        (TABLE_HEAD, _HEAD, 9, _SOFT, True),
        (TABLE_NOTE, _BODY, 8.5, _SOFT, False),
        (KEY_NAME, _HEAD, 9, _SOFT, False),
        (KEY_VALUE, _HEAD, 16, _INK, True),
        (LABEL, _HEAD, 10, _WARM, True),
        (PICTURE, _BODY, 10.5, _INK, False),
        (BY_EDITORS, _HEAD, 8.5, _SOFT, False),
        *((note, _BODY, 10, _INK, False) for note in NOTES.values()),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        _font(style, fonts, size, color, bold=bold)
        style.quick_style = True
    for name in (TABLE_TEXT, TABLE_HEAD, TABLE_NOTE, KEY_NAME, KEY_VALUE):
        style = document.styles[name]
        style.paragraph_format.space_after = Pt(0 if name != TABLE_NOTE else 2)
        style.paragraph_format.line_spacing = 1.1
    document.styles[TABLE_HEAD].paragraph_format.keep_with_next = True
    document.styles[BY_EDITORS].paragraph_format.keep_with_next = True
    document.styles[PICTURE].paragraph_format.keep_with_next = True
    document.styles[PICTURE].paragraph_format.line_spacing = 1.0
    document.styles[PICTURE].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    for name, (ground, edge) in _GROUNDS.items():
        properties = document.styles[name].element.get_or_add_pPr()
        properties.append(
            parse_xml(
                f'<w:pBdr {nsdecls("w")}><w:left w:val="single" w:sz="24" w:space="6" w:color="{edge}"/></w:pBdr>'
            )
        )
        properties.append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{ground}"/>'))
    mark = document.styles.add_style(MARK, WD_STYLE_TYPE.CHARACTER)
    mark.font.superscript = True
    mark.font.color.rgb = _WARM
    code = document.styles.add_style(CODE, WD_STYLE_TYPE.CHARACTER)
    _font(code, _CODE, 9, _INK)
    link = document.styles.add_style(LINK, WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb = _DEEP
    link.font.underline = True


def _font(style: Any, fonts: tuple[str, str], size: float, color: RGBColor, *, bold: bool = False) -> None:
    """Set the fonts of a style, that of Chinese characters too; none of a theme."""
    latin, eastern = fonts
    style.font.size, style.font.color.rgb, style.font.bold = Pt(size), color, bold
    properties = style.element.get_or_add_rPr()
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    made = OxmlElement("w:rFonts")
    for place, name in (("ascii", latin), ("hAnsi", latin), ("eastAsia", eastern), ("cs", latin)):
        made.set(qn(f"w:{place}"), name)
    properties.insert(0, made)


def _no_border(style: Any) -> None:
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _table_style(document: Document) -> None:
    """Define three lines and thin ones between rows, as tables of Chinese papers have."""
    line = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{color}"/>'
    strong = {side: line.format(side=side, size=10, color="444444") for side in ("top", "bottom")}
    document.styles.element.append(
        parse_xml(
            f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="PaperTable"><w:name w:val="{TABLE}"/>'
            f'<w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>{strong["top"]}{strong["bottom"]}'
            f"{line.format(side='insideH', size=4, color='CCCCCC')}</w:tblBorders><w:tblCellMar>"
            '<w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr>'
            f'<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
            f"{strong['bottom']}</w:tcBorders></w:tcPr></w:tblStylePr></w:style>"
        )
    )
